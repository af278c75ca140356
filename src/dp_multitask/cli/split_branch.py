# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask split-branch``: one branch as a model or training input of its own."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from dp_multitask.cli.files import add_new_file, is_model_file, refuse_overwriting
from dp_multitask.cli.inputs import errors_located_in, output_format, read_with_warnings
from dp_multitask.cli.output import tell, write_result
from dp_multitask.config.branch import branch_input
from dp_multitask.errors import UsageError
from dp_multitask.text.document import dump_data
from dp_multitask.text.marks import HDF5_SUFFIXES
from dp_multitask.text.plain_data import suggest

DESCRIPTION = """\
Take one branch out. Of a multitask model file or checkpoint (.pt): a single-model .dp (or .yaml)
file that DeePMD-kit reads, equal to the branch bit for bit; a checkpoint of a single task has the
branch Default. Of a multitask training input: a single-task input with the branch's model written
out, its loss and its data; it goes to standard output without -o.
BRANCH is a name or an alias. Other formats (.pth, .pb, .savedmodel ...) are made from the .dp file
by 'dp convert-backend'.
"""
EXAMPLES = """\
  dp-multitask split-branch model.ckpt.pt water -o water.dp
  dp-multitask split-branch model.dp --head Default -o water.dp --force
  dp-multitask split-branch input.json water -o water.json
  dp-multitask split-branch - water < input.json | jq .training
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "file",
        metavar="FILE",
        help="model file, checkpoint or training input; - reads an input from stdin",
    )
    parser.add_argument("branch", metavar="BRANCH", nargs="?", help="the branch, by name or alias")
    parser.add_argument(
        "--head",
        "--model-branch",
        dest="head",
        metavar="BRANCH",
        help="another way to name the branch, as in DeePMD-kit's commands",
    )
    add_new_file(parser, help="the file to write", required=False)


def run(args: argparse.Namespace) -> int:
    """Split and write."""
    branch = _branch(args)
    refuse_overwriting(args.output, [args.file], force=args.force)
    if is_model_file(args.file):
        if args.output in (None, "-"):
            msg = "a model is not written to standard output"
            raise UsageError(msg, hint="name a file with -o")
        from dp_multitask.modelfile.branches import split_branch

        split_branch(args.file, branch, args.output)
        return 0
    if args.output and args.output.lower().endswith(HDF5_SUFFIXES):
        msg = "a training input cannot become a model file"
        raise UsageError(msg, source=args.output, hint="name a .json or .yaml file")
    document = read_with_warnings(args.file, None)
    with errors_located_in(document):
        text = dump_data(branch_input(document.data, branch), output_format(args.output))
    _warn_of_absent_sections(document.data, args.file)
    write_result(text, args.output)
    return 0


def _warn_of_absent_sections(config: Mapping[str, Any], name: str) -> None:
    """Tell what the branch does not get because the input does not have it."""
    training = config.get("training")
    sections = [("loss_dict", config, "loss")]
    if isinstance(training, Mapping):
        sections.append(("data_dict", training, "training data"))
    for key, above, what in sections:
        if key not in above:
            near = suggest(key, above)
            hint = f" (did you mean {near!r}?)" if near else ""
            text = f"warning: {name}: there is no {key!r}{hint}, so the branch gets no {what}"
            tell(text)


def _branch(args: argparse.Namespace) -> str:
    names = {name for name in (args.branch, args.head) if name is not None}
    if len(names) > 1:
        msg = f"two branches are named, {args.branch!r} and {args.head!r}"
        raise UsageError(msg, hint="name one")
    if not names:
        msg = "no branch is named"
        raise UsageError(msg, hint=f"dp-multitask show {args.file} lists the branches")
    return str(names.pop())
