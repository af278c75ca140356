# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask convert``: a model file in another form."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from dp_multitask.cli.files import add_new_file, refuse_overwriting, require_model_file
from dp_multitask.cli.output import print_error, tell
from dp_multitask.errors import (
    UnknownClassError,
    UnknownKeyError,
    UnknownTypeError,
    UsageError,
    VersionError,
)
from dp_multitask.text.marks import HDF5_SUFFIXES

if TYPE_CHECKING:
    from dp_multitask.modelfile.reading.reader import ModelFile

DESCRIPTION = """\
Write a model file or checkpoint (.pt), single or multitask, in another form: .dp (HDF5) or .yaml by
the suffix of OUT.
A flat .dp file of DeePMD-kit becomes one of ours: each variable at its place in the tree, shared
variables stored once, checksums. --flat makes it flat again: variable_0000, variable_0001 ...
Nothing is lost on the way, in either direction. A file without checksums whose components lack
what their classes need is refused with exit code 1: it is damaged or incomplete.
"""
EXAMPLES = """\
  dp-multitask convert model.dp -o model.yaml
  dp-multitask convert deepmd-kit.dp -o model.dp
  dp-multitask convert model.ckpt.pt -o model.yaml
  dp-multitask convert model.dp --flat -o deepmd-kit.dp
"""

_UNKNOWN = (UnknownClassError, UnknownKeyError, UnknownTypeError, VersionError)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("file", metavar="FILE", help="model file or checkpoint")
    parser.add_argument(
        "--flat", action="store_true", help="write the layout that DeePMD-kit itself writes"
    )
    add_new_file(parser, help="the file to write, .dp or .yaml", required=True)


def run(args: argparse.Namespace) -> int:
    """Convert."""
    require_model_file(args.file)
    suffix = os.path.splitext(args.output)[1].lower()
    if args.flat and suffix not in HDF5_SUFFIXES:
        msg = f"--flat is a layout of .dp files, found the suffix {suffix!r}"
        raise UsageError(msg, source=args.output)
    refuse_overwriting(args.output, [args.file], force=args.force)
    from dp_multitask.modelfile.reading.reader import open_model

    if args.flat:
        from dp_multitask.modelfile.flat import save_flat as save
    else:
        from dp_multitask.modelfile.writing.save import save_model as save
    with open_model(args.file) as file:
        if not file.has_checksums and not _is_whole(file):
            return 1
        save(args.output, file.tree())
    return 0


def _is_whole(file: ModelFile) -> bool:
    """Compare a file that only its content can vouch for with the classes of its components.

    A component of a newer DeePMD-kit, or of a plugin that is not installed, is only warned of.
    """
    from dp_multitask.components.whole.class_findings import class_errors
    from dp_multitask.modelfile.reading.load import load_tree

    tree = load_tree(file.tree(), mapped=True)
    whole = True
    for err in class_errors(tree):
        err.source = file.path
        if isinstance(err, _UNKNOWN):
            tell(f"warning: {err}")
            continue
        whole = False
        err.hint = err.hint or "the file is damaged or incomplete; get it anew"
        print_error(err)
    return whole
