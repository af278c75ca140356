# SPDX-License-Identifier: LGPL-3.0-or-later
"""Edits of an input, made in its data and, where it has one, in its text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dp_multitask.diagnostics import Edit
from dp_multitask.errors import TreePath
from dp_multitask.text.edited_data import edited_data, planned
from dp_multitask.text.plain_data import copy_tree

if TYPE_CHECKING:
    from dp_multitask.text.document import Document
    from dp_multitask.text.marks import Format

_ROOM = "_room"  # holds a new mapping open until something has moved in


class EditedInput:
    """An input as mapping or as document; edited, it is another one."""

    def __init__(self, source: Document | Mapping[str, Any]) -> None:
        if isinstance(source, Mapping):
            self._document: Document | None = None
            self.data: Any = copy_tree(dict(source))
        else:
            self._document = source
            self.data = source.data

    @property
    def text(self) -> str | None:
        """The text of a document."""
        return None if self._document is None else self._document.text

    @property
    def format(self) -> Format | None:
        """The format of a document's text."""
        return None if self._document is None else self._document.format

    def edited(self, edits: Sequence[Edit]) -> EditedInput:
        """Give the input with edits made; mappings that are missing above a place are made.

        A value that moves keeps the way in which it is written, also into a new mapping.
        """
        if not edits:
            return self
        room, rest = _with_room(self.data, edits)
        roomy = self._with(room) if room else self
        return roomy._with(rest) if rest else roomy

    def _with(self, edits: Sequence[Edit]) -> EditedInput:
        if self._document is None:
            return EditedInput(edited_data(self.data, planned(self.data, edits)))
        from dp_multitask.text.document import parse_document
        from dp_multitask.text.edits import apply_edits

        text = apply_edits(self._document, edits)
        name, format = self._document.name, self._document.format
        return EditedInput(parse_document(text, name=name, format=format))


def _with_room(data: Any, edits: Sequence[Edit]) -> tuple[list[Edit], list[Edit]]:
    """Split edits into insertions of the mappings that are missing, and what comes after them."""
    made: dict[TreePath, dict[str, Any]] = {}
    anchors: dict[TreePath, str | None] = {}
    rest: list[Edit] = []
    for each in edits:
        place = each.target if each.kind == "move" else each.path
        top = _missing(data, place[:-1]) if each.kind in ("move", "insert") else None
        if top is None:
            rest.append(each)
            continue
        anchors.setdefault(top, _anchor(each, top))
        below = made.setdefault(top, {})
        for part in place[len(top) : -1]:
            below = below.setdefault(str(part), {})
        if each.kind == "insert":
            below[str(place[-1])] = each.value
        else:
            rest.append(each)
    room = []
    for top, tree in made.items():
        rest += [Edit.remove(path) for path in _held_open(tree, top)]
        room.append(Edit.insert(top, tree, after=anchors[top]))
    return room, rest


def _missing(data: Any, path: TreePath) -> TreePath | None:
    """Give the uppermost mapping of a path that is not there."""
    for depth, part in enumerate(path):
        if isinstance(data, Mapping) and part not in data:
            return path[: depth + 1]
        try:
            data = data[part]
        except (IndexError, KeyError, TypeError):
            return None
    return None


def _anchor(edit: Edit, top: TreePath) -> str | None:
    """Give the key behind which a new mapping belongs: where what moves there comes from."""
    source = edit.path if edit.kind == "move" else ()
    if source[: len(top) - 1] == top[:-1] and len(source) >= len(top):
        return str(source[len(top) - 1])
    return None


def _held_open(tree: dict[str, Any], path: TreePath) -> list[TreePath]:
    if not tree:
        tree[_ROOM] = None
        return [(*path, _ROOM)]
    return [
        place
        for key, below in tree.items()
        if isinstance(below, dict)
        for place in _held_open(below, (*path, key))
    ]


def edits_between(old: Any, new: Any, path: TreePath = ()) -> Iterator[Edit]:
    """Iterate over edits that turn `old` into `new`; what is equal is not touched.

    Lists are replaced as a whole. The order of keys that both have stays that of `old`.
    """
    before: str | None = None
    for key, value in new.items():
        here = (*path, key)
        if key not in old:
            yield Edit.insert(here, value, after=before)
        elif isinstance(value, dict) and isinstance(old[key], dict) and old[key]:
            yield from edits_between(old[key], value, here)
        elif not _same(old[key], value):
            yield Edit.replace(here, value)
        before = key
    for key in old:
        if key not in new:
            yield Edit.remove((*path, key))


def _same(one: Any, other: Any) -> bool:
    # 1, 1.0 and true are three values
    return repr(one) == repr(other)
