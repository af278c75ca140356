# SPDX-License-Identifier: LGPL-3.0-or-later
"""A diagram as SVG: branches in the middle, what they share to the left and right of them.

Plain text, no script, no font and no image from elsewhere. Colours follow the viewer's light or
dark setting; they are those of Okabe and Ito, which people with any colour vision tell apart, and
no meaning hangs on colour alone: every line ends at a name, every level above 0 is dashed and
labelled.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dp_multitask.pictures.amounts import bytes_text, parameters_text, percent_text
from dp_multitask.pictures.diagram import (
    PART_NAMES,
    BranchPart,
    BranchRow,
    Diagram,
    PartUse,
    SharedPart,
)
from dp_multitask.pictures.lettering import escaped, fitted, text_of, width
from dp_multitask.text.plain_data import count_of

_COLOURS = 6
_WIDTH = 1080
_MARGIN = 16
_SIDE = 214
"""Width of the boxes of what is shared."""
_CARD_X, _CARD_WIDTH = 306, 468
_CHIP = 92
_HEAD = 66
_BOX_HEIGHT = 62
_GAP = 14


class _Box(NamedTuple):
    """A shared part at its place."""

    part: SharedPart
    x: float
    y: float
    colour: int

    @property
    def middle(self) -> float:
        return self.y + _BOX_HEIGHT / 2


def svg_picture(diagram: Diagram) -> str:
    """Draw a diagram, as a whole SVG file."""
    pitch = 56 if len(diagram.branches) <= 12 else 50
    tops = {row.name: _HEAD + number * pitch for number, row in enumerate(diagram.branches)}
    middles = {name: top + (pitch - 8) / 2 for name, top in tops.items()}
    boxes = _placed(diagram, {str(name): middle for name, middle in middles.items()})
    bottom = max(
        [_HEAD + len(tops) * pitch, *(box.y + _BOX_HEIGHT + _GAP for box in boxes)], default=_HEAD
    )
    height = bottom + 40
    title = f"{diagram.source}: {diagram.kind}, {_number_of_branches(diagram)}"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="dpm" role="img" width="{_WIDTH}" '
        f'height="{height:g}" viewBox="0 0 {_WIDTH} {height:g}">',
        f"<title>{escaped(title)}</title>",
        f"<desc>{escaped(description(diagram))}</desc>",
        f"<style>{text_of('picture.css')}</style>",
        f'<rect class="paper" width="{_WIDTH}" height="{height:g}"/>',
        *_heading(diagram),
    ]
    for box in boxes:
        lines += _wires(box, middles)
    for row in diagram.branches:
        lines += _card(row, tops[row.name], pitch - 8, diagram, boxes)
    for box in boxes:
        lines += _shared_box(box)
    lines += [*_legend(diagram, height - 16), "</svg>"]
    return "\n".join(lines) + "\n"


def description(diagram: Diagram) -> str:
    """Say in a few sentences what the picture shows, for those who do not see it."""
    sentences = []
    for part in diagram.shared:
        levels: dict[int, list[str]] = {}
        for use in part.uses:
            levels.setdefault(use.level, []).append(use.branch)
        users = "; ".join(f"level {level}: {', '.join(each)}" for level, each in levels.items())
        sentences.append(f"{PART_NAMES[part.kind]} {part.key} ({part.class_name}), {users}.")
    return " ".join(sentences) or "No branch shares anything with another."


def _placed(diagram: Diagram, middles: dict[str, float]) -> list[_Box]:
    """Put each shared part beside the branches that use it, in two columns without overlaps."""
    boxes: list[_Box] = []
    for kind, x in (("descriptor", _MARGIN), ("fitting_net", _WIDTH - _MARGIN - _SIDE)):
        wanted = []
        for colour, part in enumerate(diagram.shared):
            heights = [middles[use.branch] for use in part.uses if use.branch in middles]
            if part.kind == kind and heights:
                wanted.append((sum(heights) / len(heights), colour, part))
        free = float(_HEAD)
        for middle, colour, part in sorted(wanted, key=lambda each: each[:2]):
            y = max(free, middle - _BOX_HEIGHT / 2)
            boxes.append(_Box(part, x, y, colour % _COLOURS))
            free = y + _BOX_HEIGHT + _GAP
    return boxes


def _heading(diagram: Diagram) -> Iterator[str]:
    facts = [diagram.kind, _number_of_branches(diagram)]
    if diagram.total_parameters is not None:
        facts.append(f"{parameters_text(diagram.total_parameters)} parameters")
    if diagram.stored is not None:
        facts.append(f"{bytes_text(diagram.stored)} stored")
        if diagram.together is not None and diagram.together > diagram.stored:
            facts.append(f"sharing saves {bytes_text(diagram.together - diagram.stored)}")
    types = diagram.common_type_map
    if types:
        shown = " ".join(types) if len(types) <= 12 else f"{len(types)} types"
        facts.append(f"type map {shown}")
    name = fitted(diagram.source, _WIDTH - 2 * _MARGIN, 16)
    yield f'<text class="title" x="{_MARGIN}" y="27">{escaped(name)}</text>'
    yield f'<text class="soft" x="{_MARGIN}" y="46">{escaped(", ".join(facts))}</text>'


def _wires(box: _Box, middles: dict[str | None, float]) -> Iterator[str]:
    left = box.part.kind == "descriptor"
    start = box.x + _SIDE if left else box.x
    end = _CARD_X if left else _CARD_X + _CARD_WIDTH
    for use in box.part.uses:
        if use.branch not in middles:
            continue
        y, bend = middles[use.branch], (start + end) / 2
        style = "wire higher" if use.level else "wire"
        yield (
            f'<path class="{style}" style="stroke:var(--c{box.colour})" '
            f'd="M{start:g} {box.middle:g}C{bend:g} {box.middle:g} {bend:g} {y:g} {end:g} {y:g}">'
            f"<title>{escaped(_use_text(box.part, use))}</title></path>"
        )
        fill = f"var(--c{box.colour})" if use.is_base else "var(--paper)"
        yield (
            f'<circle cx="{end:g}" cy="{y:g}" r="4" '
            f'style="fill:{fill};stroke:var(--c{box.colour});stroke-width:2"/>'
        )


def _use_text(part: SharedPart, use: PartUse) -> str:
    member = "" if use.member is None else f" as member {use.member} of its hybrid"
    base = ", the base" if use.is_base else ""
    return f"{use.branch} shares {part.key} at level {use.level}{member}{base}"


def _card(
    row: BranchRow, top: float, height: float, diagram: Diagram, boxes: list[_Box]
) -> Iterator[str]:
    name = row.name or "model"
    yield f'<g id="{escaped(f"branch-{name}")}"><title>{escaped(_branch_title(row))}</title>'
    yield (
        f'<rect class="card" x="{_CARD_X}" y="{top:g}" width="{_CARD_WIDTH}" '
        f'height="{height:g}" rx="6"/>'
    )
    for kind, x in (("descriptor", _CARD_X), ("fitting_net", _CARD_X + _CARD_WIDTH - _CHIP)):
        if kind in row.parts:
            used = [
                (box, use)
                for box in boxes
                if box.part.kind == kind
                for use in box.part.uses
                if use.branch == row.name
            ]
            yield from _chip(row.parts[kind], x, top, height, used)
    left, room = _CARD_X + _CHIP + 10, _CARD_WIDTH - 2 * _CHIP - 20
    odds = "" if row.probability is None else percent_text(row.probability)
    line = room - width(odds, 11.5) - 8
    shown = fitted(name, line, 14, bold=True)
    first = top + height / 2 - 4
    aliases = fitted(", ".join(row.aliases), line - width(shown, 14, bold=True) - 8, 11.5)
    also = escaped(aliases) if len(aliases) > 1 else ""
    also = also and f'<tspan class="soft alias" dx="8">{also}</tspan>'
    yield f'<text class="name" x="{left}" y="{first:g}">{escaped(shown)}{also}</text>'
    if odds:
        yield f'<text class="soft end" x="{left + room}" y="{first:g}">{odds}</text>'
    facts = fitted(_branch_facts(row, diagram), room, 11.5)
    yield f'<text class="soft" x="{left}" y="{first + 16:g}">{escaped(facts)}</text>'
    if row.probability is not None:
        y = top + height - 5
        yield f'<rect class="track" x="{left}" y="{y:g}" width="{room}" height="2"/>'
        part = room * min(row.probability, 1)
        yield f'<rect class="bar" x="{left}" y="{y:g}" width="{part:.1f}" height="2"/>'
    yield "</g>"


def _chip(
    part: BranchPart, x: float, top: float, height: float, used: list[tuple[_Box, PartUse]]
) -> Iterator[str]:
    """Draw a branch's part: in the colour of what it is shared as, or grey as its own."""
    style = f' style="stroke:var(--c{used[0][0].colour});stroke-width:2"' if used else ""
    yield (
        f'<rect class="own" x="{x + 6:g}" y="{top + 4:g}" width="{_CHIP - 8}" '
        f'height="{height - 8:g}" rx="4"{style}/>'
    )
    middle, room = x + _CHIP / 2 + 2, _CHIP - 16
    y = top + height / 2
    yield (
        f'<text class="mid" x="{middle:g}" y="{y - 1:g}">'
        f"{escaped(fitted(part.type_name, room, 13))}</text>"
    )
    levels = sorted({use.level for _, use in used if use.level})
    members = [use for _, use in used if use.member is not None]
    if levels:
        said = f"level {', '.join(map(str, levels))}"
    elif members:
        said = f"member {', '.join(str(use.member) for use in members)}"
    elif used:
        said = "shared"
    else:
        said = "own"
    yield f'<text class="soft mid" x="{middle:g}" y="{y + 13:g}">{escaped(said)}</text>'


