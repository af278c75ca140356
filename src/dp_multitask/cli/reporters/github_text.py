# SPDX-License-Identifier: LGPL-3.0-or-later
"""GitHub Actions workflow commands, which become annotations of a pull request's diff."""

from __future__ import annotations

from collections.abc import Sequence

from dp_multitask.cli.output import printable
from dp_multitask.cli.reporters.report import FileReport
from dp_multitask.diagnostics import Diagnostic
from dp_multitask.errors import format_path


def render(reports: Sequence[FileReport], coloured: bool) -> str:
    """Write one ``::error`` or ``::warning`` command a finding; never coloured."""
    return "".join(
        _command(report.name, each) for report in reports for each in report.findings
    )


def _command(name: str, finding: Diagnostic) -> str:
    properties = {"file": name}
    if finding.span:
        start_line, start, end_line, end = finding.span
        properties |= {"line": str(start_line), "endLine": str(end_line)}
        if start_line == end_line:  # GitHub takes columns for a single line only
            properties |= {"col": str(start), "endColumn": str(max(start, end - 1))}
    properties["title"] = finding.code
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    message = finding.message
    if finding.path:
        message = f"{format_path(finding.path)}: {message}"
    if finding.hint:
        message += f" ({finding.hint})"
    return f"::{finding.severity} {listed}::{_data(message)}\n"


def _data(text: str) -> str:
    return printable(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
