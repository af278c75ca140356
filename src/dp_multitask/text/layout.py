# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where each value of a text stands, with its keys, brackets and style: what edits work on.

Places are kept in rows of numbers, nine bytes a value; an object is made of one only when it is
looked at. So the places of a text take less memory than its values do.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from contextlib import suppress
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Literal

from dp_multitask.records import NamedTuple

NodeKind = Literal["mapping", "list", "scalar", "alias"]

SCALAR, ALIAS, KEY, MERGE, CLOSING, MAPPING, LIST, BLOCK_MAPPING, BLOCK_LIST = range(9)
"""What a row tells of; the kinds from `MAPPING` on hold others, up to their `CLOSING`."""

_KINDS: dict[int, NodeKind] = {
    SCALAR: "scalar",
    ALIAS: "alias",
    MAPPING: "mapping",
    LIST: "list",
    BLOCK_MAPPING: "mapping",
    BLOCK_LIST: "list",
}


class Layout:
    """The places of a text's values and keys, in order of the text.

    Attributes
    ----------
    text : str
        The text.
    kinds : bytearray
        What each row tells of.
    starts, ends : array of int
        The character offsets of each, the end exclusive. What holds others has for an end the
        row behind its `CLOSING`, whose two offsets are the place behind the bracket.
    names : dict of int to str
        The rows that have a YAML anchor or are an alias, and the name.
    long_keys : dict of int to str
        The rows of keys that go over several lines, and what they read as.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.kinds = bytearray()
        self.starts = array("I")
        self.ends = array("I")
        self.names: dict[int, str] = {}
        self.long_keys: dict[int, str] = {}
        self._looked_into: dict[int, Node] = {}
        self._anchored: dict[str, int] | None = None

    def add(self, kind: int, start: int, end: int) -> None:
        """Add a row."""
        self.kinds.append(kind)
        self.starts.append(start)
        self.ends.append(end)

    def close(self, opened: int, end: int) -> None:
        """Add the row that ends what the row `opened` begins, at an offset of the text."""
        self.add(CLOSING, end, end)
        self.ends[opened] = len(self.kinds)

    @property
    def root(self) -> Node:
        """The value that the whole text is."""
        return self.node(0)

    def node(self, row: int) -> Node:
        """Give a value; one that was looked into is given again."""
        return self._looked_into.get(row) or Node(self, row)

    def anchored(self, name: str) -> Node | None:
        """Give the value that an anchor names."""
        if self._anchored is None:
            named = self.names.items()
            self._anchored = {each: row for row, each in named if self.kinds[row] != ALIAS}
        row = self._anchored.get(name)
        return None if row is None else self.node(row)

    def remember(self, node: Node) -> None:
        """Keep a value that is looked into."""
        self._looked_into[node.row] = node

    def after(self, row: int) -> int:
        """Give the row behind a value with all that it holds."""
        return self.ends[row] if self.kinds[row] >= MAPPING else row + 1

    def end_of(self, row: int) -> int:
        """Give the offset at which a value ends."""
        return self.ends[self.after(row) - 1]

    def key(self, row: int) -> str | None:
        """Give what a key reads as, None if it is YAML's ``<<``."""
        if self.kinds[row] == MERGE:
            return None
        if row in self.long_keys:
            return self.long_keys[row]
        written = self.text[self.starts[row] : self.ends[row]]
        quote = written[:1]
        if quote in ("'", '"') and not ("\\" in written or "''" in written[1:-1]):
            return written[1:-1]
        return written if quote not in _MARKED else _scalar(written)


_MARKED = ("", "'", '"', "&", "!")


def _scalar(written: str) -> str:
    """Read a key with escapes, an anchor or a tag; JSON's escapes are YAML's, too."""
    if written[0] == '"':
        with suppress(ValueError):
            return str(scanstring(written, 1, True)[0])
    import yaml

    events = yaml.parse(written, Loader=yaml.SafeLoader)
    return next(str(each.value) for each in events if isinstance(each, yaml.ScalarEvent))


