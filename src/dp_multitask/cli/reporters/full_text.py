# SPDX-License-Identifier: LGPL-3.0-or-later
"""For people: each finding with the line it stands in and carets under what is meant."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dp_multitask.cli.output import printable
from dp_multitask.cli.reporters.report import FileReport
from dp_multitask.diagnostics import Diagnostic, Span
from dp_multitask.errors import format_path

WIDTH = 100
"""How much of a line is shown; inputs that were written by programs have lines of any length."""

_Paint = Callable[[str, str], str]
_LEAD = 30
_COLOURS = {"error": "1;31", "warning": "1;33", "frame": "1;34", "strong": "1"}


def render(reports: Sequence[FileReport], coloured: bool) -> str:
    """Write a block a finding, with a blank line after each."""
    paint = _painted if coloured else _plain
    blocks = []
    for report in reports:
        lines = [] if report.text is None else report.text.split("\n")
        blocks += [_block(report.name, lines, each, paint) for each in report.findings]
    return "".join(f"{block}\n\n" for block in blocks)


def _block(name: str, lines: list[str], finding: Diagnostic, paint: _Paint) -> str:
    head = paint(f"{finding.severity}[{finding.code}]", finding.severity)
    rows = [f"{head}{paint(': ' + printable(finding.message), 'strong')}"]
    span = finding.span
    margin = " " * (len(str(span.line)) if span else 1)
    bar = paint("|", "frame")
    place = f"{name}:{span.line}:{span.column}" if span else name
    rows.append(f"{margin}{paint('-->', 'frame')} {printable(place)}")
    if span and 0 < span.line <= len(lines):
        source, before, length = _excerpt(lines[span.line - 1], span)
        rows.append(f"{margin} {bar}")
        rows.append(f"{paint(str(span.line), 'frame')} {bar} {source}".rstrip())
        carets = paint("^" * length, finding.severity)
        rows.append(f"{margin} {bar} {' ' * before}{carets}")
    equals = paint("=", "frame")
    if finding.path:
        rows.append(f"{margin} {equals} in {printable(format_path(finding.path))}")
    if finding.hint:
        rows.append(f"{margin} {equals} help: {printable(finding.hint)}")
    if finding.fix:
        option = "--fix" if finding.fix.safety == "safe" else "--fix --unsafe-fixes"
        rows.append(f"{margin} {equals} fix: {printable(finding.fix.title)} ({option})")
    return "\n".join(rows)


def _excerpt(line: str, span: Span) -> tuple[str, int, int]:
    """Cut a line to what is shown; give the columns before the carets and how many they are."""
    line = line.removesuffix("\r")
    start = min(span.column - 1, len(line))
    end = min(span.end_column - 1, len(line)) if span.end_line == span.line else len(line)
    end = max(end, start)
    first = 0 if len(line) <= WIDTH else max(0, start - _LEAD)
    last = min(len(line), first + WIDTH)
    left = "..." if first else ""
    shown = left + _visible(line[first:last]) + ("..." if last < len(line) else "")
    before = len(left) + _columns(_visible(line[first:start]))
    length = max(1, _columns(_visible(line[start : min(end, last)])))
    return shown, before, length


def _visible(text: str) -> str:
    return printable(text.replace("\t", "    "))


def _columns(text: str) -> int:
    """Count the columns that a terminal gives a text: wide letters take two, accents none."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )


def _painted(text: str, style: str) -> str:
    return f"\033[{_COLOURS[style]}m{text}\033[0m"


def _plain(text: str, style: str) -> str:
    return text
