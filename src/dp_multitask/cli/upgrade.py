# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask upgrade``: an input of an earlier release of DeePMD-kit as one of today."""

from __future__ import annotations

import argparse

from dp_multitask.cli.files import add_new_file, refuse_overwriting
from dp_multitask.cli.inputs import (
    errors_located_in,
    output_format,
    read_with_warnings,
    report_what_is_left,
)
from dp_multitask.cli.output import tell, write_result
from dp_multitask.config.upgrade import TARGETS, Upgraded, upgrade
from dp_multitask.config.upgrade.remark import Remark
from dp_multitask.errors import EditError, UsageError, format_path
from dp_multitask.text.document import STDIN, Document, dump_data

DESCRIPTION = """\
Write a training input of an earlier release of DeePMD-kit as one of today: the multitask form of
version 2 (fitting_net_dict, fitting_weight ...) as model_dict and shared_dict, flat DPA-2 keys,
renamed types, keys that were moved or removed since, inputs of version 0 and 1. Layout, comments
and the spelling of numbers stay. Every change is told with its place on standard error. What has
no counterpart is named, and nothing is written. Exit code 1 if something is left to you.
"""
EXAMPLES = """\
  dp-multitask upgrade input_v2.json -o input.json
  dp-multitask upgrade input.json --in-place
  dp-multitask upgrade input.json --to 3.0 | dp-multitask check - --schema 3.0
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "input", metavar="INPUT", help="training input, JSON or YAML; - reads standard input"
    )
    add_new_file(parser, help="the file to write, instead of standard output", required=False)
    parser.add_argument(
        "--in-place", action="store_true", help="write the result over INPUT, if it changes"
    )
    parser.add_argument(
        "--to",
        choices=TARGETS,
        default=TARGETS[0],
        help="the release of DeePMD-kit to write for (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Upgrade and write."""
    if args.in_place and (args.output is not None or args.input == STDIN):
        msg = "--in-place needs a file, and writes no other one"
        raise UsageError(msg, hint="leave out either -o or --in-place")
    refuse_overwriting(args.output, [args.input], force=args.force)
    document = read_with_warnings(args.input, None)
    with errors_located_in(document):
        result = _upgraded(document, args)
    _tell(result, document)
    if args.in_place:
        if result.changes:
            write_result(str(result.text), args.input)
    else:
        write_result(_text(result, document, args.output), args.output)
    left = bool(result.left)
    return int(report_what_is_left(result.data, schema=args.to) or left)


def _upgraded(document: Document, args: argparse.Namespace) -> Upgraded:
    try:
        return upgrade(document, to=args.to)
    except EditError as err:
        if args.in_place:
            raise
        place = ":".join(map(str, [document.name, *document.locate(err.path)]))
        tell(f"warning: {place}: {err.message}: the layout is not kept")
        return upgrade(document.data, to=args.to)


def _text(result: Upgraded, document: Document, output: str | None) -> str:
    format = output_format(output, otherwise=document.format)
    if result.text is None or format != document.format:
        return dump_data(result.data, format)
    return result.text


def _tell(result: Upgraded, document: Document) -> None:
    for each in [*result.changes, *result.left]:
        tell(_line(each, document))
    if not (result.changes or result.left):
        tell(f"{document.name}: nothing to upgrade")


def _line(remark: Remark, document: Document) -> str:
    line, column = document.key_span(remark.path)[:2]
    what = "left to you: " if remark.kind == "left" else ""
    path = format_path(remark.path)
    return f"{document.name}:{line}:{column}: {what}{path}: {remark.message}"
