# SPDX-License-Identifier: LGPL-3.0-or-later
"""Finding the values that edits name, and putting new text in the place of old."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dp_multitask.errors import EditError, TreePath
from dp_multitask.records import NamedTuple
from dp_multitask.text.json_layout import from_json
from dp_multitask.text.layout import Node

if TYPE_CHECKING:
    from dp_multitask.text.marks import Format


class Splice(NamedTuple):
    """A stretch of text to be replaced."""

    start: int
    end: int
    text: str


def layout(text: str, format: Format) -> Node:
    """Find out how a text that was read before is laid out."""
    if format == "json":
        return from_json(text).root
    from dp_multitask.text.yaml_layout import from_yaml

    return from_yaml(text).root


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
        last = path[-1]
        msg = f"{last!r} comes in by a merge key" if here.merges else f"there is no {last!r}"
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