def _branch_facts(row: BranchRow, diagram: Diagram) -> str:
    facts = []
    if row.parameters is not None:
        facts.append(f"{parameters_text(row.parameters)} parameters")
    if row.systems is not None:
        facts.append(count_of(row.systems, "system"))
    if row.nbytes is not None:
        facts.append(bytes_text(row.nbytes))
    if diagram.common_type_map is None and row.type_map:
        facts.insert(0, " ".join(row.type_map))
    return ", ".join(facts)


def _branch_title(row: BranchRow) -> str:
    aliases = f" (alias {', '.join(row.aliases)})" if row.aliases else ""
    types = f"\ntype map {' '.join(row.type_map)}" if row.type_map else ""
    parts = "".join(
        f"\n{PART_NAMES[kind]} {part.type_name}, {part.class_name}"
        for kind, part in row.parts.items()
    )
    return f"{row.name or 'model'}{aliases}{types}{parts}"


def _shared_box(box: _Box) -> Iterator[str]:
    part, x = box.part, box.x + 12
    room = _SIDE - 20
    users = len({use.branch for use in part.uses})
    facts = []
    if part.parameters is not None:
        facts.append(f"{parameters_text(part.parameters)} parameters")
    if part.saved is not None:
        facts.append(f"saves {bytes_text(part.saved)}")
    yield f'<g id="{escaped(f"shared-{part.key}")}"><title>{escaped(part.key)}</title>'
    yield (
        f'<rect class="part" style="stroke:var(--c{box.colour})" x="{box.x:g}" y="{box.y:g}" '
        f'width="{_SIDE}" height="{_BOX_HEIGHT}" rx="6"/>'
    )
    for offset, style, size, text in (
        (22, "name", 14, part.key),
        (38, "soft", 11.5, f"{part.class_name}, {users} branches"),
        (53, "soft", 11.5, ", ".join(facts)),
    ):
        yield (
            f'<text class="{style}" x="{x:g}" y="{box.y + offset:g}">'
            f"{escaped(fitted(text, room, size, bold=style == 'name'))}</text>"
        )
    yield "</g>"


def _legend(diagram: Diagram, y: float) -> Iterator[str]:
    if not diagram.shared:
        yield f'<text class="soft" x="{_MARGIN}" y="{y:g}">no branch shares a part</text>'
        return
    said = "a line: shared; filled dot: the base, whose parameters the others take"
    if any(use.level for part in diagram.shared for use in part.uses):
        said += "; dashed: shared in part, at the level that the branch names"
    if any(row.probability is not None for row in diagram.branches):
        said += "; %: how often it is trained"
    yield f'<text class="soft" x="{_MARGIN}" y="{y:g}">{said}</text>'


def _number_of_branches(diagram: Diagram) -> str:
    named = [row for row in diagram.branches if row.name is not None]
    if not named:
        return "single model"
    return "1 branch" if len(named) == 1 else f"{len(named)} branches"
