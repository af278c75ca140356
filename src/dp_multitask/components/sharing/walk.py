# SPDX-License-Identifier: LGPL-3.0-or-later
"""The walk over what a link shares: a variable of a branch, and the base branch's.

Counting what is shared, making it one object, storing it once and auditing it are this walk, over
shapes, arrays or the variables of a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dp_multitask.components.core.shareable import Cover
from dp_multitask.components.sharing.coverage import covers, find_component, kind_of
from dp_multitask.errors import TreePath, format_path
from dp_multitask.records import NamedTuple

VariablesOf = Callable[[str, TreePath, Mapping[str, Any]], Mapping[TreePath, Any]]
"""From a branch, the place of a component in it and its tree: variable -> whatever is walked."""


class Linked(NamedTuple):
    """A component that a link names.

    Attributes
    ----------
    branch : str
        The branch that it is in.
    shared_type : str
        ``descriptor``, ``fitting_net`` or ``descriptor_hybrid_<i>``.
    level : int
        The share level.
    place : tuple of str or int
        Its place in the branch.
    tree : mapping
        Its native tree, or as much of it as says types and members.
    variables : mapping
        Path below the component -> whatever is walked.
    """

    branch: str
    shared_type: str
    level: int
    place: TreePath
    tree: Mapping[str, Any]
    variables: Mapping[TreePath, Any]


class LinkedVariable(NamedTuple):
    """One variable of a component that is linked.

    Attributes
    ----------
    path : tuple of str or int
        Its place below the component.
    cover : {"shared", "sometimes"} or None
        What the share level says of it.
    ours, theirs : object
        What it is in the linked branch and in the base; None where it is not there.
    """

    path: TreePath
    cover: Cover | None
    ours: Any
    theirs: Any


def find_linked(
    link: Mapping[str, Any], branches: Mapping[str, Any], variables_of: VariablesOf
) -> Linked | None:
    """Find the component that a link names; None if its branch has no such component."""
    branch, shared_type = link["model_key"], link["shared_type"]
    model = branches.get(branch)
    found = find_component(model, shared_type) if isinstance(model, Mapping) else None
    if found is None:
        return None
    place, tree = found
    variables = variables_of(branch, place, tree)
    return Linked(branch, shared_type, link["shared_level"], place, tree, variables)


def linked_variables(base: Linked, linked: Linked) -> Iterator[LinkedVariable]:
    """Walk the variables of both components, those of the base first.

    Raises
    ------
    SharingError
        The component's class has no such share level.
    """
    kind = kind_of(linked.shared_type)
    for path in {**base.variables, **linked.variables}:
        cover = covers(linked.tree, kind, linked.level, format_path(path))
        ours, theirs = linked.variables.get(path), base.variables.get(path)
        yield LinkedVariable(path, cover, ours, theirs)
