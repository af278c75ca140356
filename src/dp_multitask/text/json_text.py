# SPDX-License-Identifier: LGPL-3.0-or-later
"""JSON text: values through the standard library, positions through a scanner of our own.

The scanner runs only when there is something to report. It reuses the standard library's string
scanner, so that the two agree on every string.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]
from typing import Any, NoReturn

from dp_multitask.diagnostics import Diagnostic, Edit, Fix, Span
from dp_multitask.errors import DocumentError, TreePath
from dp_multitask.text.limits import refuse_too_many_values
from dp_multitask.text.plain_data import MAX_DEPTH, too_deep

_SKIP = re.compile(r"[ \t\n\r]*").match
_SCALAR = re.compile(r"[^ \t\n\r,\]}]+").match
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


class JsonNode:
    """A value's place in the text, with those of the values in it.

    Attributes
    ----------
    start, end : int
        Character offsets; the end is exclusive.
    children : dict
        Key or index -> node.
    keys : dict
        Key -> (start, end) of the key itself.
    items : list
        Key or index, start and end of the key, node: in order of the text, repeated keys too.
    """

    __slots__ = ("children", "end", "items", "keys", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self.end = start
        self.children: dict[str | int, JsonNode] = {}
        self.keys: dict[str, tuple[int, int]] = {}
        self.items: list[tuple[str | int, int, int, JsonNode]] = []


def parse(text: str, name: str) -> tuple[Any, list[Diagnostic]]:
    """Read JSON.

    Parameters
    ----------
    text : str
        The text, without a byte order mark.
    name : str
        The file's name, for errors.

    Returns
    -------
    data : object
        The values; of a key that is given twice the last one, as in DeePMD-kit.
    repeated : list of Diagnostic
        The keys that are given twice.

    Raises
    ------
    DocumentError
        Bad syntax, too many values, NaN or Infinity, or nesting deeper than `MAX_DEPTH`.
    """
    refuse_too_many_values(text, name)
    repeated = False

    def last_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeated
        mapping = dict(pairs)
        repeated = repeated or len(mapping) != len(pairs)
        return mapping

    try:
        data = json.loads(text, object_pairs_hook=last_of_each, parse_constant=_refuse_constant)
    except JSONDecodeError as err:
        raise _syntax_error(err, text, name) from None
    except RecursionError:
        raise _nesting_error(text, name) from None
    except ValueError as err:  # NaN, or a number with more digits than Python converts
        _raise_bad_number(text, name, str(err))
    if too_deep(data):
        raise _nesting_error(text, name)
    return data, list(_repeated_keys(text)) if repeated else []


def scan(text: str) -> JsonNode:
    """Find the place of every value of a valid JSON text that nests at most `MAX_DEPTH` deep."""
    node, _ = _scan_value(text, _skip(text, 0))
    return node


class Lines:
    """Where the lines of a text begin, found once."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(each.end() for each in re.finditer("\n", text))]

    def position_of(self, offset: int) -> tuple[int, int]:
        """Turn a character offset into line and column, both from one."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def position_of(text: str, offset: int) -> tuple[int, int]:
    """Turn a character offset into line and column, both from one."""
    line = text.count("\n", 0, offset) + 1
    return line, offset - text.rfind("\n", 0, offset)


def offset_of(text: str, line: int, column: int) -> int:
    """Turn line and column, both from one, into a character offset within the text."""
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
        if start == 0:
            return len(text)
    return min(start + max(column, 1) - 1, len(text))


def path_at(root: JsonNode, offset: int) -> tuple[TreePath, bool]:
    """Give the path of the innermost value at an offset, and whether its key is there."""
    path: list[str | int] = []
    node = root
    while True:
        for name, below in node.children.items():
            start, end = node.keys.get(str(name), (below.start, below.start - 1))
            if start <= offset <= end:
                return (*path, name), True
            if below.start <= offset <= below.end:
                path.append(name)
                node = below
                break
        else:
            return tuple(path), False


def _refuse_constant(constant: str) -> NoReturn:
    msg = f"{constant} is no JSON number"
    raise ValueError(msg)


def _skip(text: str, at: int) -> int:
    return _SKIP(text, at).end()  # type: ignore[union-attr]


def _scan_value(text: str, at: int) -> tuple[JsonNode, int]:
    node = JsonNode(at)
    first = text[at]
    if first == "{":
        at = _skip(text, at + 1)
        while text[at] != "}":
            key, key_end = scanstring(text, at + 1, True)
            key_start = at
            node.keys[key] = (key_start, key_end)
            at = _skip(text, _skip(text, key_end) + 1)  # past the colon
            node.children[key], at = _scan_value(text, at)
            node.items.append((key, key_start, key_end, node.children[key]))
            at = _skip(text, at)
            if text[at] == ",":
                at = _skip(text, at + 1)
        at += 1
    elif first == "[":
        at = _skip(text, at + 1)
        index = 0
        while text[at] != "]":
            start = at
            node.children[index], at = _scan_value(text, at)
            node.items.append((index, start, start, node.children[index]))
            index += 1
            at = _skip(text, at)
            if text[at] == ",":
                at = _skip(text, at + 1)
        at += 1
    elif first == '"':
        at = scanstring(text, at + 1, True)[1]
    else:
        at = _SCALAR(text, at).end()  # type: ignore[union-attr]
    node.end = at
    return node, at


def _repeated_keys(text: str) -> Iterator[Diagnostic]:
    """Find the keys that a mapping has twice, at any depth; those that begin with _ may."""
    lines = Lines(text)

    def visit(node: JsonNode, path: TreePath) -> Iterator[Diagnostic]:
        first: dict[str | int, int] = {}
        for key, start, end, below in node.items:
            if isinstance(key, str):
                line = lines.position_of(start)[0]
                if key in first and not key.startswith("_"):
                    span = Span(*lines.position_of(start), *lines.position_of(end))
                    yield repeated_key(key, (*path, key), span, first[key])
                first.setdefault(key, line)
            if not str(key).startswith("_"):  # a comment, whatever it holds
                yield from visit(below, (*path, key))

    yield from visit(scan(text), ())


def repeated_key(key: str, path: TreePath, span: Span, first: int) -> Diagnostic:
    """Say that a key stands in a mapping for another time."""
    msg = f"the key {key!r} stands here for a second time, first in line {first}"
    hint = "keep one of the two; readers silently take the last"
    fix = Fix(f"remove the first {key!r}", (Edit.keep_last(path),), "safe")
    return Diagnostic("DPM911", "error", path, span, msg, hint, fix)


def _raise_bad_number(text: str, name: str, reason: str) -> NoReturn:
    for token in re.finditer(r'"(?:[^"\\]|\\.)*"|NaN|-?Infinity|-?\d{4301,}', text, re.DOTALL):
        found = token.group()
        if found[0] != '"':
            long = f"an integer of {len(found)} digits is too long"
            msg = long if found[-1].isdigit() else reason
            hint = "write a finite number, or null"
            where = position_of(text, token.start())
            raise DocumentError(msg, source=name, position=where, hint=hint) from None
    raise DocumentError(reason, source=name) from None


def _nesting_error(text: str, name: str) -> DocumentError:
    depth = 0
    where = None
    for token in _BRACKETS.finditer(text):
        first = token.group()[0]
        depth += (first in "{[") - (first in "}]")
        if depth > MAX_DEPTH:
            where = position_of(text, token.start())
            break
    msg = f"mappings and lists nest more than {MAX_DEPTH} levels deep"
    return DocumentError(msg, source=name, position=where, hint="training inputs nest under ten")


def _syntax_error(err: JSONDecodeError, text: str, name: str) -> DocumentError:
    found = text[err.pos : err.pos + 1]
    before = text[: err.pos].rstrip()[-1:]
    hint = None
    position = (err.lineno, err.colno)
    if not text.strip():
        return DocumentError("the file is empty", source=name, hint="expected a JSON mapping")
    if found in ("}", "]") and before == ",":
        hint = "remove the comma before it"
    elif err.msg.startswith("Illegal trailing comma"):
        hint = "remove this comma"
    elif found == "'":
        hint = "JSON strings stand in double quotes"
    elif found in ("/", "#"):
        hint = "JSON has no comments; use a key such as \"_comment\""
    elif text[err.pos :].startswith(("True", "False", "None")):
        hint = "JSON writes true, false and null"
    elif not found:
        hint = "the text ends too early; a bracket or quote is not closed"
    elif err.msg.startswith("Expecting ',' delimiter"):
        hint = "a comma or a closing bracket is missing before this place"
    msg = f"invalid JSON: {err.msg[:1].lower()}{err.msg[1:]}"
    return DocumentError(msg, source=name, position=position, hint=hint)
