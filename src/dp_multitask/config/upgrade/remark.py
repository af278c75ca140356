# SPDX-License-Identifier: LGPL-3.0-or-later
"""What upgrading has to say about an input, and the edits that go with it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal, NamedTuple

from dp_multitask.diagnostics import Edit
from dp_multitask.errors import TreePath


class Remark(NamedTuple):
    """One change of an input, something that is left to its user, or a reason to refuse it.

    Attributes
    ----------
    kind : {"changed", "left", "refused"}
        What it is.
    path : tuple of str or int
        The place in the input as it was when the change was made.
    message : str
        What was done and why, or what is to be done.
    edits : tuple of Edit
        How; empty for what is not a change.
    """

    kind: Literal["changed", "left", "refused"]
    path: TreePath
    message: str
    edits: tuple[Edit, ...] = ()


def changed(path: TreePath, message: str, *edits: Edit) -> Remark:
    """Tell of a change."""
    return Remark("changed", path, message, edits)


def left(path: TreePath, message: str) -> Remark:
    """Tell of what the user has to decide."""
    return Remark("left", path, message)


def refused(path: TreePath, message: str) -> Remark:
    """Tell of what has no counterpart today."""
    return Remark("refused", path, message)


def at(config: Any, path: TreePath) -> Any:
    """Give what stands at a place, or None."""
    for part in path:
        try:
            config = config[part]
        except (KeyError, IndexError, TypeError):
            return None
    return config


def section(config: Any, *path: str | int) -> dict[str, Any]:
    """Give the mapping at a place, or an empty one."""
    found = at(config, path)
    return found if isinstance(found, dict) else {}


def free_name(key: str, taken: Collection[str]) -> str:
    """Give a comment a name that is not taken."""
    while key in taken:
        key += "_"
    return key
