# SPDX-License-Identifier: LGPL-3.0-or-later
"""One line a finding, in the form that editors turn into links."""

from __future__ import annotations

from collections.abc import Sequence

from dp_multitask.cli.output import printable
from dp_multitask.cli.reporters.report import FileReport, shortened


def render(reports: Sequence[FileReport], coloured: bool) -> str:
    """Write ``file:line:column: severity CODE message (hint)`` lines; never coloured."""
    lines = []
    for report in reports:
        for each in report.findings:
            place = f":{each.span.line}:{each.span.column}" if each.span else ""
            hint = f" ({shortened(each.hint)})" if each.hint else ""
            message = f"{each.code} {shortened(each.message)}{hint}"
            text = f"{report.name}{place}: {each.severity} {message}"
            lines.append(printable(text) + "\n")
    return "".join(lines)
