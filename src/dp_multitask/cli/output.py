# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where results go: standard output, or a file that is written whole or not at all."""

from __future__ import annotations

import argparse
import sys

from dp_multitask.atomic_file import write_text


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
