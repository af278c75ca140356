# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the commands that read or write a training input have in common."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dp_multitask.checks.schema.releases import DEFAULT_SCHEMA, known_versions, schema_name
from dp_multitask.cli.output import tell
from dp_multitask.component_types import BACKENDS
from dp_multitask.errors import DPMultitaskError, MissingDeepmdKitError, UsageError, format_path
from dp_multitask.text.document import Document, format_of, read_document
from dp_multitask.text.marks import Format

if TYPE_CHECKING:
    from dp_multitask.config.compose import Note

_MOST_LEFT = 5


def add_input(parser: argparse.ArgumentParser) -> None:
    """Add the argument INPUT."""
    parser.add_argument(
        "input", metavar="INPUT", help="training input, JSON or YAML; - reads standard input"
    )


def add_schema(parser: argparse.ArgumentParser) -> None:
    """Add the option --schema."""
    parser.add_argument(
        "--schema",
        metavar="VERSION",
        type=_schema,
        default=DEFAULT_SCHEMA,
        help="the DeePMD-kit release whose argument check is meant: "
        f"{', '.join(known_versions())} (default: %(default)s); "
        "installed asks the one in this environment, plugins included",
    )


def add_backend(parser: argparse.ArgumentParser, what: str) -> None:
    """Add the option --backend; `what` says what of it counts."""
    parser.add_argument(
        "--backend", choices=BACKENDS, default="pt", help=f"the backend {what} (default: pt)"
    )


def add_limit(parser: argparse.ArgumentParser, default: int, what: str) -> None:
    """Add the option --limit, after how many lines a list is cut."""
    parser.add_argument(
        "--limit",
        metavar="N",
        type=_number_of_lines,
        default=default,
        help=f"cut {what} after N lines, 0: never (default: {default})",
    )


def _number_of_lines(text: str) -> int:
    if not text.isdecimal():
        msg = f"expected a non-negative integer, found {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def _schema(version: str) -> str:
    try:
        return schema_name(version)
    except UsageError as err:
        msg = f"{err.message}, {err.hint}"
        raise argparse.ArgumentTypeError(msg) from None


def read_with_warnings(source: str, format: Format | None) -> Document:
    """Read an input and print what its format read in an unexpected way."""
    document = read_document(source, format=format)
    for warning in document.warnings:
        span = warning.span
        place = f"{document.name}:{span.line}:{span.column}" if span else document.name
        tell(f"warning: {place}: {warning.message} ({warning.hint})")
    return document


@contextmanager
def errors_located_in(document: Document) -> Iterator[None]:
    """Give errors that are raised inside the file, line and column of the path they name."""
    try:
        yield
    except DPMultitaskError as err:
        # what is not installed is no mistake in the file
        if err.source is None and not isinstance(err, MissingDeepmdKitError):
            err.source = document.name
            line, column = document.locate(err.path)
            err.position = (line, column)
        raise


def output_format(
    output: str | None, *, asked: Format | None = None, otherwise: Format = "json"
) -> Format:
    """Choose the format of a result: as asked, else by the output's suffix."""
    return asked or (format_of(output) if output else None) or otherwise


def tell_notes(notes: Iterable[Note]) -> bool:
    """Tell what was decided about an input that was written, and whether something is left."""
    left = False
    for note in notes:
        tell(f"{format_path(note.path)}: {note.message}")
        left = left or "left to you" in note.message
    return left


def report_what_is_left(config: Mapping[str, Any], *, schema: str = "3.2") -> bool:
    """Check an input that was written, and say what would still go wrong with it.

    An input that only DeePMD-kit's TensorFlow backend takes is fine, too.

    Returns
    -------
    bool
        Whether there are errors.
    """
    from dp_multitask.checks.check import check

    errors = [each for each in check(config, schema=schema) if each.severity == "error"]
    if not errors:
        return False
    for_tf = check(config, schema=schema, backend="tf")
    if not any(each.severity == "error" for each in for_tf):
        tell("note: only the TensorFlow backend takes the result")
        return False
    for each in errors[:_MOST_LEFT]:
        hint = f" ({each.hint})" if each.hint else ""
        place = format_path(each.path) or "the input"
        tell(f"left to you: {place}: {each.message}{hint} [{each.code}]")
    if len(errors) > _MOST_LEFT:
        more = len(errors) - _MOST_LEFT
        tell(f"and {more} more: dp-multitask check tells all of them")
    return True
