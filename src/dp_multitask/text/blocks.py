# SPDX-License-Identifier: LGPL-3.0-or-later
"""Adding to and removing from YAML's blocks: mappings and lists told by indentation."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from dp_multitask.text.brackets import Addition, by_place, refuse_comments
from dp_multitask.text.layout import Item, Node
from dp_multitask.text.nodes import (
    Splice,
    first_on_line,
    line_end,
    line_start,
    newline_of,
)
from dp_multitask.text.written import behind_colon, behind_dash, inline, shifted

# a line that ends in a key's colon or in a dash, but for a comment
_OWNER = re.compile(r"((?!\s*#).*?[:-])(?:\s+#.*)?\s*\Z")


def add_in_block(text: str, node: Node, additions: Sequence[Addition]) -> list[Splice]:
    """Put values on lines of their own below items of a block, in its column."""
    first = node.items[0].start
    indent = " " * (first - line_start(text, first))
    line = newline_of(text) + indent
    splices = []
    for rank, group in by_place(node, additions).items():
        place = line_end(text, node.items[rank].end)
        rows = (line + _entry(text, each, indent) for each in group)
        splices.append(Splice(place, place, "".join(rows)))
    return splices


def remove_in_block(text: str, node: Node, ranks: Collection[int]) -> list[Splice]:
    """Cut items out of a block with their lines; what is left empty becomes ``{}`` or ``[]``."""
    if len(ranks) == len(node.items):
        empty = "{}" if node.kind == "mapping" else "[]"
        return emptied(text, node, empty)
    return [_cut(text, node.items[rank]) for rank in ranks]


def emptied(text: str, node: Node, instead: str) -> list[Splice]:
    """Put a short value in the place of a block, on the line of its key or dash."""
    if first_on_line(text, node.start):
        cut = len(text[: line_start(text, node.start)].rstrip("\r\n"))
        end = cut
        while end > 0:
            begin = line_start(text, end)
            owner = _OWNER.match(text[begin:end])
            if owner:
                place = begin + owner.end(1)
                return [Splice(place, place, f" {instead}"), Splice(cut, node.end, "")]
            if text[begin:end].strip()[:1] not in ("", "#"):
                break
            end = len(text[:begin].rstrip("\r\n"))
    return [Splice(node.start, node.end, instead)]


def _cut(text: str, item: Item) -> Splice:
    end = line_end(text, item.end)
    end += len(text[end : end + 2]) - len(text[end : end + 2].lstrip("\r\n"))
    if first_on_line(text, item.start):
        return Splice(line_start(text, item.start), end, "")
    # the first key behind a dash: the next one takes its place
    end += len(text[end:]) - len(text[end:].lstrip())
    return Splice(item.start, end, "")


def _entry(text: str, addition: Addition, indent: str) -> str:
    newline = newline_of(text)
    if addition.key is None:
        return f"- {behind_dash(addition.value, indent, newline)}"
    key = inline(addition.key, "yaml")
    source = addition.source
    if source is None:
        return f"{key}:{behind_colon(addition.value, indent, newline)}"
    if not source.flow and source.kind == "list":
        refuse_comments(text[source.start : source.end])
        return f"{key}:{behind_colon(addition.value, indent, newline)}"
    own = source.start - line_start(text, source.start)
    if not source.flow:
        raw = _with_comments(text, source)
        deeper = len(indent) + 2
        return f"{key}:{newline}{' ' * deeper}{shifted(raw, deeper - own)}"
    raw = text[source.start : source.end]
    comment = text[source.end : line_end(text, source.end)]
    lead = len(text[line_start(text, source.start) :]) - len(
        text[line_start(text, source.start) :].lstrip(" ")
    )
    kept = comment if comment.lstrip().startswith("#") else ""
    return f"{key}: {shifted(raw, len(indent) - lead)}{kept}"


def _with_comments(text: str, source: Node) -> str:
    """Give a block with the comments above its first key and behind its last value."""
    begin = line_start(text, source.start)
    while begin and text[line_start(text, begin - 1) : begin].lstrip().startswith("#"):
        begin = line_start(text, begin - 1)
    above = text[begin : source.start].lstrip(" ")
    behind = text[source.end : line_end(text, source.end)]
    kept = behind if behind.lstrip().startswith("#") else ""
    return f"{above}{text[source.start : source.end]}{kept}"
