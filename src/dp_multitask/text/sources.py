# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where the text of an input comes from: a regular file, or standard input."""

from __future__ import annotations

import errno
import os
import stat
import sys

from dp_multitask.errors import DocumentError, FileAccessError
from dp_multitask.system_files import READING
from dp_multitask.text.foreign import foreign
from dp_multitask.text.limits import MOST_BYTES, refuse_too_long
from dp_multitask.text.marks import HDF5_SIGNATURE, ZIP_SIGNATURE
from dp_multitask.text.plain_data import suggest
from dp_multitask.text.positions import position_of

STDIN = "-"

_BEGINNING = 200


def read_stdin() -> bytes:
    """Read standard input.

    Raises
    ------
    FileAccessError
        It is closed or cannot be read.
    DocumentError
        It is longer than `limits.MOST_BYTES`.
    """
    if sys.stdin is None:  # closed by the shell: <&-
        msg = "is closed"
        raise FileAccessError(msg, source="<stdin>", hint="name a file")
    try:
        raw = sys.stdin.buffer.read(MOST_BYTES + 1)
    except OSError as err:
        msg = f"cannot be read: {err.strerror}"
        raise FileAccessError(msg, source="<stdin>") from err
    refuse_too_long(len(raw), "<stdin>")
    return raw


def read_file(name: str) -> bytes:
    """Read a regular file: a device may never end, a pipe has the reader wait for its writer.

    Raises
    ------
    FileAccessError
        It is missing, no regular file, or cannot be read.
    DocumentError
        It is longer than `limits.MOST_BYTES`.
    """
    try:
        descriptor = os.open(name, READING)
    except FileNotFoundError as err:
        msg = "no such file"
        raise FileAccessError(msg, source=name, hint=_nearby(name)) from err
    except (OSError, ValueError) as err:
        raise _unreadable(name, err) from err
    kind = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(kind):
        os.close(descriptor)
        if stat.S_ISDIR(kind):
            raise _unreadable(name, OSError(errno.EISDIR, os.strerror(errno.EISDIR)))
        msg = "is no regular file"
        hint = "pipe it into standard input and name - instead"
        raise FileAccessError(msg, source=name, hint=hint)
    with open(descriptor, "rb") as file:
        try:
            raw = file.read(MOST_BYTES + 1)
        except OSError as err:
            raise _unreadable(name, err) from err
    refuse_too_long(len(raw), name)
    return raw


def _unreadable(name: str, err: Exception) -> FileAccessError:
    msg = f"cannot be read: {getattr(err, 'strerror', None) or err}"
    return FileAccessError(msg, source=name)


def _nearby(name: str) -> str | None:
    folder, base = os.path.split(name)
    try:
        near = suggest(base, [each for each in os.listdir(folder or ".") if each != base])
    except OSError:
        return f"there is no folder {folder!r}"
    if os.path.islink(name):
        return f"it is a link to {os.readlink(name)!r}"
    return f"Did you mean {os.path.join(folder, near)!r}?" if near else None


def decode(raw: bytes, name: str) -> str:
    """Turn the bytes of an input into text, without a byte order mark.

    Raises
    ------
    DocumentError
        They are no UTF-8, or a file of another kind.
    """
    if raw.startswith(HDF5_SIGNATURE):
        msg = "this is an HDF5 file, such as a model file, expected a training input"
        hint = "dp-multitask show and verify take model files"
        if name == "<stdin>":
            hint = "name the file: a model file cannot be read from standard input"
        raise DocumentError(msg, source=name, hint=hint)
    if raw.startswith(ZIP_SIGNATURE):
        msg = "this is a ZIP archive, such as a PyTorch checkpoint, expected a training input"
        hint = "dp-multitask show, verify and split-branch take checkpoints"
        if name == "<stdin>":
            hint = "name the file: a checkpoint cannot be read from standard input"
        raise DocumentError(msg, source=name, hint=hint)
    kind = foreign(raw[:_BEGINNING])
    if kind is not None:
        msg = f"this is {kind.what}, expected a training input"
        raise DocumentError(msg, source=name, hint=kind.remedy)
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        msg = "the file is UTF-16, expected UTF-8"
        raise DocumentError(msg, source=name, position=(1, 1), hint="save it as UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        before = raw[: err.start].decode("utf-8-sig", "replace")
        msg = f"the byte 0x{raw[err.start]:02x} is not valid UTF-8"
        where = position_of(before, len(before))
        raise DocumentError(msg, source=name, position=where, hint="save it as UTF-8") from None
