# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where results go (standard output, or a file, whole or not at all), and what is told beside."""

from __future__ import annotations

import os
import sys

from dp_multitask.errors import DPMultitaskError, FileAccessError


def write_result(text: str, output: str | None) -> None:
    """Write a result as UTF-8, whatever the locale.

    Raises
    ------
    FileAccessError
        The file, or standard output, cannot be written.
    BrokenPipeError
        The reader of standard output has gone.
    """
    if output is not None and output != "-":
        from dp_multitask.atomic_file import write_text

        write_text(output, text)
    elif sys.stdout is None:  # closed by the shell: >&-
        msg = "is closed"
        raise FileAccessError(msg, source="<stdout>", hint="name a file with -o")
    else:
        _write_to_stdout(text)


def _write_to_stdout(text: str) -> None:
    try:
        sys.stdout.flush()
        # names that are no text, such as a file's in another encoding, are shown escaped
        sys.stdout.buffer.write(text.encode(errors="backslashreplace"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as err:
        discard_stdout()
        msg = f"cannot be written: {err.strerror}"
        raise FileAccessError(msg, source="<stdout>") from err


def discard_stdout() -> None:
    """Send what is still to be written nowhere, so that Python's exit does not fail on it."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_error(err: DPMultitaskError) -> None:
    """Tell on standard error what went wrong, where, and what to do."""
    place = f"{err.where}: " if err.where else ""
    tell(f"error: {place}{err.message}")
    if err.hint:
        tell(f"  hint: {err.hint}")


def tell(text: str) -> None:
    """Tell a user something on standard error."""
    print(printable_lines(text), file=sys.stderr)


def printable_lines(text: str) -> str:
    """Make every line of a text `printable`: names come from files that others wrote."""
    return "\n".join(map(printable, text.split("\n")))


def printable(text: str) -> str:
    """Replace what a terminal would act on, and what has no UTF-8 form."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )
