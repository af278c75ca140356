# SPDX-License-Identifier: LGPL-3.0-or-later
"""A training input as text and as data: reading, finding a place in it, writing back."""

from __future__ import annotations

import json
import os
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dp_multitask.diagnostics import Diagnostic, Fix, Span
from dp_multitask.errors import DocumentError, TreePath, UnserializableValueError, UsageError
from dp_multitask.records import NamedTuple
from dp_multitask.text.marks import TEXT, Format
from dp_multitask.text.plain_data import describe
from dp_multitask.text.sources import STDIN as STDIN
from dp_multitask.text.sources import decode, read_file, read_stdin

if TYPE_CHECKING:
    from dp_multitask.text.spans import Spans


_SUFFIXES: dict[str, Format] = {".json": "json", ".yaml": "yaml", ".yml": "yaml"}


class Position(NamedTuple):
    """A place in a text; line and column count from one."""

    line: int
    column: int


class Document:
    """A training input.

    Attributes
    ----------
    data : dict
        The configuration.
    name : str
        The file's name, or ``<stdin>``.
    text : str
        The text it was read from.
    format : {"json", "yaml"}
        How the text was read.
    warnings : list of Diagnostic
        What the format silently read in an unexpected way (YAML 1.1).
    """

    def __init__(
        self,
        data: dict[str, Any],
        name: str,
        text: str,
        format: Format,
        *,
        warnings: Sequence[Diagnostic] = (),
    ) -> None:
        self.data = data
        self.name = name
        self.text = text
        self.format = format
        self.warnings = list(warnings)

    def locate(self, path: TreePath) -> Position:
        """Give line and column of the value at `path`, or of the nearest place above it."""
        span = self.span(path)
        return Position(span.line, span.column)

    def span(self, path: TreePath) -> Span:
        """Give the text of the value at `path`, or of the nearest place above it."""
        return self.spans.value(path)

    def key_span(self, path: TreePath) -> Span:
        """Give the text of the key at `path`; where there is none, as `span`."""
        return self.spans.key(path)

    def path_at(self, line: int, column: int) -> tuple[TreePath, bool]:
        """Give the path of the innermost value at a place, and whether it is its key there.

        Parameters
        ----------
        line, column : int
            The place, counted from one. One outside of every value below gives ``((), False)``.
        """
        return self.spans.path_at(line, column)

    @cached_property
    def spans(self) -> Spans:
        """Where everything stands; found out when it is first asked for."""
        from dp_multitask.text.spans import Spans

        return Spans(self.text, self.format)


def read_document(source: str | os.PathLike[str], *, format: Format | None = None) -> Document:
    """Read a training input from a file, or from standard input for ``-``.

    Parameters
    ----------
    source : str or path
        The file. Its suffix tells the format: ``.json``, ``.yaml`` or ``.yml``; a text without
        one that starts with ``{`` is JSON, any other YAML.
    format : {"json", "yaml"}, optional
        Read as this format. Where the suffix says the other one, and of standard input, a text
        that is valid JSON is read as JSON in either case (PyYAML would take ``1e-3`` for text).

    Returns
    -------
    Document
        The input.

    Raises
    ------
    FileAccessError
        The file is missing or cannot be read.
    DocumentError
        The text cannot be read, or its top level is no mapping.
    """
    name = os.fspath(source)
    raw = read_stdin() if name == STDIN else read_file(name)
    name = "<stdin>" if name == STDIN else name
    marked, decoded = raw.startswith(BOM_UTF8), decode(raw, name)
    del raw  # as long as the text: not beside the values
    return _parse(decoded, name, format, marked=marked)


def parse_document(
    text: str | bytes,
    *,
    name: str = TEXT,
    format: Format | None = None,
) -> Document:
    """Read a training input from text; parameters and errors as in `read_document`."""
    if isinstance(text, bytes):
        return _parse(decode(text, name), name, format, marked=text.startswith(BOM_UTF8))
    return _parse(text.removeprefix("\ufeff"), name, format)


