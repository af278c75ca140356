# SPDX-License-Identifier: LGPL-3.0-or-later
"""Make the variables that branches share one object, as the links of an input say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from dp_multitask.components.component import Component
from dp_multitask.components.share_patterns import covers, find_component, kind_of
from dp_multitask.components.variables import variable_at
from dp_multitask.errors import ComponentError, ShapeError, TreePath


class SharedVariable(NamedTuple):
    """A variable of a branch that is the base's.

    Attributes
    ----------
    key : str
        The shared entry.
    branch, path : str, tuple
        The branch and the variable's place in its model.
    base, base_path : str, tuple
        The branch whose variable it is, and its place there.
    """

    key: str
    branch: str
    path: TreePath
    base: str
    base_path: TreePath


def shared_variables(
    branches: Mapping[str, Component], links: Mapping[str, Any]
) -> Iterator[SharedVariable]:
    """Walk over the variables that links declare shared, those of the base left out.

    Parameters
    ----------
    branches : dict of Component
        The model of each branch.
    links : dict
        ``shared_links``, as resolving gives them: the first link of an entry is the base.

    Raises
    ------
    ComponentError
        A link names a branch or part that is not there, or two parts of different types.
    SharingError
        A class has no such share level.
    """
    trees = {name: branch.serialize() for name, branch in branches.items()}
    for key, entry in links.items():
        first, *others = entry["links"]
        base, base_path, base_tree = _part(trees, key, first)
        for link in others:
            branch, path, tree = _part(trees, key, link)
            if tree.get("type") != base_tree.get("type"):
                msg = (
                    f"{key!r} is a {tree.get('type')!r} in {branch!r} "
                    f"and a {base_tree.get('type')!r} in {base!r}"
                )
                raise ComponentError(msg, path=(branch, *path))
            kind, level = kind_of(link["shared_type"]), link["shared_level"]
            _, part = variable_at(branches[branch], path)
            for below, _ in part.variables():
                if covers(tree, kind, level, "/".join(map(str, below))) is not None:
                    yield SharedVariable(
                        key, branch, (*path, *below), base, (*base_path, *below)
                    )


def share(branches: Mapping[str, Component], links: Mapping[str, Any]) -> None:
    """Put the base's arrays in the place of those that the other branches share with it.

    Raises
    ------
    ShapeError
        Two variables that are declared shared have different shapes.
    """
    for shared in shared_variables(branches, links):
        holder, own = variable_at(branches[shared.branch], shared.path)
        try:
            _, base = variable_at(branches[shared.base], shared.base_path)
        except ComponentError as err:
            msg = f"{shared.base!r} has no such variable to share as {shared.key!r}"
            raise ShapeError(msg, path=(shared.branch, *shared.path)) from err
        if own.shape != base.shape:
            msg = (
                f"{shared.key!r} is declared shared, but its shape is {own.shape} in "
                f"{shared.branch!r} and {base.shape} in {shared.base!r}"
            )
            hint = "give these branches equal types and sizes, or entries of their own"
            raise ShapeError(msg, path=(shared.branch, *shared.path), hint=hint)
        holder[shared.path[-1]] = base


def _part(
    trees: Mapping[str, Any], key: str, link: Mapping[str, Any]
) -> tuple[str, TreePath, Mapping[str, Any]]:
    branch = link["model_key"]
    found = find_component(trees[branch], link["shared_type"]) if branch in trees else None
    if found is None:
        msg = f"{key!r} links {link['shared_type']!r} of {branch!r}, which is not there"
        raise ComponentError(msg, path=("shared_links", key))
    return branch, found[0], found[1]
