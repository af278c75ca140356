# SPDX-License-Identifier: LGPL-3.0-or-later
"""One field as JSON Schema: its type, constraint and default."""

from __future__ import annotations

import re
from typing import Any

from dp_multitask.checks.schema.constraints import Constraint
from dp_multitask.checks.schema.table import SchemaField
from dp_multitask.checks.schema.value_types import item_type, split_union

_NAMES = {
    "bool": "boolean",
    "int": "integer",
    "float": "number",
    "str": "string",
    "null": "null",
    "list": "array",
    "dict": "object",
}


def value_schema(field: SchemaField, constraint: Constraint | None) -> dict[str, Any]:
    """Write what a field's value may be, without what a mapping in it holds."""
    schema = type_schema(field.type)
    if constraint is not None:
        for key, value in constraint.json_schema.items():
            merges = isinstance(value, dict) and isinstance(schema.get(key), dict)
            schema[key] = {**schema[key], **value} if merges else value
    if field.has_default and field.optional:
        schema["default"] = field.default
    return schema


def alias_schema(schema: dict[str, Any], name: str) -> dict[str, Any]:
    """Write the same field under another name."""
    rest = {key: value for key, value in schema.items() if key not in ("default", "description")}
    return {"description": f"Another name of {name!r}.", **rest, "deprecated": True}


def outdated_schema(remedy: str) -> dict[str, Any]:
    """Write a key of earlier releases that ``dp train`` still takes."""
    return {"description": f"Outdated: {remedy}.", "deprecated": True}


def type_schema(expression: str) -> dict[str, Any]:
    """Write a type expression, see `value_types`; one schema, so that errors are short."""
    types: list[str] = []
    members: dict[str, list[str]] = {"list": [], "dict": []}
    for part in split_union(expression):
        plain = re.split(r"\[", part)[0]
        name = _NAMES[plain]
        if name not in types:
            types.append(name)
        if "[" in part:
            members[plain].append(item_type(part))
    if "number" in types and "integer" in types:
        types.remove("integer")
    schema: dict[str, Any] = {"type": types[0] if len(types) == 1 else types}
    for plain, keyword in (("list", "items"), ("dict", "additionalProperties")):
        if len(members[plain]) == 1:
            schema[keyword] = type_schema(members[plain][0])
        elif members[plain]:  # all members of one of the types, not a mixture
            schema["anyOf"] = [{keyword: type_schema(each)} for each in members[plain]]
    return schema
