# SPDX-License-Identifier: LGPL-3.0-or-later
"""Plain JSON-like trees: kinds of values, copies, near names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from copy import deepcopy
from functools import partial
from typing import Any

MAX_DEPTH = 200
"""How deep mappings and lists may nest; real inputs stay under ten."""

_SCALARS = frozenset((str, int, float, bool, type(None)))
_WRITABLE = _SCALARS - {int}
_CONTAINERS = (dict, list, tuple, Mapping)
_WRITABLE_BITS = 2000  # under the 640 digits that Python always writes
_VERY_LARGE = "a very large whole number"


class _LongInteger(int):
    """A whole number that is shown in words: Python refuses to write some thousand digits."""

    def __repr__(self) -> str:
        return _VERY_LARGE


def describe(value: object) -> str:
    """Put a value in a few words, whatever its size, such as ``a list of 3 items``."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        shown = value if len(value) <= 40 else value[:37] + "..."
        return f"the string {shown!r}"
    if isinstance(value, int) and value.bit_length() > 128:
        return _VERY_LARGE
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        return f"a list of {count_of(len(value), 'item')}"
    if isinstance(value, Mapping):
        return f"a mapping of {count_of(len(value), 'key')}"
    return f"a value of Python type {type(value).__name__}"


def count_of(number: int, noun: str) -> str:
    """Write a number of things: ``1 key``, ``2 keys``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def whole_number(text: object) -> int | None:
    """Give the number that a short text of ASCII digits stands for, or None of anything else."""
    # Python reads digits of every script, and raises at some thousand of them
    short = isinstance(text, str) and len(text) < 20 and text.isascii() and text.isdecimal()
    return int(text) if isinstance(text, str) and short else None


def is_commented_out(key: object) -> bool:
    """Tell whether a key is marked as a comment: what it was before is not meant any more."""
    return isinstance(key, str) and key.startswith(("_", "#", "//"))


def suggest(name: str, known: Iterable[str]) -> str | None:
    """Give the known name nearest to `name`, if one is near."""
    return next(iter(near_names(name, known, 1)), None)


def near_names(name: str, known: Iterable[str], most: int) -> list[str]:
    """Give the known names that differ from `name` in letter case alone, or else the nearest."""
    import difflib

    candidates = [each for each in known if isinstance(each, str)]
    same = [each for each in candidates if each.lower() == name.lower()]
    return same or difflib.get_close_matches(name, candidates, most)


def slip_of(name: str, known: Collection[str]) -> str | None:
    """Give the known name that `name` surely is a misspelling of.

    One letter is left out, added, wrong or swapped with its neighbour, or upper case is lower
    case; and no other known name is that near. Names of two or three letters are never sure.
    """
    lower = name.lower()
    same = [each for each in known if isinstance(each, str) and each.lower() == lower]
    if len(same) == 1 and len(lower) > 3:
        return same[0]
    near = [
        each
        for each in known
        if isinstance(each, str) and len(each) > 3 and _one_slip(lower, each.lower())
    ]
    return near[0] if len(near) == 1 else None


def _one_slip(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    mine, theirs = one[start:], other[start:]
    return (
        mine[1:] == theirs[1:]
        or mine[1:] == theirs
        or mine == theirs[1:]
        or (mine[:2] == theirs[1::-1] and mine[2:] == theirs[2:])
    )


def value_at(data: Any, path: Iterable[str | int]) -> Any:
    """Give the value at a path, or None where there is none."""
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def copy_tree(value: Any) -> Any:
    """Copy mappings and lists all the way down; values of other types are deep-copied."""
    kind = type(value)
    if kind is dict:
        return {
            key: item if type(item) in _SCALARS else copy_tree(item) for key, item in value.items()
        }
    if kind is list:
        return [item if type(item) in _SCALARS else copy_tree(item) for item in value]
    if kind not in _SCALARS and isinstance(value, Mapping) and not isinstance(value, dict):
        return copy_tree(dict(value))  # a read-only view, for one, has no deep copy
    return value if kind in _SCALARS else deepcopy(value)


def copier(value: Any) -> Callable[[], Any]:
    """Give a function that returns a new deep copy of `value`, as it is now, at each call.

    Expanding an input copies the same shared entry once per branch. A shallow copy of a mapping
    or list and of each of those inside it costs a fraction of walking through every value, since
    most of a real entry is flat: a type map of 118 names is a single `list.copy`.
    """
    kind = type(value)
    if kind is not dict and kind is not list:
        return (lambda: value) if kind in _SCALARS else partial(copy_tree, copy_tree(value))
    places: Iterable[tuple[Any, Any]] = value.items() if kind is dict else enumerate(value)
    inner = [(place, copier(item)) for place, item in places if type(item) not in _SCALARS]
    shallow = value.copy()
    return partial(_copy_with, shallow, inner) if inner else shallow.copy


def _copy_with(shallow: Any, inner: list[tuple[Any, Callable[[], Any]]]) -> Any:
    copied = shallow.copy()
    for place, new_copy in inner:
        copied[place] = new_copy()
    return copied


def with_opaque_values(value: Any) -> Any:
    """Copy a tree, with values that no text can hold made equal to nothing but themselves.

    An array compares element by element and has no truth value; what takes its place keeps the
    name of its type, for messages. Subclasses (a NumPy scalar is a float) and mappings of other
    kinds become what they stand for; a whole number of very many digits is shown in words.
    """
    if type(value) in _WRITABLE:
        return value
    if isinstance(value, Mapping):
        return {
            with_opaque_values(key) if type(key) is int else key:
            item if type(item) in _WRITABLE else with_opaque_values(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [item if type(item) in _WRITABLE else with_opaque_values(item) for item in value]
    if isinstance(value, int):
        return _LongInteger(value) if value.bit_length() > _WRITABLE_BITS else int(value)
    for plain in (str, float):
        if isinstance(value, plain):
            return plain(value)
    return type(type(value).__name__, (), {})()


def too_deep(data: Any) -> bool:
    """Tell whether mappings and lists nest more than `MAX_DEPTH` levels; never recurses.

    They may hold one another any number of times, which no text can say in a short time.
    """
    level = [data] if isinstance(data, _CONTAINERS) else []
    for _ in range(MAX_DEPTH + 1):
        # by identity: a list that holds another one twice must not double the work at each level
        below = {
            id(item): item
            for parent in level
            for item in (parent.values() if isinstance(parent, Mapping) else parent)
            if type(item) not in _SCALARS and isinstance(item, _CONTAINERS)
        }
        if not below:
            return False
        level = list(below.values())
    return True


def text_too_deep(data: Any) -> bool:
    """Tell the same of what a text was read to, without a list of all that nests."""
    above: list[Iterator[Any]] = [iter((data,))]
    while above:
        for item in above[-1]:
            if type(item) is dict or type(item) is list:
                if len(above) > MAX_DEPTH:
                    return True
                above.append(iter(item.values() if type(item) is dict else item))
                break
        else:
            above.pop()
    return False
