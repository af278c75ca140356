# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask explain``: what a diagnostic means and how to fix it."""

from __future__ import annotations

import argparse

from dp_multitask.checks.codes import GROUPS, Code, all_codes
from dp_multitask.cli.output import write_result
from dp_multitask.errors import UsageError
from dp_multitask.text.plain_data import suggest

DESCRIPTION = """\
Say what a code that check reports means, why it matters and what to do about it. Without CODE,
list all of them.
"""
EXAMPLES = """\
  dp-multitask explain DPM101
  dp-multitask explain
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("code", metavar="CODE", nargs="?", help="a code such as DPM101")


def run(args: argparse.Namespace) -> int:
    """Print one explanation, or the list."""
    codes = all_codes()
    if args.code is None:
        write_result(_listed(list(codes.values())), None)
        return 0
    wanted = str(args.code).strip().upper()
    if wanted not in codes:
        near = suggest(wanted, codes)
        hint = f"Did you mean {near}?" if near else "without a code, explain lists all of them"
        msg = f"there is no code {args.code!r}"
        raise UsageError(msg, hint=hint)
    found = codes[wanted]
    write_result(f"{found.code} ({found.severity}): {found.title}\n\n{found.explanation}\n", None)
    return 0


def _listed(codes: list[Code]) -> str:
    lines: list[str] = []
    for group, heading in GROUPS.items():
        rows = [f"  {each.code} {each.severity:<8}{each.title}" for each in codes
                if each.group == group]
        lines += [heading, *rows, ""]
    return "\n".join(lines)
