# SPDX-License-Identifier: LGPL-3.0-or-later
"""JSON text: values through the standard library, errors in words of our own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import islice
from json.decoder import JSONDecodeError
from typing import TYPE_CHECKING, Any, NoReturn

from dp_multitask.diagnostics import Diagnostic, Edit, Fix, Span
from dp_multitask.errors import DocumentError, TreePath
from dp_multitask.text.limits import (
    COMMON_LENGTH,
    MOST_FINDINGS,
    refuse_too_many_values,
    without_collection,
)
from dp_multitask.text.plain_data import MAX_DEPTH, text_too_deep
from dp_multitask.text.positions import position_of

if TYPE_CHECKING:
    from dp_multitask.text.layout import Node

Pairs = list[tuple[str, Any]]
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


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

    def last_of_each(pairs: Pairs) -> dict[str, Any]:
        nonlocal repeated
        mapping = dict(pairs)
        repeated = repeated or len(mapping) != len(pairs)
        return mapping

    data = _load(text, name, last_of_each)
    if text_too_deep(data):
        raise _nesting_error(text, name)
    return data, list(islice(_repeated_keys(text), MOST_FINDINGS)) if repeated else []


def parse_strict(text: str, name: str) -> Any:
    """Read JSON that a program wrote: errors as in `parse`, and none of the leniency of inputs.

    Raises
    ------
    DocumentError
        A key is given twice in one mapping, or a number is too large for a double.
    """
    refuse_too_many_values(text, name)
    return _load(text, name, _refuse_repeated, read_float=_finite)


class _Numbers(dict[str, Any]):
    """Numbers by their text: a short one is made once, however often it stands there."""

    def __init__(self, read: Callable[[str], Any]) -> None:
        self._read = read

    def __missing__(self, text: str) -> Any:
        number = self._read(text)
        if len(text) <= COMMON_LENGTH:
            self[text] = number
        return number


def _load(
    text: str,
    name: str,
    in_pairs: Callable[[Pairs], Any],
    read_float: Callable[[str], float] = float,
) -> Any:
    """Read with the standard library; every error is told in our words, with its place."""
    try:
        with without_collection():
            return json.loads(
                text,
                object_pairs_hook=in_pairs,
                parse_constant=_refuse_constant,
                parse_float=_Numbers(read_float).__getitem__,
                parse_int=_Numbers(int).__getitem__,
            )
    except DocumentError:
        raise
    except JSONDecodeError as err:
        raise _syntax_error(err, text, name) from None
    except RecursionError:
        raise _nesting_error(text, name) from None
    except ValueError as err:  # NaN, or a number with more digits than Python converts
        _raise_bad_number(text, name, str(err))


def _refuse_repeated(pairs: Pairs) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        seen: set[str] = set()
        for twice, _ in pairs:
            if twice in seen:
                break
            seen.add(twice)
        msg = f"the key {twice!r} occurs twice in one object"
        raise DocumentError(msg)
    return mapping


def _finite(text: str) -> float:
    number = float(text)
    if number - number != 0.0:  # an exponent too large for a double
        msg = f"the number {text[:40]} is too large"
        raise DocumentError(msg)
    return number


def _refuse_constant(constant: str) -> NoReturn:
    msg = f"{constant} is no JSON number"
    raise ValueError(msg)


def _repeated_keys(text: str) -> Iterator[Diagnostic]:
    """Find the keys that a mapping has twice, at any depth; those that begin with _ may."""
    from dp_multitask.text.spans import Spans

    spans = Spans(text, "json")

    def visit(node: Node, path: TreePath) -> Iterator[Diagnostic]:
        first: dict[str, int] = {}
        for key, start, end, below in node.items:
            if key is None:
                continue
            inside = (*path, key)
            if isinstance(key, str):
                span = spans.between(start, end)
                if key in first and not key.startswith("_"):
                    yield repeated_key(key, inside, span, first[key])
                first.setdefault(key, span.line)
            if not str(key).startswith("_"):  # a comment, whatever it holds
                yield from visit(below, inside)

    yield from visit(spans.root, ())


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
