# SPDX-License-Identifier: LGPL-3.0-or-later
"""The settings that a section gives, each under one of its names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.checks.schema.table import Body, SchemaField


def is_given(field: SchemaField, data: Mapping[Any, Any], inherited: Mapping[str, Any]) -> bool:
    """Tell whether a mapping gives a setting, under whichever name, or gets it from elsewhere."""
    return (
        field.name in data
        or field.name in inherited
        or any(alias in data for alias in field.alias)
    )


def written_name(body: Body, name: str, data: Mapping[Any, Any]) -> str:
    """Give the name under which a config gives a setting: its own, or the alias that counts."""
    if name in data:
        return name
    field = body.fields.get(name)
    return next((alias for alias in field.alias if alias in data), name) if field else name


def values_of(body: Body, data: Mapping[Any, Any]) -> dict[str, Any]:
    """Give a section's values by canonical name, with defaults."""
    values: dict[str, Any] = {}
    for field in body.fields.values():
        written = written_name(body, field.name, data)
        if written not in data:
            if field.has_default:
                values[field.name] = field.default
        else:
            values[field.name] = data[written]
    return values
