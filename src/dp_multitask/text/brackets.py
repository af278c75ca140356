# SPDX-License-Identifier: LGPL-3.0-or-later
"""Adding to and removing from what stands in brackets: all of JSON, and YAML's flow style."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from dp_multitask.errors import CommentsLostError
from dp_multitask.records import NamedTuple
from dp_multitask.text.layout import Item, Node
from dp_multitask.text.nodes import (
    Splice,
    first_on_line,
    indentation,
    line_end,
    newline_of,
)
from dp_multitask.text.written import STEP, in_brackets, inline, shifted

if TYPE_CHECKING:
    from dp_multitask.text.marks import Format

_GAP = re.compile(r"(?:\s|(?<=\s)#[^\n]*)*")
_COMMENT = re.compile(r"(?:^|\s)#", re.MULTILINE)


class Addition(NamedTuple):
    """A value to add to a container.

    Attributes
    ----------
    key : str or None
        Its key; None in a list.
    value : object
        The value.
    source : Node or None
        Where it stands in the text, if it is moved and keeps its own writing.
    after : str or None
        The key that it follows; None for the end.
    """

    key: str | None
    value: Any
    source: Node | None = None
    after: str | None = None


def by_place(node: Node, additions: Sequence[Addition]) -> dict[int, list[Addition]]:
    """Sort additions by the rank of the item that they follow."""
    groups: dict[int, list[Addition]] = {}
    for each in additions:
        rank = None if each.after is None else node.rank(each.after)
        groups.setdefault(len(node.items) - 1 if rank is None else rank, []).append(each)
    return groups


def add_in_brackets(
    text: str, format: Format, node: Node, additions: Sequence[Addition]
) -> list[Splice]:
    """Put values behind items of a bracketed mapping or list, laid out as those are."""
    if not node.items:
        pairs = [_pair(text, format, each, ": ", None) for each in additions]
        inside = len(text[: node.end - 1].rstrip())
        return [Splice(inside, node.end - 1, ", ".join(pairs))]
    splices: list[Splice] = []
    for rank, group in by_place(node, additions).items():
        item = node.items[rank]
        colon = _colon(text, item)
        if first_on_line(text, item.start):
            indent = indentation(text, item.start)
            pairs = [_pair(text, format, each, colon, indent) for each in group]
            splices += _own_lines(text, item, pairs, newline_of(text) + indent)
        else:
            pairs = [_pair(text, format, each, colon, None) for each in group]
            between = _separator(text, node)
            splices.append(Splice(item.end, item.end, "".join(between + each for each in pairs)))
    return splices


def remove_in_brackets(text: str, node: Node, ranks: Collection[int]) -> list[Splice]:
    """Cut items out of a bracketed mapping or list, each with the comma that it does not need."""
    splices = []
    for first, last in _runs(ranks):
        begin, end = node.items[first].start, node.items[last].end
        comma = _comma(text, end)
        if last + 1 < len(node.items):
            # comments behind the comma go with the item, those of the next line stay
            following = node.items[last + 1].start
            rest = text[comma or end : following]
            trailing = _COMMENT.match(rest.lstrip(" \t"))
            stop = (comma or end) + (rest.index("\n") if trailing else 0)
            later = text.find("#", stop, following)
            splices.append(Splice(begin, following if later < 0 else later, ""))
        elif first:
            before = node.items[first - 1].end
            if "#" in text[before:begin]:
                between = _comma(text, before) or before
                splices.append(Splice(between - 1, between, ""))
                before = begin - len(text[:begin]) + len(text[:begin].rstrip())
            splices.append(Splice(before, end, ""))
        elif "#" in text[node.start : begin] + text[end : node.end]:
            splices.append(Splice(begin, comma or end, ""))
        else:
            opened = len(text[:begin].rstrip())
            splices.append(Splice(opened, node.end - 1, ""))
    return splices


def written_value(
    text: str, format: Format, addition: Addition, indent: str | None, step: str = STEP
) -> str:
    """Write an addition's value for a place in brackets; without `indent` on one line."""
    source = addition.source
    if source is not None:
        raw = text[source.start : source.end]
        if source.flow and raw[:1] not in "|>":
            own = indentation(text, source.start)
            return raw if indent is None else shifted(raw, len(indent) - len(own))
        refuse_comments(raw)
    if indent is None:
        return inline(addition.value, format)
    return in_brackets(addition.value, format, indent, step, newline_of(text))


def refuse_comments(raw: str) -> None:
    """Refuse to write a value anew whose text holds comments.

    Raises
    ------
    CommentsLostError
        There is one.
    """
    if _COMMENT.search(raw):
        msg = "the comments within the value would be lost on the way"
        raise CommentsLostError(msg, hint="move it by hand")


def _pair(text: str, format: Format, addition: Addition, colon: str, indent: str | None) -> str:
    value = written_value(text, format, addition, indent)
    return value if addition.key is None else inline(addition.key, format) + colon + value


def _own_lines(text: str, item: Item, pairs: list[str], line: str) -> list[Splice]:
    """Put pairs on lines of their own below an item."""
    comma = _comma(text, item.end)
    end = item.end if comma is None else comma
    rest = text[end : line_end(text, end)].lstrip(" \t")
    place = line_end(text, end) if not rest or rest[0] == "#" else end
    if comma is not None:
        return [Splice(place, place, "".join(f"{line}{each}," for each in pairs))]
    below = ",".join(line + each for each in pairs)
    return [Splice(end, end, ","), Splice(place, place, below)]


def _comma(text: str, end: int) -> int | None:
    """Give the place behind the comma that follows a value, if one does."""
    gap = _GAP.match(text, end)
    at = gap.end() if gap else end
    return at + 1 if text[at : at + 1] == "," else None


def _colon(text: str, item: Item) -> str:
    between = text[item.key_end : item.node.start]
    return between if re.fullmatch(r"[ \t]*:[ \t]*", between) else ": "


def _separator(text: str, node: Node) -> str:
    if len(node.items) < 2:
        return ", "
    between = text[node.items[0].end : node.items[1].start]
    return between if re.fullmatch(r"[ \t]*,[ \t]*", between) else ", "


def _runs(ranks: Collection[int]) -> list[tuple[int, int]]:
    """Join ranks that follow one another to (first, last)."""
    runs: list[tuple[int, int]] = []
    for rank in sorted(ranks):
        if runs and runs[-1][1] == rank - 1:
            runs[-1] = (runs[-1][0], rank)
        else:
            runs.append((rank, rank))
    return runs
