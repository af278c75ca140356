# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a notebook shows of findings, models, components and links: short, whatever their size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from dp_multitask.components.core.component import Component
from dp_multitask.components.core.describe import describe_class
from dp_multitask.components.core.layout import VARIABLES
from dp_multitask.config.summary import Summary
from dp_multitask.errors import format_path
from dp_multitask.modelfile.summary import summarize_model
from dp_multitask.pictures.diagram import diagram_of
from dp_multitask.pictures.lettering import escaped
from dp_multitask.pictures.svg import svg_picture

if TYPE_CHECKING:
    from dp_multitask.config.links_view import Links
    from dp_multitask.diagnostics import Findings
    from dp_multitask.modelfile.reading.reader import ModelFile

MOST_ROWS = 100
MOST_DRAWN = 60
"""Branches of a model that is drawn; one with more is a line of text."""
_MOST_CHARACTERS = 300
_MOST_SHOWN = 80


def findings_table(findings: Findings) -> str:
    """Show findings as a table, the first `MOST_ROWS` of them."""
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
    return table(findings.counted(), ("", "code", "line", "place", "what"), rows, len(findings))


def model_picture(summary: Summary) -> str:
    """Draw a model as `show --format svg` does; one of very many branches is told in a line."""
    if len(summary.branches) > MOST_DRAWN:
        text = f"{summary.source}: {summary.kind}, {len(summary.branches)} branches"
        return f"<p>{escaped(text)}</p>"
    return svg_picture(diagram_of(summary))


def file_picture(file: ModelFile) -> str:
    """Draw an open model file."""
    return model_picture(summarize_model(file))


def links_table(links: Links) -> str:
    """Show shared links as a table, one entry a row."""
    head = ("entry", "part", "class", "branches, the base first")
    return table("who shares what", head, links.rows(), len(links))


def component_table(component: Component) -> str:
    """Show what a component keeps: its plain values and parts with their meaning, and variables."""
    rows = [(name, _in_short(value), meaning) for name, value, meaning in parts_of(component)]
    return table(repr(component)[1:-1], ("", "value", ""), rows, len(rows))


def branches_table(branches: Mapping[str, Component]) -> str:
    """Show the models of branches, one a row."""
    rows = [
        (name, repr(model)[1:-1], ", ".join(_parts_in_short(model)))
        for name, model in islice(branches.items(), MOST_ROWS)
    ]
    head = ("branch", "model", "parts")
    return table(f"{len(branches)} branches", head, rows, len(branches))


def parts_of(component: Component) -> Iterator[tuple[str, Any, str]]:
    """Give what stands in a component's tree: name, value, and what it means, with its unit."""
    said = {row["name"]: row for row in describe_class(type(component))["fields"]}
    for name, value in component.data.items():
        if name == VARIABLES:
            yield from ((key, array, "variable") for key, array in value.items())
            continue
        row = said.get(name, {})
        unit = f" ({row['unit']})" if row.get("unit") else ""
        yield name, value, row.get("meaning", "") + unit


def _parts_in_short(model: Component) -> Iterator[str]:
    for name, value in model.data.items():
        if isinstance(value, Component):
            yield f"{name}: {type(value).__name__}"


def _in_short(value: Any) -> str:
    if hasattr(value, "shape"):
        return f"{'x'.join(map(str, value.shape)) or 'scalar'} {value.dtype}"
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."


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
