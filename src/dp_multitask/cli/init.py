# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask init``: a freshly initialised model file."""

from __future__ import annotations

import argparse

from dp_multitask.cli.files import add_new_file, refuse_overwriting
from dp_multitask.cli.inputs import add_input, errors_located_in, read_with_warnings

DESCRIPTION = """\
Initialise the model of a training input, single-task or multitask, and store it: every variable
in its shape, drawn from the distribution that DeePMD-kit draws it from. What branches share is
initialised and stored once. Statistics that training finds from the data are neutral: means 0,
deviations 1.
"""
EXAMPLES = """\
  dp-multitask init input.json -o model.dp
  dp-multitask init input.json -o model.dp --seed 7
  dp-multitask split-branch model.dp water -o water.dp
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_input(parser)
    add_new_file(parser, help="the model file: .dp, .hdf5 or .yaml", required=True)
    parser.add_argument(
        "--seed",
        type=_seed,
        help="where the numbers come from (default: training/seed of the input, else 0)",
    )


def run(args: argparse.Namespace) -> int:
    """Initialise and store."""
    from dp_multitask.modelfile.fresh_file import init

    refuse_overwriting(args.output, [args.input], force=args.force)
    document = read_with_warnings(args.input, None)
    with errors_located_in(document):
        init(document.data, args.output, seed=args.seed)
    return 0


def _seed(text: str) -> int:
    seed = int(text) if text.isdecimal() else -1
    if seed < 0:
        msg = f"a seed is a non-negative integer, found {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return seed
