# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where each value of a text stands, with its keys, brackets and style: what edits work on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]
from sys import intern
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from dp_multitask.errors import EditError, TreePath
from dp_multitask.text.limits import without_collection

if TYPE_CHECKING:
    from dp_multitask.text.document import Format

NodeKind = Literal["mapping", "list", "scalar", "alias"]

_SKIP = re.compile(r"[ \t\n\r]*").match
_SCALAR = re.compile(r"[^ \t\n\r,\]}]+").match


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
    items : list of Item
        What it holds, in order of the text.
    """

    __slots__ = ("_ranks", "anchor", "end", "flow", "items", "kind", "start")

    def __init__(
        self, kind: NodeKind, start: int, end: int, *, flow: bool = True, anchor: str | None = None
    ) -> None:
        self.kind = kind
        self.flow = flow
        self.start = start
        self.end = end
        self.anchor = anchor
        self.items: list[Item] = [] if kind in ("mapping", "list") else _NO_ITEMS
        self._ranks: dict[str | int | None, int] | None = None

    def rank(self, key: str | int) -> int | None:
        """Tell which item has a key; of several the last, which is the one in force."""
        if self._ranks is None:
            self._ranks = {item.key: rank for rank, item in enumerate(self.items)}
        return self._ranks.get(key)


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


_NO_ITEMS: list[Item] = []


class Splice(NamedTuple):
    """A stretch of text to be replaced."""

    start: int
    end: int
    text: str


def layout(text: str, format: Format) -> Node:
    """Find out how a text that was read before is laid out."""
    with without_collection():
        return _from_json(text, _skip(text, 0)) if format == "json" else _from_yaml(text)


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """Replace stretches that do not overlap; those at one place come in their order."""
    parts, at = [], 0
    for splice in sorted(splices, key=lambda each: (each.start, each.end)):
        parts += [text[at : splice.start], splice.text]
        at = max(at, splice.end)
    return "".join([*parts, text[at:]])


def find(root: Node, path: TreePath) -> tuple[Node, int]:
    """Give the container of the value at `path`, and the value's rank in it.

    Raises
    ------
    EditError
        There is no such place in the text, or it is reached through a YAML alias.
    """
    here = container(root, path[:-1])
    rank = here.rank(path[-1])
    if rank is None:
        merged = any(item.key is None for item in here.items)
        msg = f"{path[-1]!r} comes in by a merge key" if merged else f"there is no {path[-1]!r}"
        raise EditError(msg, path=path, hint="edit the text where it is written")
    return here, rank


def container(root: Node, path: TreePath) -> Node:
    """Give the node at `path`; errors as in `find`."""
    here = root
    for depth, part in enumerate(path):
        rank = here.rank(part)
        if rank is None:
            msg = f"there is no {part!r} in the text itself"
            raise EditError(msg, path=path[: depth + 1], hint="edit the text where it is written")
        here = here.items[rank].node
        if here.kind == "alias":
            msg = f"the text has the alias *{here.anchor} here"
            hint = f"edit what &{here.anchor} names, or write the alias out"
            raise EditError(msg, path=path[: depth + 1], hint=hint)
    return here


def line_start(text: str, offset: int) -> int:
    """Give the offset at which the line of a place begins."""
    return text.rfind("\n", 0, offset) + 1


def line_end(text: str, offset: int) -> int:
    """Give the offset of the line break that ends the line of a place, or of the text's end."""
    end = text.find("\n", offset)
    if end < 0:
        return len(text)
    return end - 1 if end > offset and text[end - 1] == "\r" else end


def indentation(text: str, offset: int) -> str:
    """Give the white space that the line of a place begins with."""
    start = line_start(text, offset)
    return text[start : start + len(text[start:offset]) - len(text[start:offset].lstrip(" \t"))]


def newline_of(text: str) -> str:
    """Give the line break that a text uses."""
    return "\r\n" if "\r\n" in text else "\n"


def first_on_line(text: str, offset: int) -> bool:
    """Tell whether only white space stands before a place on its line."""
    return not text[line_start(text, offset) : offset].strip()


def _skip(text: str, at: int) -> int:
    return _SKIP(text, at).end()  # type: ignore[union-attr]


def _from_json(text: str, at: int) -> Node:
    """Lay out the value that begins at an offset of valid JSON."""
    first = text[at]
    if first not in "{[":
        if first == '"':
            return Node("scalar", at, scanstring(text, at + 1, True)[1])
        return Node("scalar", at, _SCALAR(text, at).end())  # type: ignore[union-attr]
    node = Node("mapping" if first == "{" else "list", at, at)
    at = _skip(text, at + 1)
    while text[at] not in "}]":
        start = key_end = at
        key: str | int = len(node.items)
        if first == "{":
            name, key_end = scanstring(text, at + 1, True)
            key = intern(name)
            at = _skip(text, _skip(text, key_end) + 1)  # past the colon
        below = _from_json(text, at)
        node.items.append(Item(key, start, key_end, below))
        at = _skip(text, below.end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    node.end = at + 1
    return node


def _from_yaml(text: str) -> Node:
    import yaml

    from dp_multitask.text.yaml_errors import Loader

    events: Iterator[Any] = iter(yaml.parse(text, Loader=Loader))
    next(events), next(events)  # start of stream and document
    return _yaml_node(text, next(events), events)


def _yaml_node(text: str, event: Any, events: Iterator[Any]) -> Node:
    from yaml import events as kinds

    start, end = event.start_mark.index, event.end_mark.index
    if isinstance(event, kinds.AliasEvent):
        return Node("alias", start, end, anchor=event.anchor)
    if isinstance(event, kinds.ScalarEvent):
        if event.style in ("|", ">"):  # its mark is behind the line break
            end = start + len(text[start:end].rstrip())
        return Node("scalar", start, end, anchor=event.anchor)
    mapping = isinstance(event, kinds.MappingStartEvent)
    flow = bool(event.flow_style)
    node = Node("mapping" if mapping else "list", start, end, flow=flow, anchor=event.anchor)
    for inner in events:
        if isinstance(inner, kinds.CollectionEndEvent):
            break
        if mapping:
            node.items.append(_yaml_pair(text, inner, events))
        else:
            below = _yaml_node(text, inner, events)
            first = below.start if flow else _dash(text, node, below)
            node.items.append(Item(len(node.items), first, first, below))
    node.end = inner.end_mark.index if flow else node.items[-1].end
    return node


def _yaml_pair(text: str, event: Any, events: Iterator[Any]) -> Item:
    key = getattr(event, "value", None)  # an alias has none
    if key is not None:
        key = None if key == "<<" and event.implicit[0] else intern(key)
    start, end = event.start_mark.index, event.end_mark.index
    return Item(key, start, end, _yaml_node(text, next(events), events))


def _dash(text: str, node: Node, below: Node) -> int:
    """Find the dash of a block list's item; the marks of the parser do not tell."""
    if not node.items:
        if text[node.start] == "-":
            return node.start
        anchored = list(re.finditer(r"^ *(?=-\s)", text[node.start : below.start], re.MULTILINE))
        return node.start + anchored[0].end() if anchored else below.start
    first = node.items[0].start
    column = first - line_start(text, first)
    start = node.items[-1].end
    # the item's value may be an empty text, right behind the dash
    found = re.search(
        rf"^ {{{column}}}(?=-(?:\s|\Z))", text[start : below.start], re.MULTILINE
    )
    return start + found.end() if found else below.start
