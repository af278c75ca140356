# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask finetune-input``: the input that fine-tunes a trained model on new data."""

from __future__ import annotations

import argparse

from dp_multitask.cli.files import add_new_file, refuse_overwriting, require_model_file
from dp_multitask.cli.inputs import (
    output_format,
    read_with_warnings,
    report_what_is_left,
    tell_notes,
)
from dp_multitask.cli.output import write_result
from dp_multitask.modelfile.finetuning import finetune_input
from dp_multitask.text.document import dump_data

DESCRIPTION = """\
Write the training input that fine-tunes a branch of a trained model on new data, as DeePMD-kit
documents it: the model is the one that MODEL was made with, so that all shapes fit, the type map is
checked against the data. With --name it is a multitask input in which the new branch starts from
the old one (finetune_head), beside the branches that --keep names; without, a single-task input.
Then: dp --pt train OUT --finetune MODEL. Exit code 1 if something is left to you.
"""
EXAMPLES = """\
  dp-multitask finetune-input model.dp --from ice --systems new_data -o input.json
  dp-multitask finetune-input model.dp --from ice --name snow --systems new_data --keep ice gas
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("model", metavar="MODEL", help="trained model: checkpoint or model file")
    parser.add_argument(
        "--from",
        dest="start_from",
        metavar="BRANCH",
        help="the branch to start from, by name or alias (needed if there are several)",
    )
    parser.add_argument("--name", metavar="NEW", help="the new branch, of a multitask input")
    parser.add_argument(
        "--systems", metavar="DIR", nargs="+", required=True, help="folders of the new data"
    )
    parser.add_argument(
        "--keep",
        metavar="BRANCH",
        nargs="+",
        action="extend",
        default=[],
        help="branches that go on training, so that they are not forgotten",
    )
    parser.add_argument(
        "--config",
        metavar="INPUT",
        help="the input that MODEL was trained with: its losses, learning rate, and the data of "
        "the branches that are kept",
    )
    add_new_file(parser, help="the file to write, instead of standard output", required=False)


def run(args: argparse.Namespace) -> int:
    """Write the input."""
    require_model_file(args.model)
    sources = [args.model, *([args.config] if args.config else [])]
    refuse_overwriting(args.output, sources, force=args.force)
    trained_with = read_with_warnings(args.config, None) if args.config else None
    result = finetune_input(
        args.model,
        args.systems,
        start_from=args.start_from,
        name=args.name,
        keep=args.keep,
        trained_with=trained_with,
    )
    left = tell_notes(result.notes)
    write_result(dump_data(result.data, output_format(args.output)), args.output)
    return int(report_what_is_left(result.data) or left)
