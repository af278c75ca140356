# SPDX-License-Identifier: LGPL-3.0-or-later
"""Make the variables that branches share one object, as the links of an input say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.components.core.component import Component
from dp_multitask.components.core.variables import arrays_in, variable_at
from dp_multitask.components.sharing.walk import Linked, find_linked, linked_variables
from dp_multitask.errors import ComponentError, ShapeError, TreePath, inside


def share(branches: Mapping[str, Component], links: Mapping[str, Any]) -> None:
    """Put the base's arrays in the place of those that the other branches share with it.

    `links` are ``shared_links``, as resolving gives them: the first link of an entry is the base.

    Raises
    ------
    ComponentError
        A link names a part that is not there, or one of another type or size than the base's.
    SharingError
        A class has no such share level.
    """
    trees = {name: branch.serialize() for name, branch in branches.items()}

    def arrays(branch: str, place: TreePath, tree: Mapping[str, Any]) -> Mapping[TreePath, Any]:
        return dict(arrays_in(variable_at(branches[branch], place)[1], ()))

    for key, entry in links.items():
        found = []
        for link in entry["links"]:
            linked = find_linked(link, trees, arrays)
            if linked is None:
                branch, shared_type = link["model_key"], link["shared_type"]
                msg = f"{key!r} links {shared_type!r} of {branch!r}, which is not there"
                raise ComponentError(msg, path=("shared_links", key))
            found.append(linked)
        for linked in found[1:]:
            with inside(linked.branch, *linked.place):
                _take(branches, key, found[0], linked)


def _take(branches: Mapping[str, Component], key: str, base: Linked, linked: Linked) -> None:
    hint = (
        f"{key!r} is shared with {base.branch!r}: give both branches equal "
        "types and sizes, or entries of their own"
    )
    if linked.tree.get("type") != base.tree.get("type"):
        msg = f"a {linked.tree.get('type')} cannot share with a {base.tree.get('type')}"
        raise ComponentError(msg, hint=hint)
    for path, cover, ours, theirs in linked_variables(base, linked):
        if cover != "shared":
            continue
        if ours is None or theirs is None or ours.shape != theirs.shape:
            here, there = (getattr(each, "shape", None) for each in (ours, theirs))
            msg = f"shape {here} cannot be shared with {there}"
            raise ShapeError(msg, path=path, hint=hint)
        holder, _ = variable_at(branches[linked.branch], (*linked.place, *path))
        holder[path[-1]] = theirs
