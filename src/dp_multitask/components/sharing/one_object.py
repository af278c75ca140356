# SPDX-License-Identifier: LGPL-3.0-or-later
"""Make the variables that branches share one object, as the links of an input say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from dp_multitask.components.core.component import Component
from dp_multitask.components.core.shareable import Shareable
from dp_multitask.components.core.variables import variable_at
from dp_multitask.components.sharing.coverage import find_component
from dp_multitask.errors import ComponentError, TreePath, inside


def share(branches: Mapping[str, Component], links: Mapping[str, Any]) -> None:
    """Put the base's arrays in the place of those that the other branches share with it.

    Parameters
    ----------
    branches : dict of Component
        The model of each branch.
    links : dict
        ``shared_links``, as resolving gives them: the first link of an entry is the base.

    Raises
    ------
    ComponentError
        A link names a part that is not there, or one of another type or size than the base's.
    SharingError
        A class has no such share level.
    """
    trees = {name: branch.serialize() for name, branch in branches.items()}
    for key, entry in links.items():
        first, *others = entry["links"]
        base = _part(branches, trees, key, first)[1]
        for link in others:
            path, part = _part(branches, trees, key, link)
            with inside(link["model_key"], *path):
                try:
                    part.share_with(base, link["shared_level"])
                except ComponentError as err:
                    err.hint = (
                        f"{key!r} is shared with {first['model_key']!r}: give both branches equal "
                        "types and sizes, or entries of their own"
                    )
                    raise


def _part(
    branches: Mapping[str, Component],
    trees: Mapping[str, Any],
    key: str,
    link: Mapping[str, Any],
) -> tuple[TreePath, Shareable]:
    branch = link["model_key"]
    found = find_component(trees[branch], link["shared_type"]) if branch in trees else None
    if found is None:
        msg = f"{key!r} links {link['shared_type']!r} of {branch!r}, which is not there"
        raise ComponentError(msg, path=("shared_links", key))
    return found[0], cast("Shareable", variable_at(branches[branch], found[0])[1])
