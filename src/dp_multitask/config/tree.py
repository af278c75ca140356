# SPDX-License-Identifier: LGPL-3.0-or-later
"""Plain JSON-like trees: kinds of values, copies, near names."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

MAX_DEPTH = 200
"""How deep mappings and lists may nest; real inputs stay under ten."""

_SCALARS = frozenset((str, int, float, bool, type(None)))


def describe(value: object) -> str:
    """Name a value's kind the way people who write JSON or YAML do."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the string {value!r}" if len(value) <= 40 else "a string"
    if isinstance(value, int | float):
        return f"the number {value!r}"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    return f"a {type(value).__name__}"


def suggest(name: str, known: Iterable[str]) -> str | None:
    """Give the known name nearest to `name`, if one is near."""
    import difflib

    candidates = [each for each in known if isinstance(each, str)]
    close = difflib.get_close_matches(name, candidates, 1)
    if not close:
        close = [each for each in candidates if each.lower() == name.lower()]
    return close[0] if close else None


def copy_tree(value: Any) -> Any:
    """Copy mappings and lists all the way down; values of other types are deep-copied."""
    kind = type(value)
    if kind is dict:
        return {
            key: item if type(item) in _SCALARS else copy_tree(item) for key, item in value.items()
        }
    if kind is list:
        return [item if type(item) in _SCALARS else copy_tree(item) for item in value]
    return value if kind in _SCALARS else deepcopy(value)


def copier(value: Any) -> Callable[[], Any]:
    """Give a function that returns a new deep copy of `value` at each call.

    Expanding an input copies the same shared entry once per branch. For trees of plain JSON
    values `marshal` does that six times faster than `copy.deepcopy`; anything else (subclasses,
    arrays) goes through `copy.deepcopy`, because `marshal` would store an array as bytes.
    """
    if not _is_plain(value):
        return lambda: deepcopy(value)
    frozen = marshal.dumps(value)
    return lambda: marshal.loads(frozen)


def _is_plain(value: Any) -> bool:
    kind = type(value)
    if kind is dict:
        return all(type(key) is str for key in value) and all(map(_is_plain, value.values()))
    if kind is list:
        return all(map(_is_plain, value))
    return kind in _SCALARS


def too_deep(data: Any) -> bool:
    """Tell whether mappings and lists nest more than `MAX_DEPTH` levels; never recurses."""
    level = [data] if type(data) is dict or type(data) is list else []
    for _ in range(MAX_DEPTH + 1):
        # by identity: a list that holds another one twice must not double the work at each level
        below = {
            id(item): item
            for parent in level
            for item in (parent.values() if type(parent) is dict else parent)
            if type(item) is dict or type(item) is list
        }
        if not below:
            return False
        level = list(below.values())
    return True
