# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where the descriptors and fitting nets of an input are written out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dp_multitask.checks.rules.view import Branch, InputView
from dp_multitask.errors import TreePath

MOST_NESTING = 20


def written_components(view: InputView, kind: str) -> Iterator[tuple[TreePath, dict[Any, Any]]]:
    """Iterate over the components that branches use: place and parameters, each once.

    Parameters
    ----------
    view : InputView
        The input.
    kind : {"descriptor", "fitting_net"}
        With the descriptors come the members of hybrids.
    """
    seen: set[TreePath] = set()
    for branch in view.parts:
        for path, params in components_of(view, branch, kind):
            if path not in seen:
                seen.add(path)
                yield path, params


def components_of(
    view: InputView, branch: Branch, kind: str
) -> list[tuple[TreePath, dict[Any, Any]]]:
    """Give the components of one branch, with its hybrid's members: place and parameters, once."""
    key = (branch.path, kind)
    if key not in view.components:
        view.components[key] = list(_components(view, branch, kind))
    return view.components[key]


def _components(
    view: InputView, branch: Branch, kind: str
) -> Iterator[tuple[TreePath, dict[Any, Any]]]:
    found: list[tuple[TreePath, Any]] = [(view.item_path(branch, kind), view.item(branch, kind))]
    seen: set[TreePath] = set()
    while found:
        path, params = found.pop(0)
        if isinstance(params, str):
            key = params.split(":")[0]
            path, params = ("model", "shared_dict", key), view.shared.get(key)
        # shared hybrids that name each other would never end
        if not isinstance(params, dict) or len(path) > MOST_NESTING or path in seen:
            continue
        seen.add(path)
        yield path, params
        members = params.get("list")
        if params.get("type") == "hybrid" and isinstance(members, list):
            found += [((*path, "list", index), member) for index, member in enumerate(members)]


def type_map_of(view: InputView, branch: Branch) -> list[Any] | None:
    """Give the type map that a branch works with, None if it has none that is a list."""
    found = view.item(branch, "type_map")
    return found if isinstance(found, list) else None
