# SPDX-License-Identifier: LGPL-3.0-or-later
"""A resolved input with a note at every value that is not written where it now stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dp_multitask.config.branch_names import BRANCHES
from dp_multitask.config.model_section import branches_of
from dp_multitask.config.reference import parse_reference
from dp_multitask.config.written_place import WrittenPlace, written_place
from dp_multitask.errors import TreePath, format_path
from dp_multitask.text.document import Document, parse_document
from dp_multitask.text.plain_data import copy_tree

ORIGIN = "_origin"
"""The key that carries the notes in JSON; DeePMD-kit takes what begins with ``_`` for a comment."""


def origins(
    document: Document, resolved: Mapping[str, Any], full: Mapping[str, Any], release: str
) -> dict[TreePath, str]:
    """Say where each value of `full` comes from, unless it stands there itself: place -> note.

    `resolved` is the document with its references expanded, `full` what is written out: that, or
    the same with the defaults of `release` filled in.
    """
    notes = dict(_defaults(resolved, full, (), f"default of DeePMD-kit {release}"))
    for name, branch in branches_of(full.get("model", {})).items():
        for key, value in branch.items():
            path = (*BRANCHES, name, key)
            for place in [path, *_members(path, value)]:
                found = written_place(document.data, place)
                if found.source != "written" and place not in notes:
                    notes[place] = _note(found, name, document)
    return notes


def _members(path: TreePath, value: Any) -> Iterator[TreePath]:
    members = value.get("list") if isinstance(value, Mapping) else None
    if path[-1] == "descriptor" and isinstance(members, list):
        for index in range(len(members)):
            yield (*path, "list", index)


def _note(found: WrittenPlace, branch: str, document: Document) -> str:
    line, column = document.key_span(found.path)[:2]
    where = f"{format_path(found.path)}, {document.name}:{line}:{column}"
    others = [each for each in found.branches if each != branch]
    also = f", also of {', '.join(others)}" if others else ""
    level = parse_reference(found.reference)[1] if found.reference else 0
    at_level = f" at level {level}" if level > 0 else ""
    return f"{where}{at_level}{also}"


def _defaults(
    written: Any, full: Any, path: TreePath, note: str
) -> Iterator[tuple[TreePath, str]]:
    """Iterate over the places that are in `full` alone."""
    if isinstance(written, Mapping) and isinstance(full, Mapping):
        for key, value in full.items():
            if key in written:
                yield from _defaults(written[key], value, (*path, key), note)
            else:
                yield (*path, key), note
    elif isinstance(written, list) and isinstance(full, list) and len(written) == len(full):
        for index, value in enumerate(full):
            yield from _defaults(written[index], value, (*path, index), note)


def with_origin_keys(data: Mapping[str, Any], notes: Mapping[TreePath, str]) -> dict[str, Any]:
    """Copy a tree with notes under `ORIGIN` in the mappings that they are about."""
    result: dict[str, Any] = copy_tree(dict(data))
    for path, note in notes.items():
        holder, key = _holder(result, path)
        holder.setdefault(ORIGIN, {})[key] = note
    return result


def _holder(data: Any, path: TreePath) -> tuple[dict[str, Any], str]:
    """Give the innermost mapping above a place, and the rest of the path."""
    holder, rest = data, 0
    for depth, part in enumerate(path[:-1], 1):
        data = data[part]
        if isinstance(data, dict):
            holder, rest = data, depth
    return holder, format_path(path[rest:])


def with_origin_comments(text: str, notes: Mapping[TreePath, str]) -> str:
    """Put notes into YAML, as comments on lines of their own above what they are about."""
    document = parse_document(text, format="yaml")
    lines = text.splitlines(keepends=True)
    above: dict[int, list[str]] = {}
    for path, note in notes.items():
        above.setdefault(document.key_span(path).line, []).append(note)
    for line in sorted(above, reverse=True):
        row = lines[line - 1]
        indent = row[: len(row) - len(row.lstrip(" "))]
        lines[line - 1 : line - 1] = [f"{indent}# {note}\n" for note in above[line]]
    return "".join(lines)
