# SPDX-License-Identifier: LGPL-3.0-or-later
"""What could be typed at the cursor: keys, values, references and share levels."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from dp_multitask.checks.schema.manual import line_about
from dp_multitask.checks.schema.meaning import Meaning, meaning_at
from dp_multitask.checks.schema.table import SchemaField, SchemaTable
from dp_multitask.checks.schema.value_types import describe_type, split_union
from dp_multitask.config.branch_names import BRANCHES, SECTIONS_BY_BRANCH
from dp_multitask.editor.cursor import Cursor
from dp_multitask.editor.names import branch_names, shared_entries
from dp_multitask.errors import TreePath
from dp_multitask.registry import find_type, share_levels
from dp_multitask.text.plain_data import value_at


class Candidate(NamedTuple):
    """Something that could be typed.

    Attributes
    ----------
    text : str
        What it is, without quotes.
    kind : {"key", "value", "reference", "branch"}
        What it stands for.
    detail : str
        Its type, or what it refers to.
    documentation : str
        What it means, if that is known.
    is_text : bool
        Whether it is text, which JSON quotes.
    """

    text: str
    kind: Literal["key", "value", "reference", "branch"]
    detail: str
    documentation: str = ""
    is_text: bool = True


def candidates(
    table: SchemaTable, data: Mapping[str, Any], cursor: Cursor, *, backend: str = "pt"
) -> list[Candidate]:
    """Give what could be typed at the cursor.

    Parameters
    ----------
    table : SchemaTable
        The release's table.
    data : mapping
        The input as it was when it could last be read.
    cursor : Cursor
        What is being typed.
    backend : str, default: "pt"
        The backend, on which share levels depend.
    """
    if cursor.in_list:
        items = value_at(data, cursor.path)
        path = (*cursor.path, len(items) if isinstance(items, list) else 0)
        keys = _keys(table, data, path) if not cursor.quote else ()
        return [*_values(meaning_at(table, data, path), data, path, backend), *keys]
    if cursor.key is not None:
        path = (*cursor.path, cursor.key)
        return list(_values(meaning_at(table, data, path), data, path, backend))
    present = value_at(data, cursor.path)
    given = set(present) - {cursor.typed} if isinstance(present, Mapping) else set()
    return [each for each in _keys(table, data, cursor.path) if each.text not in given]


def _keys(table: SchemaTable, data: Mapping[str, Any], path: TreePath) -> Iterator[Candidate]:
    if path in SECTIONS_BY_BRANCH and path != BRANCHES:
        for name in branch_names(data):
            yield Candidate(name, "branch", "branch")
        return
    for field in meaning_at(table, data, path).keys.fields.values():
        yield Candidate(field.name, "key", _detail(field), line_about(field) or "")


def _detail(field: SchemaField) -> str:
    detail = describe_type(field.type)
    if field.has_default:
        detail += f", {json.dumps(field.default)} by default"
    return detail if field.optional else f"{detail}, needed"


def _values(
    place: Meaning, data: Mapping[str, Any], path: TreePath, backend: str
) -> Iterator[Candidate]:
    if place.takes_reference:
        yield from _references(data, path, backend)
    for choice in place.choices:
        yield Candidate(choice, "value", "type")
    field = place.field
    if field is None:
        return
    if field.name == "finetune_head":
        yield Candidate("RANDOM", "value", "a new fitting net")
    if "bool" in split_union(field.type):
        yield Candidate("true", "value", "", is_text=False)
        yield Candidate("false", "value", "", is_text=False)
    if field.has_default and isinstance(field.default, str | int | float | list):
        if isinstance(field.default, bool):
            return
        text = field.default if isinstance(field.default, str) else json.dumps(field.default)
        yield Candidate(text, "value", "the default", is_text=isinstance(field.default, str))


def _references(
    data: Mapping[str, Any], path: TreePath, backend: str
) -> Iterator[Candidate]:
    item = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
    kind = "descriptor" if item == "list" else item
    for key, entry in shared_entries(data).items():
        if (kind == "type_map") != isinstance(entry, list):
            continue
        if kind == "type_map":
            yield Candidate(key, "reference", "shared type map")
            continue
        type_name = entry.get("type") if isinstance(entry, Mapping) else None
        if type_name is not None and find_type(kind, str(type_name)) is None:
            continue
        for level in share_levels(kind, str(type_name), backend) if type_name else (0,):
            text = key if level == 0 else f"{key}:{level}"
            shared = "shared" if level == 0 else f"shared at level {level}"
            yield Candidate(text, "reference", f"{type_name or kind}, {shared}")
