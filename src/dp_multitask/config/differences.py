# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where two inputs say different things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from dp_multitask.errors import TreePath

DifferenceKind = Literal["branch", "config", "sharing", "shape", "value"]
DIFFERENCE_KINDS: tuple[DifferenceKind, ...] = ("branch", "config", "sharing", "shape", "value")


class _Absent:
    def __repr__(self) -> str:
        return "-"


ABSENT: Any = _Absent()
"""Stands for a side that does not have the thing at all."""


class Difference(NamedTuple):
    """One difference between two inputs or models.

    Attributes
    ----------
    kind : {"branch", "config", "sharing", "shape", "value"}
        What differs: the branches, a value in force, who shares what, the shape or element type
        of a variable, its numbers.
    path : tuple of str or int
        The place; in a multitask model it begins with the branch.
    one, other : object
        What each side has; `ABSENT` where it has nothing.
    largest : float or None
        Of numbers, the largest absolute difference, in the variable's own unit.
    differing : int
        How many numbers of a variable differ.
    """

    kind: DifferenceKind
    path: TreePath
    one: Any
    other: Any
    largest: float | None = None
    differing: int = 0


def config_differences(one: Any, other: Any, path: TreePath = ()) -> Iterator[Difference]:
    """Iterate over the places at which two configurations differ; lists are compared whole.

    Comments do not count, nor the order of keys; 1 and 1.0 are equal, 1 and true are not.
    """
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in dict.fromkeys([*one, *other]):
            if not str(key).startswith("_"):
                mine, theirs = one.get(key, ABSENT), other.get(key, ABSENT)
                yield from config_differences(mine, theirs, (*path, key))
    elif not _equal(one, other):
        yield Difference("config", path, one, other)


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        pairs = zip(one, other, strict=False)
        return len(one) == len(other) and all(_equal(mine, theirs) for mine, theirs in pairs)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return next(config_differences(one, other), None) is None
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


def sharing_differences(
    one: Mapping[str, Any], other: Mapping[str, Any]
) -> Iterator[Difference]:
    """Iterate over what only one of two models shares; names of shared entries do not count.

    Parameters
    ----------
    one, other : mapping
        Shared links, as `preprocess_shared_params` gives them.
    """
    mine, theirs = (_groups(each) for each in (one, other))
    for group in [each for each in mine if each not in theirs]:
        yield Difference("sharing", (group[0][1],), _told(group), ABSENT)
    for group in [each for each in theirs if each not in mine]:
        yield Difference("sharing", (group[0][1],), ABSENT, _told(group))


def _groups(links: Mapping[str, Any]) -> list[tuple[tuple[str, str, int], ...]]:
    """Give, for each thing that several branches share, who shares it and at which level."""
    groups = []
    for entry in links.values():
        users = entry.get("links", []) if isinstance(entry, Mapping) else []
        group = sorted(
            (str(each["model_key"]), str(each["shared_type"]), int(each["shared_level"]))
            for each in users
        )
        if len(group) > 1:
            groups.append(tuple(group))
    return sorted(groups)


def _told(group: tuple[tuple[str, str, int], ...]) -> str:
    return ", ".join(
        f"{branch} {part}" + (f" at level {level}" if level else "")
        for branch, part, level in group
    )
