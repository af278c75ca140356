# SPDX-License-Identifier: LGPL-3.0-or-later
"""What only a terminal gets: colours, and how far a long command has come."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import TextIO

from dp_multitask.cli.output import printable


def wants_colour(stream: TextIO | None) -> bool:
    """Colour a terminal; NO_COLOR forbids it, FORCE_COLOR asks for it anywhere else too."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def branch_progress(verb: str) -> Callable[[str, int, int], None] | None:
    """Give what reports each branch that is done; None where no one watches.

    Parameters
    ----------
    verb : str
        What is done to a branch, such as ``packed``.
    """
    if not sys.stderr.isatty():
        return None
    start = time.monotonic()

    def report(branch: str, done: int, total: int) -> None:
        seconds = time.monotonic() - start
        line = f"{verb} {done} of {total} branches, {seconds:.0f} s: {branch}"
        end = "\n" if done == total else ""
        print(f"\r\033[K{printable(line[:100])}", end=end, file=sys.stderr, flush=True)

    return report
