# SPDX-License-Identifier: LGPL-3.0-or-later
"""The lines and columns of the values and keys of a text; made when there is something to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dp_multitask.diagnostics import Span
from dp_multitask.errors import TreePath
from dp_multitask.text.layout import Item, Node
from dp_multitask.text.nodes import layout
from dp_multitask.text.positions import Lines, offset_of

if TYPE_CHECKING:
    from dp_multitask.text.marks import Format


class Spans:
    """Places in a text that was read before.

    Attributes
    ----------
    root : Node
        How the text is laid out.
    """

    def __init__(self, text: str, format: Format) -> None:
        self.root = layout(text, format)
        self._text = text
        self._lines = Lines(text)

    def value(self, path: TreePath) -> Span:
        """Give the text of the value at `path`, or of the nearest place above it."""
        node, _ = self._nearest(path)
        return self.between(node.start, node.end)

    def key(self, path: TreePath) -> Span:
        """Give the text of the key at `path`; where there is none, as `value`."""
        node, item = self._nearest(path)
        if item is not None and isinstance(item.key, str):
            return self.between(item.start, item.key_end)
        return self.between(node.start, node.end)

    def between(self, start: int, end: int) -> Span:
        """Turn two character offsets into lines and columns."""
        return Span(*self._lines.position_of(start), *self._lines.position_of(end))

    def path_at(self, line: int, column: int) -> tuple[TreePath, bool]:
        """Give the path of the innermost value at a place, and whether its key is there."""
        offset = offset_of(self._text, line, column)
        path: list[str | int] = []
        node = self.root
        while True:
            here = None
            for item in node.items:
                if item.start > offset:
                    break
                if item.key is None:  # what is merged stands elsewhere
                    continue
                if isinstance(item.key, str) and item.start <= offset <= item.key_end:
                    return (*path, item.key), True
                if item.node.start <= offset <= item.end:
                    here = item
            if here is None:
                return tuple(path), False
            path.append(here.key)  # type: ignore[arg-type]
            node = here.node

    def _nearest(self, path: TreePath) -> tuple[Node, Item | None]:
        """Give the value at `path` with its item, or the nearest value above it and no item."""
        node, item = self.root, None
        for part in path:
            item = self._item(node, part)
            if item is None:
                return node, None
            node = self._written(item.node)
        return node, item

    def _item(self, node: Node, part: str | int) -> Item | None:
        """Find an item in a mapping or list, or in what is merged into it."""
        left, seen = [node], set()
        while left:
            node = left.pop()
            if node.row in seen:
                continue
            seen.add(node.row)
            rank = node.rank(part)
            if rank is not None:
                return node.items[rank]
            # of several merge keys the last wins, of the mappings in a list of one the first
            for merge in node.merges:
                below = self._written(node.items[merge].node)
                sources = [each.node for each in below.items] if below.kind == "list" else [below]
                left.extend(self._written(source) for source in reversed(sources))
        return None

    def _written(self, node: Node) -> Node:
        """Give what an alias stands for, any other node itself."""
        if node.kind != "alias":
            return node
        return self.root.layout.anchored(str(node.anchor)) or node