class Node:
    """A value in the text.

    Attributes
    ----------
    kind : {"mapping", "list", "scalar", "alias"}
        What it is; an alias is YAML's ``*name``.
    flow : bool
        Written in brackets, as everything in JSON.
    start, end : int
        Character offsets, the end exclusive; of a block only what it holds, not what follows.
    anchor : str or None
        The name that YAML's ``&name`` gives it, or that an alias stands for.
    """

    __slots__ = (
        "_earlier", "_items", "_merges", "_ranks",
        "end", "flow", "kind", "layout", "row", "start",
    )  # fmt: skip

    def __init__(self, layout: Layout, row: int) -> None:
        kind = layout.kinds[row]
        self.layout = layout
        self.row = row
        self.kind: NodeKind = _KINDS[kind]
        self.flow = kind < BLOCK_MAPPING
        self.start = layout.starts[row]
        self.end = layout.end_of(row)
        self._items: Items | None = None
        self._ranks: dict[str, int] | None = None
        self._earlier: dict[str, list[int]] = {}
        self._merges: list[int] = []

    @property
    def anchor(self) -> str | None:
        """The name of its anchor, or of what an alias stands for."""
        return self.layout.names.get(self.row)

    @property
    def items(self) -> Items:
        """What it holds, in order of the text."""
        if self._items is None:
            self._items = Items(self)
        return self._items

    def rank(self, key: str | int) -> int | None:
        """Tell which item has a key; of several the last, which is the one in force."""
        self.layout.remember(self)
        if self.kind == "list":
            inside = isinstance(key, int) and 0 <= key < len(self.items)
            return key if inside else None  # type: ignore[return-value]
        return self._by_key().get(key) if isinstance(key, str) else None

    def earlier(self, key: str | int) -> list[int]:
        """Tell which other items have a key that stands here several times."""
        self._by_key()
        return self._earlier.get(key, []) if isinstance(key, str) else []

    @property
    def merges(self) -> list[int]:
        """Which items have YAML's ``<<`` for their key."""
        self._by_key()
        return self._merges

    def _by_key(self) -> dict[str, int]:
        if self._ranks is not None:
            return self._ranks
        ranks: dict[str, int] = {}
        self._ranks = ranks
        if self.kind == "mapping":
            for rank, row in enumerate(self.items.rows):
                key = self.layout.key(row - 1)
                if key is None:
                    self._merges.append(rank)
                    continue
                if key in ranks:
                    self._earlier.setdefault(key, []).append(ranks[key])
                ranks[key] = rank
        return ranks


class Item(NamedTuple):
    """A value with its key; `start` is that of the key, or of a block list's item its dash.

    The key of YAML's ``<<`` is None: what it brings in stands elsewhere.
    """

    key: str | int | None
    start: int
    key_end: int
    node: Node

    @property
    def end(self) -> int:
        """The end of the value."""
        return self.node.end


class Items:
    """What a mapping or list holds, by rank.

    Attributes
    ----------
    rows : array of int
        The rows of the values in the layout.
    """

    __slots__ = ("_column", "_owner", "rows")

    def __init__(self, owner: Node) -> None:
        layout, row = owner.layout, owner.row
        self._owner = owner
        self._column = -1
        self.rows = array("I")
        if layout.kinds[row] < MAPPING:
            return
        before_value = 1 if owner.kind == "mapping" else 0
        last = layout.ends[row] - 1
        row += 1 + before_value
        while row < last + before_value:
            self.rows.append(row)
            row = layout.after(row) + before_value

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Item]:
        return (self[rank] for rank in range(len(self.rows)))

    def __getitem__(self, rank: int) -> Item:
        layout, row = self._owner.layout, self.rows[rank]
        if self._owner.kind == "mapping":
            start, end = layout.starts[row - 1], layout.ends[row - 1]
            return Item(layout.key(row - 1), start, end, layout.node(row))
        rank %= len(self.rows)
        start = layout.starts[row] if self._owner.flow else self._dash(rank)
        return Item(rank, start, start, layout.node(row))

    def _dash(self, rank: int) -> int:
        """Find the dash of a block list's item; the marks of the parser do not tell."""
        layout = self._owner.layout
        text, below = layout.text, layout.starts[self.rows[rank]]
        if rank == 0:
            start = self._owner.start
            if text[start] == "-":
                return start
            anchored = list(re.finditer(r"^ *(?=-\s)", text[start:below], re.MULTILINE))
            return start + anchored[0].end() if anchored else below
        if self._column < 0:
            first = self._dash(0)
            self._column = first - text.rfind("\n", 0, first) - 1
        start = layout.end_of(self.rows[rank - 1])
        # the item's value may be an empty text, right behind the dash
        dash = rf"^ {{{self._column}}}(?=-(?:\s|\Z))"
        found = re.search(dash, text[start:below], re.MULTILINE)
        return start + found.end() if found else below
