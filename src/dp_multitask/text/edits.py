# SPDX-License-Identifier: LGPL-3.0-or-later
"""Edits of a text that keep everything else: layout, comments, key order, spelling of numbers.

Two rounds: what is added (insertions, and moves to their new place), then what is changed or
removed. Each splices the text at the places that `layout` finds. The result is read again and
must hold exactly the edited data; a construct that stands in the way, such as an alias that
names an edited value, is so refused and never broken.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from dp_multitask.diagnostics import Edit
from dp_multitask.errors import DocumentError, EditError, TreePath
from dp_multitask.text.blocks import add_in_block, emptied, remove_in_block
from dp_multitask.text.brackets import Addition, add_in_brackets, remove_in_brackets
from dp_multitask.text.edited_data import Claims, edited_data, planned
from dp_multitask.text.layout import Node
from dp_multitask.text.nodes import (
    Splice,
    container,
    find,
    first_on_line,
    indentation,
    layout,
    newline_of,
    spliced,
)
from dp_multitask.text.plain_data import value_at
from dp_multitask.text.written import STEP, behind_colon, in_brackets, inline

if TYPE_CHECKING:
    from dp_multitask.text.document import Document
    from dp_multitask.text.marks import Format

__all__ = ["Claims", "Edit", "apply_edits"]


def apply_edits(document: Document, edits: Sequence[Edit]) -> str:
    """Make edits in a document's text.

    Parameters
    ----------
    document : Document
        The text and its data; not changed.
    edits : sequence of Edit
        What to do. Their paths are those of the document as it is.

    Returns
    -------
    str
        The new text. It reads as the data with the edits made.

    Raises
    ------
    EditError
        Two edits overlap, one names a place that is not there, or the text is written in a way
        in which the edit cannot be made safely: through a YAML alias or merge key, for example.

    Examples
    --------
    >>> from dp_multitask.text.document import parse_document
    >>> document = parse_document('{"model": {"rcut": 6.00, "sell": [46, 92]}}')
    >>> print(apply_edits(document, [Edit.rename(("model", "sell"), "sel")]))
    {"model": {"rcut": 6.00, "sel": [46, 92]}}
    """
    if not edits:
        return document.text
    _refuse_overlaps(edits)
    steps = planned(document.data, edits)
    expected = edited_data(document.data, steps)
    text, format = document.text, document.format
    added = [each for each in steps if each.kind in ("insert", "move")]
    if added:
        text = spliced(text, _additions(text, format, document.data, added))
    changed = [each for each in steps if each.kind != "insert"]
    if changed:
        text = spliced(text, _changes(text, format, changed))
    _verify(text, document, expected)
    return text


def _refuse_overlaps(edits: Sequence[Edit]) -> None:
    claims = Claims()
    for each in edits:
        if not claims.allow(each):
            msg = "two edits overlap here"
            raise EditError(msg, path=each.path, hint="make one after the other")
        claims.add(each)


def _additions(
    text: str, format: Format, data: Any, edits: Iterable[Edit]
) -> list[Splice]:
    """Give the splices that bring in what is inserted or moved."""
    root = layout(text, format)
    groups: dict[TreePath, list[Addition]] = {}
    for each in edits:
        source, place, value = None, each.path, each.value
        if each.kind == "move":
            where, rank = find(root, each.path)
            source, place = where.items[rank].node, each.target
            value = value_at(data, each.path)
        key = place[-1] if isinstance(place[-1], str) else None
        after = each.key if each.kind == "insert" else None
        groups.setdefault(place[:-1], []).append(Addition(key, value, source, after))
    splices: list[Splice] = []
    # where both end on one line, what belongs further in comes first
    for path, additions in sorted(groups.items(), key=lambda each: -len(each[0])):
        node = container(root, path)
        if node.flow:
            splices += add_in_brackets(text, format, node, additions)
        else:
            splices += add_in_block(text, node, additions)
    return splices


def _changes(text: str, format: Format, edits: Iterable[Edit]) -> list[Splice]:
    """Give the splices that replace, rename and remove."""
    root = layout(text, format)
    splices: list[Splice] = []
    removed: dict[int, tuple[Node, list[int]]] = {}
    for each in edits:
        node, rank = find(root, each.path)
        item = node.items[rank]
        if each.kind == "rename":
            like = text[item.start : item.key_end]
            splices.append(Splice(item.start, item.key_end, inline(each.key, format, like=like)))
        elif each.kind == "replace":
            splices += _replacement(text, format, node, rank, each)
        elif each.kind == "keep last":
            others = node.earlier(each.path[-1])
            removed.setdefault(node.row, (node, []))[1].extend(others)
        else:
            removed.setdefault(node.row, (node, []))[1].append(rank)
    for node, ranks in removed.values():
        if not ranks:
            continue
        cut = remove_in_brackets if node.flow else remove_in_block
        splices += cut(text, node, ranks)
    return splices


def _replacement(text: str, format: Format, owner: Node, rank: int, edit: Edit) -> list[Splice]:
    item = owner.items[rank]
    node = item.node
    old = text[node.start : node.end]
    if edit.spelling is not None:
        return [Splice(node.start, node.end, edit.spelling)]
    nested = isinstance(edit.value, dict | list) and bool(edit.value)
    if not owner.flow:
        indent = " " * (item.start - text.rfind("\n", 0, item.start) - 1)
        if nested and owner.kind == "mapping" and (isinstance(edit.value, dict) or not node.flow):
            colon = text.index(":", item.key_end)
            value = behind_colon(edit.value, indent, newline_of(text))
            return [Splice(colon + 1, node.end, value)]
        if not node.flow:
            return emptied(text, node, inline(edit.value, format))
    new = inline(edit.value, format, like=old)
    if nested and ("\n" in old or first_on_line(text, item.start)):
        indent = indentation(text, item.start)
        step = _step(text, owner, indent)
        new = in_brackets(edit.value, format, indent, step, newline_of(text))
    return [Splice(node.start, node.end, new if old else f" {new}")]


def _step(text: str, owner: Node, indent: str) -> str:
    """Tell by how much the text indents each level."""
    outer = indentation(text, owner.start)
    return indent.removeprefix(outer) or STEP


def _verify(text: str, document: Document, expected: Any) -> None:
    from dp_multitask.text.document import parse_document

    hint = "make the change by hand"
    try:
        found = parse_document(text, name=document.name, format=document.format).data
    except DocumentError as err:
        msg = f"the text is written in a way in which the edit cannot be made: {err.message}"
        raise EditError(msg, hint=hint) from err
    if _frozen(found) != _frozen(expected):
        msg = "the edit would change other places too, such as those that a YAML alias fills"
        raise EditError(msg, hint=hint)


def _frozen(data: Any) -> str:
    # as text: 1, 1.0 and true are three values, and nan is nan
    return json.dumps(data, sort_keys=True)
