# SPDX-License-Identifier: LGPL-3.0-or-later
"""Files that commands take and make: what kind a file is, and what may be overwritten."""

from __future__ import annotations

import argparse
import os
import stat
from collections.abc import Iterable

from dp_multitask.errors import UsageError
from dp_multitask.text.document import STDIN
from dp_multitask.text.marks import (
    CHECKPOINT_SUFFIXES,
    HDF5_SIGNATURE,
    MODEL_SUFFIXES,
    ZIP_SIGNATURE,
)

_INPUT_SUFFIXES = (".json",)
_MODEL_MARKS = (b"@variables", b"@class")
_SNIFFED = 1 << 20


def is_model_file(path: str) -> bool:
    """Tell a model file or checkpoint from a training input, by content where that tells.

    Raises
    ------
    UsageError
        It is the model of a backend, which is neither.
    """
    suffix = os.path.splitext(path)[1].lower()
    if suffix in CHECKPOINT_SUFFIXES:
        if os.path.isfile(path) and _is_checkpoint(path):
            return True
        msg = f"{suffix} is a backend's own format, neither a training input nor a model file"
        hint = "dp-multitask pack makes a model file of it"
        raise UsageError(msg, source=path, hint=hint)
    if suffix in MODEL_SUFFIXES:
        return True
    if path == STDIN or not os.path.isfile(path):
        return False
    most = _SNIFFED if suffix not in _INPUT_SUFFIXES else len(HDF5_SIGNATURE)
    try:
        with open(path, "rb") as file:
            head = file.read(most)
    except OSError:  # whoever reads it as an input says why
        return False
    if head.startswith((HDF5_SIGNATURE, ZIP_SIGNATURE)):
        return True
    return any(mark in head for mark in _MODEL_MARKS)


def _is_checkpoint(path: str) -> bool:
    from dp_multitask.checkpoint.archive import is_training_archive

    return is_training_archive(path)


def require_model_file(path: str) -> None:
    """Refuse a training input where a model file is expected.

    Raises
    ------
    UsageError
        It is a training input, standard input or a backend's checkpoint.
    """
    if path == STDIN:
        msg = "a model file cannot be read from standard input"
        raise UsageError(msg, hint="name the file")
    if not is_model_file(path) and os.path.isfile(path):
        msg = "is a training input, expected a model file"
        raise UsageError(msg, source=path, hint="dp-multitask check looks at inputs")


def branch_of(source: str) -> tuple[str, str | None]:
    """Split FILE:BRANCH, unless the whole is a file."""
    if os.path.exists(source) or ":" not in source:
        return source, None
    path, _, branch = source.rpartition(":")
    return (path, branch) if os.path.exists(path) or path == STDIN else (source, None)


def named_files(arguments: Iterable[str], what: str, example: str) -> dict[str, str]:
    """Read arguments ``NAME=FILE``, each name once; `what` is the word for the file."""
    files: dict[str, str] = {}
    for argument in arguments:
        name, equals, path = argument.partition("=")
        if not (name and equals and path):
            msg = f"expected NAME={what}, found {argument!r}"
            raise UsageError(msg, hint=f"for example {example}")
        if name in files:
            msg = f"the branch {name!r} is given twice"
            raise UsageError(msg, hint="give each branch a name of its own")
        files[name] = path
    return files


def add_new_file(
    parser: argparse.ArgumentParser,
    *,
    help: str = "write to this file instead of standard output",
    required: bool = False,
) -> None:
    """Add the options -o and --force."""
    parser.add_argument("-o", "--output", metavar="OUT", required=required, help=help)
    parser.add_argument(
        "-f", "--force", action="store_true", help="overwrite OUT if there is such a file"
    )


def refuse_overwriting(output: str | None, sources: list[str], *, force: bool) -> None:
    """Refuse to write over a source, and over any other file without ``--force``.

    Devices and pipes are written to as they are.

    Raises
    ------
    UsageError
        The output is a source, or exists.
    """
    if output in (None, STDIN):
        return
    try:
        found = os.stat(str(output))
    except OSError:
        return
    for source in sources:
        if source != STDIN and os.path.exists(source) and os.path.samestat(os.stat(source), found):
            msg = "the output would replace the file that it is made from"
            raise UsageError(msg, source=output, hint="name another file with -o")
    if stat.S_ISREG(found.st_mode) and not force:
        msg = "exists already"
        raise UsageError(msg, source=output, hint="name another file, or overwrite it with --force")
