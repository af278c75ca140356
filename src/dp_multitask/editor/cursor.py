# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where the cursor stands in a text that is being typed, and so need not be valid yet."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from dp_multitask.errors import TreePath

_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*("?)|[\[\]{},:]|[^\s\[\]{},:"]+')
_QUOTES = {'"': re.compile(r'(?<!\\)"'), "'": re.compile("'")}
_JSON_REST = re.compile(r'[^\s\[\]{},:"]*')
_YAML_REST = re.compile(r"(?:[^\s,\[\]{}#:]|:(?=\S))*")
_YAML_KEY = re.compile(r"""(?P<key>"[^"]*"|'[^']*'|[^\s#:'"\[\]{},][^#:\[\]{},]*?)\s*:(?:\s+|$)""")


class Cursor(NamedTuple):
    """What is being typed.

    Attributes
    ----------
    path : tuple of str or int
        The mapping or list around it.
    key : str or None
        The key whose value is being typed; None if a key or a list's item is.
    in_list : bool
        Whether an item of a list is being typed.
    typed : str
        What there is of it before the cursor, without an opening quote.
    quote : str
        The opening quote, or nothing.
    rest : str
        What there is of it behind the cursor, with the closing quote if there is one.
    """

    path: TreePath
    key: str | None
    in_list: bool
    typed: str
    quote: str
    rest: str = ""


class _Level:
    """A mapping or list that is open where the cursor stands."""

    def __init__(self, bracket: str) -> None:
        self.is_map = bracket == "{"
        self.key: str | None = None
        self.index = 0
        self.behind_colon = False


def cursor_in(text: str, offset: int, *, yaml: bool) -> Cursor:
    """Find out what is being typed at an offset; of what stands behind it, only its rest counts."""
    before = text[:offset]
    cursor = _in_yaml(before) if yaml else _in_json(before)
    behind = text[offset:].partition("\n")[0].rstrip("\r")
    return cursor._replace(rest=_rest(cursor, behind, yaml=yaml))


def _rest(cursor: Cursor, behind: str, *, yaml: bool) -> str:
    """Give what a line that goes on behind the cursor has of the word or text that is typed."""
    if not cursor.quote:
        match = (_YAML_REST if yaml else _JSON_REST).match(behind) if cursor.typed else None
        return match.group() if match else ""
    quotes = [each.start() for each in _QUOTES[cursor.quote].finditer(behind)]
    # an even number belongs to other texts: this one has no end yet
    return behind[: quotes[0] + 1] if len(quotes) % 2 else ""


def _in_json(before: str) -> Cursor:
    levels: list[_Level] = []
    typed, quote = "", ""
    for match in _TOKEN.finditer(before):
        token = match.group()
        at_end = match.end() == len(before)
        typed, quote = "", ""
        if token in "{[":
            levels.append(_Level(token))
        elif token in "}]":
            if levels:
                levels.pop()
        elif not levels:
            continue
        elif token == ",":
            levels[-1].behind_colon = False
            levels[-1].index += 1
        elif token == ":":
            levels[-1].behind_colon = True
        elif token[0] == '"' and not match[1]:
            if at_end:  # a text never goes on in the next line
                typed, quote = token[1:], '"'
        elif at_end and token[0] != '"':
            typed = token
        elif levels[-1].is_map and not levels[-1].behind_colon:
            levels[-1].key = _unquoted(token)
    return _cursor(levels, typed, quote)


def _cursor(levels: list[_Level], typed: str, quote: str) -> Cursor:
    path = [(level.key or "") if level.is_map else level.index for level in levels[:-1]]
    if not levels:
        return Cursor((), None, False, typed, quote)
    last = levels[-1]
    key = last.key if last.is_map and last.behind_colon else None
    return Cursor(tuple(path), key, not last.is_map, typed, quote)


def _unquoted(token: str) -> str:
    try:
        return str(json.loads(token)) if token[0] == '"' else token
    except ValueError:
        return token.strip('"')


def _in_yaml(before: str) -> Cursor:
    """Read block style by its indentation, and brackets that are open by themselves."""
    *lines, last = before.split("\n")
    levels: list[tuple[int, str | int]] = []  # indentation, key or index
    for line in lines:
        _take_line(line, levels)
    opened = _open_brackets(last)
    if opened is not None:
        start, inner = opened
        _take_line(last[:start], levels)
        return inner._replace(path=(*(part for _, part in levels), *inner.path))
    indent, rest = _items(last, levels)
    match = _YAML_KEY.match(rest)
    while levels and levels[-1][0] >= indent and isinstance(levels[-1][1], str):
        levels.pop()
    path = tuple(part for _, part in levels)
    if match is not None:
        typed = rest[match.end() :]
        quote = typed[:1] if typed[:1] in ("'", '"') else ""
        return Cursor(path, match["key"].strip("'\""), False, typed[len(quote) :], quote)
    quote = rest[:1] if rest[:1] in ("'", '"') else ""
    in_list = bool(path) and isinstance(path[-1], int)
    return Cursor(path[:-1] if in_list else path, None, in_list, rest[len(quote) :], quote)


def _take_line(line: str, levels: list[tuple[int, str | int]]) -> None:
    if not line.strip() or line.lstrip().startswith("#"):
        return
    indent, rest = _items(line, levels)
    match = _YAML_KEY.match(rest)
    if match is not None:
        while levels and levels[-1][0] >= indent and isinstance(levels[-1][1], str):
            levels.pop()
        levels.append((indent, match["key"].strip("'\"")))


def _items(line: str, levels: list[tuple[int, str | int]]) -> tuple[int, str]:
    """Take the dashes at the beginning of a line; give the indentation of what follows."""
    indent = len(line) - len(line.lstrip(" "))
    rest = line[indent:]
    while levels and levels[-1][0] > indent:
        levels.pop()
    while rest.startswith("- ") or rest == "-":
        if levels and levels[-1][0] == indent and isinstance(levels[-1][1], int):
            levels[-1] = (indent, levels[-1][1] + 1)
        else:
            levels.append((indent, 0))
        width = len(rest) - len(rest[1:].lstrip(" "))
        indent += width
        rest = rest[width:]
    return indent, rest


def _open_brackets(line: str) -> tuple[int, Cursor] | None:
    """Read a line's brackets that are open at its end, and where the first of them stands."""
    starts: list[int] = []
    for match in _TOKEN.finditer(line):
        if match.group() in "{[":
            starts.append(match.start())
        elif match.group() in "}]" and starts:
            starts.pop()
    return (starts[0], _in_json(line[starts[0] :])) if starts else None
