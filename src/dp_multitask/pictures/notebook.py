# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a notebook shows of findings and models: short, whatever their size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from dp_multitask.config.summary import Summary
from dp_multitask.errors import format_path
from dp_multitask.pictures.diagram import diagram_of
from dp_multitask.pictures.lettering import escaped
from dp_multitask.pictures.svg import svg_picture

if TYPE_CHECKING:
    from dp_multitask.diagnostics import Diagnostic

MOST_ROWS = 100
MOST_DRAWN = 60
"""Branches of a model that is drawn; one with more is a line of text."""
_MOST_CHARACTERS = 300


def findings_table(findings: Sequence[Diagnostic]) -> str:
    """Show findings as a table, the first `MOST_ROWS` of them."""
    errors = sum(each.severity == "error" for each in findings)
    title = f"{errors} errors, {len(findings) - errors} warnings"
    rows = (
        (
            each.severity,
            each.code,
            f"{each.span.line}:{each.span.column}" if each.span else "",
            format_path(each.path),
            each.message + (f" ({each.hint})" if each.hint else ""),
        )
        for each in findings
    )
    return table(title, ("", "code", "line", "place", "what"), rows, len(findings))


def model_picture(summary: Summary) -> str:
    """Draw a model as `show --format svg` does; one of very many branches is told in a line."""
    if len(summary.branches) > MOST_DRAWN:
        text = f"{summary.source}: {summary.kind}, {len(summary.branches)} branches"
        return f"<p>{escaped(text)}</p>"
    return svg_picture(diagram_of(summary))


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[Any]], total: int) -> str:
    """Write a table of texts, cut after `MOST_ROWS` rows."""
    cells = "".join(f"<th style='text-align:left'>{escaped(each)}</th>" for each in head)
    lines = [f"<table><caption>{escaped(title)}</caption><thead><tr>{cells}</tr></thead><tbody>"]
    for row in islice(rows, MOST_ROWS):
        shown = "".join(
            f"<td style='text-align:left'>{escaped(str(each)[:_MOST_CHARACTERS])}</td>"
            for each in row
        )
        lines.append(f"<tr>{shown}</tr>")
    lines.append("</tbody></table>")
    if total > MOST_ROWS:
        lines.append(f"<p>and {total - MOST_ROWS} more</p>")
    return "".join(lines)
