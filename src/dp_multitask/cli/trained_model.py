# SPDX-License-Identifier: LGPL-3.0-or-later
"""The options of ``check`` that name the trained model a training starts from."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from dp_multitask.cli.files import require_model_file
from dp_multitask.cli.output import tell
from dp_multitask.errors import UsageError

if TYPE_CHECKING:
    from dp_multitask.text.document import Document

_MODES = {
    "finetune": "fine-tuned",
    "init-model": "started with step 0",
    "restart": "continued",
}


def add_starting_point(parser: argparse.ArgumentParser) -> None:
    """Add --finetune, --init-model, --restart and what goes with them."""
    group = parser.add_argument_group("starting from a trained model, as dp train does")
    modes = group.add_mutually_exclusive_group()
    for mode, done in _MODES.items():
        modes.add_argument(
            f"--{mode}",
            metavar="MODEL",
            help=f"also tell what does not fit this checkpoint or model file, which is {done}",
        )
    group.add_argument(
        "--model-branch", metavar="HEAD", help="with --finetune: the head to start from"
    )
    group.add_argument(
        "--use-pretrain-script",
        action="store_true",
        help="take descriptor and fitting net from the trained model",
    )


def open_starting_point(args: argparse.Namespace) -> None:
    """Read the trained model once for all inputs.

    Raises
    ------
    UsageError
        An option that needs one is given without it.
    FileAccessError, ModelFileError
        It cannot be read.
    """
    args.mode, args.point = None, None
    for mode in _MODES:
        model = getattr(args, mode.replace("-", "_"))
        if model is not None:
            require_model_file(model)
            from dp_multitask.modelfile.trained_model import starting_point

            args.mode, args.point = mode, starting_point(model)
    if args.point is None and (args.model_branch or args.use_pretrain_script):
        given = "--model-branch" if args.model_branch else "--use-pretrain-script"
        msg = f"{given} needs a trained model"
        raise UsageError(msg, hint="name it with --finetune")
    if args.model_branch and args.mode != "finetune":
        msg = "--model-branch goes with --finetune alone"
        raise UsageError(msg, hint=f"--{args.mode} takes every branch under its own name")


def started_from(args: argparse.Namespace) -> dict[str, Any]:
    """Give the arguments of `check` that say how the training starts."""
    if args.point is None:
        return {}
    return {
        "against": args.point,
        "mode": args.mode,
        "branch": args.model_branch,
        "use_pretrain_script": args.use_pretrain_script,
    }


def tell_how_it_starts(document: Document, args: argparse.Namespace) -> None:
    """Tell on standard error which head each branch starts from."""
    if args.point is None:
        return
    from dp_multitask.checks.against.findings import judge

    verdict = judge(document.data, args.point, mode=args.mode, branch=args.model_branch)
    for note in verdict.notes:
        tell(f"note: {document.name}: {note}")
