# SPDX-License-Identifier: LGPL-3.0-or-later
"""What an editor says of the place under the pointer, as Markdown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dp_multitask.checks.schema.manual import line_about
from dp_multitask.checks.schema.meaning import meaning_at
from dp_multitask.checks.schema.multitask_model import SHARED_DICT
from dp_multitask.checks.schema.table import SchemaTable
from dp_multitask.checks.schema.value_types import describe_type
from dp_multitask.editor.names import name_at, occurrences, users_of
from dp_multitask.errors import TreePath
from dp_multitask.text.plain_data import value_at

_MOST_USERS = 8
_MOST_CHARACTERS = 600


def hover_text(
    table: SchemaTable, data: Mapping[str, Any], path: TreePath, is_key: bool
) -> str | None:
    """Say what stands at a place: the name and its users, or the field and its value in force."""
    name = name_at(data, path, is_key)
    if name is not None and name.kind == "shared entry":
        return _shared_entry(data, name.text)
    if name is not None:
        places = ", ".join("/".join(map(str, each.path[:-1])) for each in occurrences(data, name))
        return f"branch **{name.text}**, in {places}"
    place = meaning_at(table, data, path)
    if place.field is None:
        return None
    lines = [f"**{place.field.name}**: {describe_type(place.field.type)}"]
    if place.field.has_default:
        lines.append(f"`{json.dumps(place.field.default)}` by default")
    said = line_about(place.field)
    if said:
        lines.append(said)
    if place.choices:
        lines.append("one of " + ", ".join(f"`{each}`" for each in place.choices))
    if place.field.alias:
        lines.append("also written " + ", ".join(f"`{each}`" for each in place.field.alias))
    referenced = name_at(data, path, False) if is_key else None
    if referenced is not None:  # what is in force here is written there
        lines.append(_shared_entry(data, referenced.text))
    elif path[:2] == SHARED_DICT and len(path) > len(SHARED_DICT) + 1:
        lines.append(f"of the shared entry **{path[2]}**, {_users(data, str(path[2]))}")
    return "\n\n".join(lines)


def _users(data: Mapping[str, Any], key: str) -> str:
    users = [
        name if level == 0 else f"{name} (level {level})" for name, level in users_of(data, key)
    ]
    shown = ", ".join(users[:_MOST_USERS])
    if len(users) > _MOST_USERS:
        shown += f" and {len(users) - _MOST_USERS} more"
    return f"used by {shown}" if users else "no branch uses it"


def _shared_entry(data: Mapping[str, Any], key: str) -> str:
    entry = value_at(data, ("model", "shared_dict", key))
    text = json.dumps(entry, indent=2, default=str)
    if len(text) > _MOST_CHARACTERS:
        text = text[:_MOST_CHARACTERS].rsplit("\n", 1)[0] + "\n  ..."
    return f"shared entry **{key}**, {_users(data, key)}\n\n```json\n{text}\n```"
