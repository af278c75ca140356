# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the commands that read a training input have in common."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from dp_multitask.checks.schema.releases import DEFAULT_SCHEMA, known_versions, schema_name
from dp_multitask.errors import DPMultitaskError, MissingDeepmdKitError, UsageError
from dp_multitask.text.document import Document, Format, format_of, read_document


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
        print(f"warning: {place}: {warning.message} ({warning.hint})", file=sys.stderr)
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


def output_format(asked: Format | None, output: str | None) -> Format:
    """Choose the format of a result: as asked, else by the output's suffix, else JSON."""
    return asked or (format_of(output) if output else None) or "json"
