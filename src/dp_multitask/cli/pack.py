# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask pack``: a trained model of DeePMD-kit becomes one native model file."""

from __future__ import annotations

import argparse
import os

from dp_multitask.cli.files import add_new_file, refuse_overwriting
from dp_multitask.cli.inputs import errors_located_in, read_with_warnings
from dp_multitask.cli.output import tell
from dp_multitask.cli.terminal import branch_progress
from dp_multitask.errors import DPMultitaskError, SharingError, UsageError
from dp_multitask.pictures.amounts import bytes_text
from dp_multitask.text.document import STDIN, read_document

DESCRIPTION = """\
Store every branch of a trained model in one native model file, what they share once. CHECKPOINT is
a multitask or single-task .pt of 'dp --pt train', which is read as plain data: neither PyTorch nor
DeePMD-kit is needed. A frozen .pth, a .jax folder, or any other file that an installed DeePMD-kit
can serialise goes through it, and so does a branch of a .pt that has a part which is not known
here. The file keeps the config, the links, aliases, the smallest neighbour distance and the
training step. A checkpoint that holds more than tensors and plain values is refused.

Variables that are declared shared but differ are kept apart and named in a warning."""

EXAMPLES = """\
  dp-multitask pack model.ckpt.pt -o model.dp
  dp-multitask pack model.ckpt.pt --branch water --branch ice -o two.dp
  dp-multitask pack model.ckpt.pt --config input.json --strict -o model.dp"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``pack``."""
    parser.add_argument(
        "checkpoint", metavar="CHECKPOINT", help="what DeePMD-kit wrote: .pt, .pth, .jax, .pb ..."
    )
    add_new_file(parser, help="the model file, .dp or .yaml", required=True)
    parser.add_argument(
        "--branch",
        metavar="NAME",
        action="append",
        default=[],
        help="take this branch only, a name or an alias; may be given several times",
    )
    parser.add_argument(
        "--config",
        metavar="INPUT",
        help="the training input, whose references say what is shared; by default the tensors "
        "that the checkpoint stores once do. Needed for a file that holds weights alone",
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="fail when variables are declared shared but differ",
    )


def run(args: argparse.Namespace) -> int:
    """Run ``pack``."""
    from dp_multitask.deepmd_kit.pack import pack
    from dp_multitask.modelfile.writing.save import save_model
    from dp_multitask.modelfile.writing.stored_once import UNSHARED
    from dp_multitask.modelfile.writing.suffixes import check_writable_suffix

    refuse_overwriting(args.output, [args.checkpoint], force=args.force)
    if args.checkpoint == STDIN:
        msg = "a model cannot be read from standard input"
        raise UsageError(msg, hint="name the file")
    _refuse_input(args.checkpoint)
    check_writable_suffix(args.output)
    progress = branch_progress("packed")
    if args.config is None:
        packed = pack(args.checkpoint, args.branch, progress=progress)
    else:
        document = read_with_warnings(args.config, None)
        with errors_located_in(document):
            packed = pack(args.checkpoint, args.branch, config=document.data, progress=progress)
    for warning in packed.warnings:
        tell(f"warning: {args.checkpoint}: {warning}")
    for note in packed.notes:
        tell(f"note: {args.checkpoint}: {note}")
    different = packed.tree.get(UNSHARED, [])
    if args.strict and different:
        msg = f"{len(different)} variables are declared shared but differ (listed above)"
        hint = "without --strict each branch keeps its own"
        raise SharingError(msg, source=args.checkpoint, hint=hint)
    save_model(args.output, packed.tree)
    if progress is not None:
        tell(f"wrote {args.output}, {bytes_text(os.path.getsize(args.output))}")
    return 0


def _refuse_input(path: str) -> None:
    """Tell a training input from the .json of a Paddle model, whose top level has no "model"."""
    if not path.lower().endswith(".json"):
        return
    try:
        data = read_document(path).data
    except DPMultitaskError:  # whoever reads it as a model says why
        return
    if "model" in data:
        msg = "is a training input, expected a trained model"
        hint = "name the checkpoint that was trained; the input may be given with --config"
        raise UsageError(msg, source=path, hint=hint)
