# SPDX-License-Identifier: LGPL-3.0-or-later
"""What was found in one file, and the words that all formats share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dp_multitask.diagnostics import Diagnostic
from dp_multitask.errors import DPMultitaskError
from dp_multitask.records import NamedTuple

if TYPE_CHECKING:
    from dp_multitask.checks.mending import Mended

_LONGEST = 1000


class FileReport(NamedTuple):
    """The findings in one file.

    Attributes
    ----------
    name : str
        The file's name as it was given, or ``<stdin>``.
    text : str or None
        What was read; None if the file could not be.
    findings : list of Diagnostic
        Sorted by place.
    failure : DPMultitaskError or None
        Why the file could not be read or written.
    mended : Mended or None
        What ``--fix`` did.
    before : str or None
        The text before that.
    """

    name: str
    text: str | None
    findings: list[Diagnostic]
    failure: DPMultitaskError | None = None
    mended: Mended | None = None
    before: str | None = None


def count(reports: Iterable[FileReport], severity: str) -> int:
    """Count the findings of a severity."""
    return sum(each.severity == severity for report in reports for each in report.findings)


def summary(reports: list[FileReport]) -> str:
    """Say how many errors and warnings there are in how many files."""
    errors, warnings = count(reports, "error"), count(reports, "warning")
    unread = sum(report.failure is not None for report in reports)
    files = number(len(reports) - unread, "file")
    text = f"{number(errors, 'error')}, {number(warnings, 'warning')} in {files}"
    return f"{text}; {number(unread, 'file')} could not be read" if unread else text


def fingerprints(report: FileReport) -> list[str]:
    """Give each finding a mark that stays the same when lines are added above it."""
    from hashlib import sha256

    seen: dict[str, int] = {}
    marks = []
    for each in report.findings:
        told = repr((report.name, each.code, each.path, each.message))
        number = seen[told] = seen.get(told, 0) + 1
        marks.append(sha256(f"{told}{number}".encode(errors="replace")).hexdigest()[:32])
    return marks


def shortened(text: str) -> str:
    """Cut what fills more than a screen, such as a key of a megabyte."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def number(count: int, noun: str) -> str:
    """Write a count with its noun."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
