# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask explain``: what a diagnostic means, or what stands at a place of an input."""

from __future__ import annotations

import argparse
import os
import re

from dp_multitask.checks.codes import GROUPS, Code, all_codes
from dp_multitask.cli.inputs import add_schema, errors_located_in, read_with_warnings
from dp_multitask.cli.output import printable_lines, write_result
from dp_multitask.errors import TreePath, UsageError
from dp_multitask.text.document import STDIN, Document
from dp_multitask.text.plain_data import suggest

DESCRIPTION = """\
Say what a code that check reports means, why it matters and what to do about it; without CODE, list
all of them. Or say what stands at a place of an input: what the key means, the value in force,
where it comes from (the branch, a shared entry, a key under model, a default), which branches have
it from there, what may stand there, and which findings are about it. The place is a path, or a line
and column as editors and compilers write them.
"""
EXAMPLES = """\
  dp-multitask explain DPM101
  dp-multitask explain input.json model/model_dict/ice/descriptor/sel
  dp-multitask explain input.json ice/descriptor/rcut_smth
  dp-multitask explain input.json:12:7
"""

_CODE = re.compile(r"\s*[Dd][Pp][Mm]\d+\s*\Z")
_PLACE = re.compile(r"(.+?):(\d+)(?::(\d+))?\Z", re.DOTALL)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "what",
        metavar="CODE | INPUT[:LINE:COLUMN]",
        nargs="?",
        help="a code such as DPM101, or a training input; - reads standard input",
    )
    parser.add_argument("path", metavar="PATH", nargs="?", help="a place in the input")
    add_schema(parser)


def run(args: argparse.Namespace) -> int:
    """Print one explanation, or the list."""
    if args.what is None:
        write_result(_listed(list(all_codes().values())), None)
        return 0
    if args.path is not None:
        return _explain_place(read_with_warnings(args.what, None), args.path, args.schema)
    place = _PLACE.match(args.what)
    if place and (os.path.exists(place[1]) or place[1] == STDIN):
        document = read_with_warnings(place[1], None)
        path = _path_at(document, int(place[2]), int(place[3] or 1))
        return _explain_place(document, path, args.schema)
    if args.what == STDIN or os.path.exists(args.what):
        msg = "no place in the input is named"
        hint = f"dp-multitask explain {args.what} model/model_dict, or {args.what}:LINE:COLUMN"
        raise UsageError(msg, source=args.what, hint=hint)
    return _explain_code(args.what)


def _explain_code(text: str) -> int:
    codes = all_codes()
    wanted = text.strip().upper()
    if wanted not in codes:
        is_code = _CODE.match(text) is not None
        near = suggest(wanted, codes) if is_code else None
        hint = f"Did you mean {near}?" if near else "without a code, explain lists all of them"
        msg = f"there is no code {text!r}" if is_code else f"there is no code and no file {text!r}"
        raise UsageError(msg, hint=hint)
    found = codes[wanted]
    write_result(f"{found.code} ({found.severity}): {found.title}\n\n{found.explanation}\n", None)
    return 0


def _explain_place(document: Document, path: str | TreePath, schema: str) -> int:
    from dp_multitask.checks.origin import origin
    from dp_multitask.cli.explain_text import place_text

    with errors_located_in(document):
        found = origin(document, path, schema=schema)
    write_result(printable_lines(place_text(found, document, schema)), None)
    return 0


def _path_at(document: Document, line: int, column: int) -> TreePath:
    lines = document.text.count("\n") + 1
    if not 1 <= line <= lines:
        msg = f"there is no line {line}, the last one is {lines}"
        raise UsageError(msg, source=document.name)
    if column == 1:  # a line alone means what is written on it
        text = document.text.splitlines()[line - 1] if document.text else ""
        column += len(text) - len(text.lstrip(" \t{[,-"))
    return document.path_at(line, column)[0]


def _listed(codes: list[Code]) -> str:
    lines: list[str] = []
    for group, heading in GROUPS.items():
        rows = [f"  {each.code} {each.severity:<8}{each.title}" for each in codes
                if each.group == group]
        lines += [heading, *rows, ""]
    return "\n".join(lines)
