# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask unpack``: a native model file becomes a checkpoint of DeePMD-kit again."""

from __future__ import annotations

import argparse
import os

from dp_multitask.cli.files import add_new_file, refuse_overwriting, require_model_file
from dp_multitask.cli.output import tell
from dp_multitask.cli.terminal import branch_progress
from dp_multitask.pictures.amounts import bytes_text

DESCRIPTION = """\
Write a checkpoint that DeePMD-kit continues from. OUT.pt goes to 'dp --pt train' with --restart,
--init-model or --finetune; what the branches share is shared again. It holds no optimizer state: a
restart goes on at the stored step and learning rate with a fresh optimizer. OUT.jax is a checkpoint
folder of the JAX backend.

For any other backend take one branch: 'dp-multitask split-branch FILE BRANCH -o branch.dp', then
'dp convert-backend branch.dp branch.pth' (or .pb, .savedmodel ...).
Needs an installed DeePMD-kit with the framework of OUT."""

EXAMPLES = """\
  dp-multitask unpack model.dp -o model.ckpt.pt
  dp --pt train input.json --restart model.ckpt.pt
  dp-multitask unpack model.dp -o model.jax"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``unpack``."""
    parser.add_argument("file", metavar="FILE", help="a native model file")
    add_new_file(parser, help="the checkpoint, .pt or .jax", required=True)


def run(args: argparse.Namespace) -> int:
    """Run ``unpack``."""
    from dp_multitask.deepmd_kit.unpack import unpack
    from dp_multitask.errors import DPMultitaskError
    from dp_multitask.modelfile.reading.load import load_model

    require_model_file(args.file)
    refuse_overwriting(args.output, [args.file], force=args.force)
    tree = load_model(args.file)
    progress = branch_progress("unpacked")
    try:
        unpack(tree, args.output, progress=progress)
    except DPMultitaskError as err:
        err.source = err.source or args.file
        raise
    if progress is not None and os.path.isfile(args.output):
        tell(f"wrote {args.output}, {bytes_text(os.path.getsize(args.output))}")
    return 0
