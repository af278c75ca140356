# SPDX-License-Identifier: LGPL-3.0-or-later
"""A diagram as Mermaid text, which Markdown pages of code hosts draw."""

from __future__ import annotations

from dp_multitask.pictures.amounts import parameters_text, percent_text
from dp_multitask.pictures.diagram import PART_NAMES, BranchRow, Diagram


def mermaid_picture(diagram: Diagram) -> str:
    """Write a diagram as a Mermaid flowchart, from what is shared to the branches."""
    lines = ["flowchart LR"]
    nodes = {row.name: f"b{number}" for number, row in enumerate(diagram.branches)}
    for number, part in enumerate(diagram.shared):
        label = f"{part.key}<br/>{PART_NAMES[part.kind]} {part.class_name}"
        if part.parameters is not None:
            label += f"<br/>{parameters_text(part.parameters)} shared"
        lines.append(f'  s{number}[["{_quoted(label)}"]]')
    lines += [f'  {nodes[row.name]}["{_quoted(_branch_label(row))}"]' for row in diagram.branches]
    for number, part in enumerate(diagram.shared):
        for use in part.uses:
            if use.branch not in nodes:
                continue
            words = [] if use.level == 0 else [f"level {use.level}"]
            words += [] if use.member is None else [f"member {use.member}"]
            words += ["base"] if use.is_base else []
            arrow = "-.-" if use.level else "---"
            said = f'|"{", ".join(words)}"|' if words else ""
            lines.append(f"  s{number} {arrow}{said} {nodes[use.branch]}")
    return "\n".join(lines) + "\n"


def _branch_label(row: BranchRow) -> str:
    words = [row.name or "model"]
    words += [
        f"{PART_NAMES[kind]} {part.type_name}" for kind, part in row.parts.items()
    ]
    if row.probability is not None:
        words.append(percent_text(row.probability))
    return "<br/>".join(words)


def _quoted(label: str) -> str:
    """Write what would end or change a label as Mermaid's entity codes."""
    pieces = label.split("<br/>")
    table = {ord("#"): "#35;", ord('"'): "#quot;", ord("<"): "#lt;", ord(">"): "#gt;"}
    table |= {ord("&"): "#amp;", ord("`"): "#96;"}  # a backtick begins a label in Markdown
    clean = ("".join(c if c.isprintable() else " " for c in piece) for piece in pieces)
    return "<br/>".join(piece.translate(table) for piece in clean)
