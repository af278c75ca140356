# SPDX-License-Identifier: LGPL-3.0-or-later
"""The words for what a field may be; ``a | b`` means either."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Mapping
from functools import cache, partial
from numbers import Integral, Real
from typing import Any, SupportsInt

from dp_multitask.records import NamedTuple

MOST_LAYERS = 256
"""How deep a network may be: no model that is trained comes near, and each layer is planned."""

LARGEST_SIZE = 2**31 - 1
"""The largest size of one dimension."""

MOST_PARTS = 100_000
"""How many networks a component may have, such as one for each pair of types."""


class _NumpyBool(ABC):  # noqa: B024  it is asked for instances only
    """The booleans of numpy, told without importing it."""

    @classmethod
    def __subclasshook__(cls, other: type) -> bool:
        return other.__module__ == "numpy" and other.__name__ in ("bool", "bool_")


def is_size(value: object) -> bool:
    """Say whether a value is an integer that may be a size."""
    if type(value) is int:  # nearly always; asking for the kinds of others takes long
        return 0 <= value <= LARGEST_SIZE
    if isinstance(value, bool) or not isinstance(value, Integral):
        return False
    return 0 <= int(value) <= LARGEST_SIZE


def _is_depth(value: object) -> bool:
    return is_size(value) and isinstance(value, SupportsInt) and int(value) <= MOST_LAYERS


def _are_sizes(value: object) -> bool:
    return isinstance(value, list | tuple) and all(map(is_size, value))


def _are_pairs(value: object) -> bool:
    return isinstance(value, list | tuple) and all(
        _are_sizes(pair) and len(pair) == 2 for pair in value
    )


_INTEGER = (int, Integral)
_LIST = (list, tuple)


class _Word(NamedTuple):
    classes: tuple[type, ...]
    meaning: str = ""
    holds: Callable[[object], bool] | None = None


KIND_WORDS: Mapping[str, _Word] = {
    "bool": _Word((bool, _NumpyBool)),
    "int": _Word(_INTEGER),
    "float": _Word((float, int, Real)),
    "str": _Word((str,)),
    "list": _Word(_LIST),
    "dict": _Word((dict,)),
    "null": _Word((type(None),)),
    "any": _Word((object,)),
    "size": _Word(_INTEGER, "a non-negative integer", is_size),
    "depth": _Word(_INTEGER, f"a non-negative integer up to {MOST_LAYERS}", _is_depth),
    "sizes": _Word(_LIST, "a list of non-negative integers", _are_sizes),
    "pairs": _Word(_LIST, "a list of pairs of types", _are_pairs),
}
"""Word -> the Python classes, what it means if the word does not say, what must hold of it."""


PLAIN: frozenset[type] = frozenset({bool, int, float, str, type(None)})
"""Types whose values cannot be changed and hold no others."""


class FieldKind(NamedTuple):
    """What a value may be: of one of the classes, and (if there are any) passing a check.

    Values whose type is one of `plain` may be it without a look at their value.
    """

    classes: tuple[type, ...]
    checks: tuple[Callable[[object], bool], ...] = ()
    plain: frozenset[type] = frozenset()

    def allows(self, value: object) -> bool:
        """Say whether a key may have a value."""
        if not isinstance(value, self.classes):
            return False
        for check in self.checks:
            if check(value):
                return True
        return not self.checks

    @property
    def may_be_mutable(self) -> bool:
        """Whether a list or mapping may be one."""
        return any(issubclass(each, self.classes) for each in (list, dict))


def one_of(*values: str) -> FieldKind:
    """Allow a few texts."""
    return FieldKind((str,), (frozenset(values).__contains__,))


@cache
def kind(words: str) -> FieldKind:
    """Give what words such as ``list | null`` mean."""
    found = [KIND_WORDS[word] for word in words.split(" | ")]
    classes = tuple(cls for word in found for cls in word.classes)
    unchecked = tuple(cls for word in found if word.holds is None for cls in word.classes)
    plain = frozenset(each for each in PLAIN if issubclass(each, unchecked))
    if all(word.holds is None for word in found):
        return FieldKind(classes, (), plain)
    checks = tuple(word.holds or partial(_is_of, word.classes) for word in found)
    return FieldKind(classes, checks, plain)


def _is_of(classes: tuple[type, ...], value: object) -> bool:
    return isinstance(value, classes)


def in_words(words: str, value: Any) -> str:
    """Say what a field may be, for a message about a value that it may not be."""
    if isinstance(value, int) and value > LARGEST_SIZE:
        return f"at most {LARGEST_SIZE}"
    return " or ".join(KIND_WORDS[word].meaning or word for word in words.split(" | "))
