# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where the descriptors and fitting nets of an input are written out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dp_multitask.checks.rules.view import InputView, as_dict
from dp_multitask.errors import TreePath

_MOST_NESTING = 20


def written_components(
    view: InputView, kind: str
) -> Iterator[tuple[TreePath, dict[Any, Any]]]:
    """Iterate over the components that branches use: place and parameters, each once.

    Parameters
    ----------
    view : InputView
        The input.
    kind : {"descriptor", "fitting_net"}
        With the descriptors come the members of hybrids.
    """
    places = {view.item_path(each, kind): view.item(each, kind) for each in view.models}
    for reference in view.references:
        key = reference.key
        if reference.item_key == kind and key is not None and key in view.shared:
            places.setdefault(("model", "shared_dict", key), view.shared[key])
    for path, params in places.items():
        yield from _with_members(path, params)


def _with_members(path: TreePath, params: Any) -> Iterator[tuple[TreePath, dict[Any, Any]]]:
    if not isinstance(params, dict) or len(path) > _MOST_NESTING:
        return
    yield path, params
    members = params.get("list")
    if params.get("type") == "hybrid" and isinstance(members, list):
        for index, member in enumerate(members):
            yield from _with_members((*path, "list", index), as_dict(member))
