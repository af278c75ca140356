# SPDX-License-Identifier: LGPL-3.0-or-later
"""The smallest stretch of a text that differs from a new one."""

from __future__ import annotations

from typing import NamedTuple


class Change(NamedTuple):
    """A stretch of text, by character offsets, and what takes its place."""

    start: int
    end: int
    text: str


def change_between(old: str, new: str) -> Change:
    """Give the one change that turns a text into a new one; what both begin and end with stays."""
    start = _alike(old, new)
    rest = min(len(old), len(new)) - start
    tail = _alike(old[len(old) - rest :][::-1], new[len(new) - rest :][::-1])
    return Change(start, len(old) - tail, new[start : len(new) - tail])


def _alike(one: str, other: str) -> int:
    """Count the characters that two texts begin with alike."""
    for number, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if mine != theirs:
            return number
    return min(len(one), len(other))
