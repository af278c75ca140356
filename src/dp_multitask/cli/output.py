# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where results go: standard output, or a file that is written whole or not at all."""

from __future__ import annotations

import argparse
import sys

from dp_multitask.atomic_file import write_text
from dp_multitask.errors import DPMultitaskError


def add_output(parser: argparse.ArgumentParser) -> None:
    """Add the option -o."""
    parser.add_argument(
        "-o", "--output", metavar="OUT", help="write to this file instead of standard output"
    )


def write_result(text: str, output: str | None) -> None:
    """Write a result as UTF-8, whatever the locale."""
    if output is None or output == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
    else:
        write_text(output, text)


def print_error(err: DPMultitaskError) -> None:
    """Tell on standard error what went wrong, where, and what to do."""
    place = f"{err.where}: " if err.where else ""
    print(f"error: {place}{err.message}", file=sys.stderr)
    if err.hint:
        print(f"  hint: {err.hint}", file=sys.stderr)