def _parse(decoded: str, name: str, format: Format | None, *, marked: bool = False) -> Document:
    """Read a text, and say so if it had a byte order mark."""
    if format not in (None, "json", "yaml"):
        msg = f"unknown format {format!r}, expected json or yaml"
        raise UsageError(msg, source=name)
    document = _parse_in_turn(decoded, name, format)
    if marked:
        msg = "the text begins with a byte order mark, which DeePMD-kit's reader refuses"
        hint = "save it as UTF-8 without a byte order mark (BOM)"
        fix = Fix("remove the byte order mark", (), "safe")
        mark = Diagnostic("DPM913", "error", (), Span(1, 1, 1, 1), msg, hint, fix)
        document.warnings.insert(0, mark)
    return document


def _parse_in_turn(decoded: str, name: str, format: Format | None) -> Document:
    *others, last = _formats(decoded, name, format)
    refused: dict[Format, DocumentError] = {}
    for candidate in others:
        try:
            return _parse_as(candidate, decoded, name)
        except DocumentError as err:
            refused[candidate] = err
    try:
        return _parse_as(last, decoded, name)
    except DocumentError as err:
        raise refused.get(format or last, err) from None


def dump_data(data: Any, format: Format) -> str:
    """Write a tree of JSON values as JSON (two spaces a level) or YAML, keys in their order.

    Raises
    ------
    UnserializableValueError
        A value has no JSON form: NaN, infinity or an object of another type; or a text has no
        YAML form: half a surrogate pair.
    """
    for path, value in _foreign_values(data):
        msg = f"{value!r} cannot be written"
        raise UnserializableValueError(msg, path=path, hint="use a finite number, text or null")
    if format == "yaml":
        from dp_multitask.text.yaml_dump import dump_yaml

        try:
            return dump_yaml(data)
        except UnicodeEncodeError as err:
            msg = f"the text {err.object!r:.60} has no form in YAML"
            hint = "half of a surrogate pair, such as \\ud800, is no character; JSON can keep it"
            raise UnserializableValueError(msg, hint=hint) from err
    text = json.dumps(data, indent=2, ensure_ascii=False)
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        text = json.dumps(data, indent=2)  # half a surrogate pair has no UTF-8 form
    return text + "\n"


def format_of(name: str) -> Format | None:
    """Tell a file's format by its suffix, if that tells."""
    return _SUFFIXES.get(os.path.splitext(name)[1].lower())


def _formats(text: str, name: str, asked: Format | None) -> list[Format]:
    by_suffix = format_of(name)
    guess: Format = "json" if text.lstrip()[:1] == "{" else "yaml"
    if asked is None:
        return [by_suffix or guess]
    if by_suffix in (None, asked) and not (name == "<stdin>" and guess == "json"):
        return [asked]
    return ["json", "yaml"]


def _parse_as(format: Format, text: str, name: str) -> Document:
    if format == "json":
        from dp_multitask.text.json_text import parse
    else:
        from dp_multitask.text.yaml_text import parse
    data, warnings = parse(text, name)
    document = Document(data, name, text, format, warnings=warnings)
    if not isinstance(data, dict):
        msg = f"the top level must be a mapping, found {describe(data)}"
        raise DocumentError(msg, source=name, position=document.locate(()))
    return document


def _foreign_values(data: Any, path: TreePath = ()) -> Iterator[tuple[TreePath, Any]]:
    if isinstance(data, dict):
        for key, value in data.items():
            if not isinstance(key, str):
                yield (*path, key), key
            if not isinstance(value, str | int | None):
                yield from _foreign_values(value, (*path, key))
    elif isinstance(data, list | tuple):
        for index, value in enumerate(data):
            if not isinstance(value, str | int | None):
                yield from _foreign_values(value, (*path, index))
    elif isinstance(data, float):
        if not -1.8e308 < data < 1.8e308:
            yield path, data
    elif not isinstance(data, str | int | None):
        yield path, data
