# SPDX-License-Identifier: LGPL-3.0-or-later
"""The options of ``check`` that mend inputs, and what is told of it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from dp_multitask.cli.output import printable, tell
from dp_multitask.cli.reporters.report import FileReport, number
from dp_multitask.errors import format_path


def add_fixes(parser: argparse.ArgumentParser) -> None:
    """Add the options --fix, --unsafe-fixes and --diff."""
    parser.add_argument(
        "--fix",
        action="store_true",
        help="make the safe fixes in the files themselves, then report what is left",
    )
    parser.add_argument(
        "--unsafe-fixes",
        action="store_true",
        help="with --fix: make those that are only likely right, too",
    )
    parser.add_argument(
        "--diff",
        action="store_true",
        help="with --fix: write nothing, show what would change as a unified diff",
    )


def wants_fixes(args: argparse.Namespace) -> bool:
    """Tell whether fixes are asked for; either of the other options implies --fix."""
    return bool(args.fix or args.unsafe_fixes or args.diff)


def tell_of_fixes(reports: Sequence[FileReport], *, shown_only: bool) -> None:
    """Tell on standard error what was mended, or would be, and what could not be."""
    done = "would be fixed" if shown_only else "fixed"
    for report in reports:
        if report.mended is None:
            continue
        for finding, reason in report.mended.refused:
            place = ":".join([report.name, *map(str, (finding.span or ())[:2])])
            title = finding.fix.title if finding.fix else format_path(finding.path)
            text = f"{place}: not fixed ({title}): {reason}"
            tell(text)
        applied = len(report.mended.applied)
        if applied and report.failure is None:
            tell(f"{printable(report.name)}: {number(applied, 'finding')} {done}")


def fixable(reports: Sequence[FileReport]) -> str:
    """Say how many findings can be fixed; nothing if none can, or if it was tried."""
    fixes = [
        each.fix
        for report in reports
        if report.mended is None
        for each in report.findings
        if each.fix
    ]
    safe = sum(each.safety == "safe" for each in fixes)
    unsafe = len(fixes) - safe
    if not fixes:
        return ""
    options = []
    if safe:
        options.append(f"{safe} with --fix")
    if unsafe:
        options.append(f"{unsafe} with --fix --unsafe-fixes")
    return f"can be fixed: {', '.join(options)}"


def differences(reports: Sequence[FileReport]) -> str:
    """Give the changes as one unified diff."""
    from difflib import unified_diff

    parts: list[str] = []
    for report in reports:
        if report.before is None or report.text is None:
            continue
        old, new = _lines(report.before), _lines(report.text)
        parts += unified_diff(old, new, report.name, report.name)
    return "".join(
        part if part.endswith("\n") else f"{part}\n\\ No newline at end of file\n"
        for part in parts
    )


def _lines(text: str) -> list[str]:
    """Split at line breaks alone: a text may hold other characters that separate lines."""
    lines = [line + "\n" for line in text.split("\n")]
    last = lines.pop().removesuffix("\n")
    return [*lines, last] if last else lines
