# SPDX-License-Identifier: LGPL-3.0-or-later
"""A diagram as one HTML page: the picture, a search, and the variables of each part to unfold.

One file that needs nothing from elsewhere. Without scripts everything is there but the search.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dp_multitask.config.summary import VariableSummary
from dp_multitask.pictures.amounts import bytes_text, percent_text
from dp_multitask.pictures.diagram import PART_NAMES, BranchRow, Diagram, SharedPart
from dp_multitask.pictures.lettering import escaped, text_of
from dp_multitask.pictures.svg import svg_picture

_MOST_ROWS = 2000
"""Variables listed for one branch; a page of millions of rows opens in no browser."""


def html_page(diagram: Diagram, variables: Iterable[VariableSummary] = ()) -> str:
    """Write a page, a whole HTML file; `variables` are those of a model file, branch by branch."""
    rows: dict[str | None, list[VariableSummary]] = {}
    for each in variables:
        rows.setdefault(each.branch, []).append(each)
    title = escaped(diagram.source)
    lines = [
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{title}</title><style>{text_of('page.css')}</style></head><body>",
        svg_picture(diagram),
        '<p id="finder" hidden><input id="search" type="search" placeholder="Search branches, '
        'parts, elements, variables" aria-label="Search"> <span id="count" class="soft"></span>',
    ]
    if diagram.shared:
        lines.append("<h2>Shared</h2>")
        for part in diagram.shared:
            lines += _shared_fold(part)
    lines.append("<h2>Branches</h2>")
    for branch in diagram.branches:
        lines += _branch_fold(branch, diagram, rows.get(branch.name, []))
    lines.append(f"<script>{text_of('page.js')}</script></body></html>")
    return "\n".join(lines) + "\n"


def _shared_fold(part: SharedPart) -> Iterator[str]:
    facts = [PART_NAMES[part.kind], part.class_name]
    if part.parameters is not None:
        facts.append(f"{part.parameters:,} parameters in common")
    if part.saved is not None:
        facts.append(f"saves {bytes_text(part.saved)}")
    yield f"<details><summary><b>{escaped(part.key)}</b> {escaped(', '.join(facts))}</summary>"
    yield "<table><thead><tr><th>branch<th>level<th></tr></thead><tbody>"
    for use in part.uses:
        notes = (["base"] if use.is_base else []) + (
            [] if use.member is None else [f"member {use.member} of its hybrid"]
        )
        yield f"<tr><td>{escaped(use.branch)}<td>{use.level}<td>{', '.join(notes)}</tr>"
    yield "</tbody></table></details>"


def _branch_fold(
    branch: BranchRow, diagram: Diagram, variables: list[VariableSummary]
) -> Iterator[str]:
    facts = [f"{PART_NAMES[kind]} {part.type_name}" for kind, part in branch.parts.items()]
    if branch.parameters is not None:
        facts.append(f"{branch.parameters:,} parameters")
    if branch.probability is not None:
        facts.append(percent_text(branch.probability))
    if branch.systems is not None:
        facts.append("1 system" if branch.systems == 1 else f"{branch.systems} systems")
    if branch.aliases:
        facts.append(f"alias {', '.join(branch.aliases)}")
    name = escaped(branch.name or "model")
    yield f"<details><summary><b>{name}</b> {escaped(', '.join(facts))}</summary>"
    if branch.type_map:
        yield f'<p class="soft">type map: {escaped(" ".join(branch.type_map))}</p>'
    for part in branch.parts.values():
        size = "" if part.nbytes is None else f", {bytes_text(part.nbytes)}"
        said = f"{PART_NAMES[part.kind]}: {part.type_name}, {part.class_name}{size}"
        yield f'<p class="soft">{escaped(said)}</p>'
    shared = [
        f"{part.key} (level {use.level})"
        for part in diagram.shared
        for use in part.uses
        if use.branch == branch.name
    ]
    if shared:
        yield f'<p class="soft">shares {escaped(", ".join(shared))}</p>'
    if variables:
        yield (
            "<table><thead><tr><th>variable<th>type<th>shape<th>bytes<th>shared with</tr></thead>"
            "<tbody>"
        )
        for each in variables[:_MOST_ROWS]:
            shape = "x".join(map(str, each.shape)) or "scalar"
            yield (
                f"<tr><td>{escaped(each.path)}<td>{escaped(each.dtype)}<td>{shape}"
                f'<td class="n">{each.nbytes:,}<td>{escaped(each.shared_with or "")}</tr>'
            )
        yield "</tbody></table>"
        if len(variables) > _MOST_ROWS:
            more = len(variables) - _MOST_ROWS
            yield f'<p class="soft">and {more:,} more: show --tree lists all</p>'
    yield "</details>"
