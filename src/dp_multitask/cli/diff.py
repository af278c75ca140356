# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask diff``: where two inputs, model files or checkpoints differ."""

from __future__ import annotations

import argparse
import os
from typing import Any

from dp_multitask.cli.files import branch_of, is_model_file
from dp_multitask.cli.inputs import add_limit, errors_located_in, read_with_warnings
from dp_multitask.cli.output import printable_lines, write_result
from dp_multitask.config.differences import ABSENT, DIFFERENCE_KINDS, Difference
from dp_multitask.errors import UsageError, format_path
from dp_multitask.modelfile.comparison import Comparison, compare
from dp_multitask.text.document import STDIN, dump_data

DESCRIPTION = """\
Tell where two inputs, model files or checkpoints differ, in any combination: branches, values in
force (a default that is written out equals one that is not; comments, key order and other names of
a type do not count), what is shared, shapes of variables, and their numbers, compared bit by bit.
FILE:BRANCH takes one branch. Exit code 0: the same, 1: there are differences.
"""
EXAMPLES = """\
  dp-multitask diff input.json other.yaml
  dp-multitask diff before.dp after.dp
  dp-multitask diff model.dp:ice ice.dp
  dp-multitask diff input.json model.dp --json | jq '.differences[].path'
"""

_HEADINGS = {
    "branch": "branches",
    "config": "values in force",
    "sharing": "sharing",
    "shape": "shapes and types of variables",
    "value": "numbers",
}
_LIMIT = 100
_WIDTH = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    for name in ("one", "other"):
        parser.add_argument(
            name,
            metavar=name.upper(),
            help="training input, model file or checkpoint; FILE:BRANCH is one branch of it",
        )
    parser.add_argument("--json", action="store_true", help="give JSON, never cut")
    add_limit(parser, _LIMIT, "each list")


def run(args: argparse.Namespace) -> int:
    """Compare and print."""
    if args.one == args.other == STDIN:
        msg = "standard input can be read only once"
        raise UsageError(msg, hint="name a file")
    (one, first), (other, second) = (branch_of(each) for each in (args.one, args.other))
    result = _compared(one, other, (first, second))
    if args.json:
        text = dump_data(_as_json(result, args), "json")
    else:
        text = printable_lines(_as_text(result, args))
    write_result(text, None)
    return 1 if result.differences else 0


def _compared(one: str, other: str, branches: tuple[str | None, str | None]) -> Comparison:
    sides: list[Any] = []
    for path in (one, other):
        if path != STDIN and is_model_file(path):
            sides.append(path)
        else:
            document = read_with_warnings(path, None)
            with errors_located_in(document):  # what cannot be resolved is told with its place
                _resolve(document.data)
            sides.append(document)
    return compare(*sides, branches=branches)


def _resolve(config: dict[str, Any]) -> None:
    from dp_multitask.config.training_input import has_shared_parts, resolve_input

    if has_shared_parts(config):
        resolve_input(config)


def _as_json(result: Comparison, args: argparse.Namespace) -> dict[str, Any]:
    return {
        "one": args.one,
        "other": args.other,
        "same": not result.differences,
        "equal_variables": result.equal,
        "differences": [_entry(each) for each in result.differences],
        "notes": result.notes,
    }


def _entry(each: Difference) -> dict[str, Any]:
    entry: dict[str, Any] = {"kind": each.kind, "path": list(each.path)}
    for key, value in (("one", each.one), ("other", each.other)):
        if value is not ABSENT:
            entry[key] = list(value) if isinstance(value, tuple) else value
    if each.largest is not None:
        finite = each.largest < float("inf")
        entry |= {"largest": each.largest if finite else None, "differing": each.differing}
    return entry


def _as_text(result: Comparison, args: argparse.Namespace) -> str:
    lines: list[str] = []
    for kind in DIFFERENCE_KINDS:
        found = [each for each in result.differences if each.kind == kind]
        if not found:
            continue
        lines.append(_HEADINGS[kind])
        shown = found[: args.limit or None]
        lines += [f"  {_line(each)}" for each in shown]
        if len(shown) < len(found):
            lines.append(f"  and {len(found) - len(shown)} more")
    lines += [f"note: {each}" for each in result.notes]
    names = [os.path.basename(each) for each in (args.one, args.other)]
    if not result.differences:
        lines.append(f"{names[0]} and {names[1]} say the same")
    if result.equal:
        lines.append(f"variables that are equal, bit by bit: {result.equal}")
    return "\n".join(lines) + "\n"


def _line(each: Difference) -> str:
    place = format_path(each.path)
    if each.kind == "value":
        if not each.differing:
            return f"{place}: {each.one}, the same numbers, but other bits"
        largest = f"{each.largest:.3g}" if each.largest != float("inf") else "not a number"
        return f"{place}: {each.one}, {each.differing} differ, by at most {largest}"
    sides = f"{_shown(each.one)} | {_shown(each.other)}"
    return f"{place}: {sides}" if place else sides


def _shown(value: Any) -> str:
    if value is ABSENT:
        return "-"
    if isinstance(value, tuple):
        return "x".join(map(str, value)) or "scalar"
    text = value if isinstance(value, str) else dump_inline(value)
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}..."


def dump_inline(value: Any) -> str:
    """Write a value on one line."""
    import json

    return json.dumps(value, ensure_ascii=False)
