# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask resolve``: the whole input with its shared parts expanded."""

from __future__ import annotations

import argparse

from dp_multitask.cli.inputs import (
    add_input,
    errors_located_in,
    output_format,
    read_with_warnings,
    refuse_own_input,
)
from dp_multitask.cli.output import add_output, write_result
from dp_multitask.component_types import BACKENDS
from dp_multitask.config.document import dump_data
from dp_multitask.config.training_input import resolve_input

DESCRIPTION = """\
Expand every shared reference of a multitask input into full branches and list the shared links,
sorted by share level, under a top-level "shared_links". The rest of the input is kept as it is.
"""
EXAMPLES = """\
  dp-multitask resolve input.json -o resolved.json
  dp-multitask resolve input.yaml | jq '.shared_links'
  cat input.json | dp-multitask resolve - --links-only --format yaml
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_input(parser)
    add_output(parser)
    parser.add_argument("--links-only", action="store_true", help="give the shared links alone")
    parser.add_argument(
        "--format",
        choices=["json", "yaml"],
        help="format of the result (default: by the suffix of OUT, else json), and of an INPUT "
        "whose name does not tell its own",
    )
    parser.add_argument(
        "--backend",
        choices=BACKENDS,
        default="pt",
        help="the backend whose class names the links carry (default: pt)",
    )


def run(args: argparse.Namespace) -> int:
    """Resolve and write."""
    refuse_own_input(args.input, args.output)
    document = read_with_warnings(args.input, args.format)
    with errors_located_in(document):
        resolved = resolve_input(document.data, backend=args.backend)
        result = resolved["shared_links"] if args.links_only else resolved
        text = dump_data(result, output_format(args.format, args.output))
    write_result(text, args.output)
    return 0
