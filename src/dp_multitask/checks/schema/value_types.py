# SPDX-License-Identifier: LGPL-3.0-or-later
"""The table's type expressions, such as ``int | list[int] | null``: parse, match, describe.

The grammar is a union of ``bool``, ``int``, ``float``, ``str``, ``null``, ``list``, ``dict``,
``list[T]`` and ``dict[str, T]``. Values match as in DeePMD-kit: a whole number is a valid
``float``, and a truth value passes for a number.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

Predicate = Callable[[Any], bool]

_PLAIN: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (float, int),
    "str": (str,),
    "null": (type(None),),
    "list": (list,),
    "dict": (dict,),
}
_WORDS = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "str": "a string",
    "null": "null",
    "list": "a list",
    "dict": "a mapping",
}
_WORDS_IN_LIST = {
    "bool": "truth values",
    "int": "whole numbers",
    "float": "numbers",
    "str": "strings",
    "list": "lists",
}


def split_union(expression: str) -> list[str]:
    """Split a type expression at the ``|`` that are not inside brackets."""
    parts, depth, start = [], 0, 0
    for index, char in enumerate(expression):
        depth += (char == "[") - (char == "]")
        if char == "|" and depth == 0:
            parts.append(expression[start:index].strip())
            start = index + 1
    parts.append(expression[start:].strip())
    return parts


def item_type(expression: str) -> str:
    """Give ``T`` of ``list[T]`` or ``dict[str, T]``."""
    inner = expression[expression.index("[") + 1 : -1]
    return inner.split(",", 1)[1].strip() if expression.startswith("dict") else inner


@cache
def matcher(expression: str) -> Predicate:
    """Give the function that tells whether a value has a type."""
    plain: tuple[type, ...] = ()
    nested: list[Predicate] = []
    for part in split_union(expression):
        if part in _PLAIN:
            plain += _PLAIN[part]
        else:
            nested.append(_container_matcher(part))
    if not nested:
        return lambda value: isinstance(value, plain)
    return lambda value: isinstance(value, plain) or any(match(value) for match in nested)


def _container_matcher(expression: str) -> Predicate:
    member = matcher(item_type(expression))
    if expression.startswith("list"):
        return lambda value: isinstance(value, list) and all(map(member, value))
    return lambda value: (
        isinstance(value, dict)
        and all(isinstance(key, str) for key in value)
        and all(map(member, value.values()))
    )


def odd_item(expression: str, values: list[Any]) -> int | None:
    """Give the place of the item for which a list is not of a type that admits lists."""
    found = []
    for part in split_union(expression):
        if part.startswith("list["):
            matches = matcher(item_type(part))
            found += [next((i for i, each in enumerate(values) if not matches(each)), 0)]
    return max(found, default=None)


@cache
def has_plain_number(expression: str) -> bool:
    """Tell whether a type means a number and not a truth value."""
    parts = split_union(expression)
    return "bool" not in parts and ("int" in parts or "float" in parts)


@cache
def describe_type(expression: str) -> str:
    """Put a type in words: ``a whole number or a list of whole numbers``."""
    parts = [part for part in split_union(expression) if part != "null"]
    if "float" in parts and "int" in parts:
        parts.remove("int")
    words = [_describe_part(part) for part in parts]
    if len(parts) < len(split_union(expression)) and "null" in split_union(expression):
        words.append("null")
    if len(words) < 2:
        return words[0] if words else "null"
    return ", ".join(words[:-1]) + " or " + words[-1]


def _describe_part(part: str) -> str:
    if part in _WORDS:
        return _WORDS[part]
    inner = item_type(part)
    if part.startswith("dict"):
        return f"a mapping with values that are {describe_type(inner)}"
    members = split_union(inner)
    if len(members) == 1 and inner in _WORDS_IN_LIST:
        return f"a list of {_WORDS_IN_LIST[inner]}"
    return f"a list whose items are {describe_type(inner)}"
