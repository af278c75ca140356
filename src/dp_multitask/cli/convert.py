# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask convert``: a model file in another form."""

from __future__ import annotations

import argparse
import os

from dp_multitask.cli.files import (
    MODEL_SUFFIXES,
    add_new_file,
    refuse_overwriting,
    require_model_file,
)
from dp_multitask.errors import UsageError

DESCRIPTION = """\
Write a model file, single or multitask, in another form: .dp (HDF5) or .yaml by the suffix of OUT.
A flat .dp file of DeePMD-kit becomes one of ours: each variable at its place in the tree, shared
variables stored once, checksums. --flat makes it flat again: variable_0000, variable_0001 ...
Nothing is lost on the way, in either direction.
"""
EXAMPLES = """\
  dp-multitask convert model.dp -o model.yaml
  dp-multitask convert deepmd-kit.dp -o model.dp
  dp-multitask convert model.dp --flat -o deepmd-kit.dp
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("file", metavar="FILE", help="model file")
    parser.add_argument(
        "--flat", action="store_true", help="write the layout that DeePMD-kit itself writes"
    )
    add_new_file(parser, help="the file to write, .dp or .yaml", required=True)


def run(args: argparse.Namespace) -> int:
    """Convert."""
    require_model_file(args.file)
    suffix = os.path.splitext(args.output)[1].lower()
    if args.flat and suffix not in MODEL_SUFFIXES:
        msg = f"--flat is a layout of .dp files, found the suffix {suffix!r}"
        raise UsageError(msg, source=args.output)
    refuse_overwriting(args.output, [args.file], force=args.force)
    from dp_multitask.modelfile.flat import save_flat
    from dp_multitask.modelfile.reader import open_model
    from dp_multitask.modelfile.save import save_model

    with open_model(args.file) as file:
        save = save_flat if args.flat else save_model
        save(args.output, file.tree())
    return 0
