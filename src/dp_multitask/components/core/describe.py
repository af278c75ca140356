# SPDX-License-Identifier: LGPL-3.0-or-later
"""Say as plain data what a native class keeps: its fields, nested components and variables."""

from __future__ import annotations

from typing import Any

from dp_multitask.components.core.component import Component
from dp_multitask.components.core.layout import (
    REQUIRED,
    Child,
    Children,
    Field,
    Kept,
    Variables,
    Version,
)
from dp_multitask.config.meanings import meaning_of, unit_of


def describe_class(cls: type[Component]) -> dict[str, Any]:
    """Describe the layout of a native class.

    Returns
    -------
    dict
        ``class``, its name; ``versions``, the oldest and newest that are read and the one that is
        written, or None; ``fields``, each with ``name``, ``type``, ``default`` unless a config must
        give it, ``aliases``, ``only_in`` where tree or config does not have it, ``unit`` if it has
        one, and ``meaning``; ``children``,
        name -> class, or None where the tree names it; ``variables``, name -> terms of the shape,
        those that do not depend on other fields; ``kept``, keys whose value is not looked into.
    """
    described: dict[str, Any] = {
        "class": cls.__name__,
        "versions": None,
        "fields": [],
        "children": {},
        "variables": {},
        "kept": [],
    }
    for entry in cls.layout:
        if isinstance(entry, Version):
            described["versions"] = [entry.oldest, entry.newest, entry.written]
        elif isinstance(entry, Field):
            described["fields"].append(_describe_field(entry))
        elif isinstance(entry, Child | Children):
            described["children"][entry.name] = None if entry.cls is None else entry.cls.__name__
        elif isinstance(entry, Variables):
            for name, variable in entry.of.items():
                described["variables"][name] = list(variable.shape)
        elif isinstance(entry, Kept):
            described["kept"].append(entry.name)
    return described


def _describe_field(field: Field) -> dict[str, Any]:
    row: dict[str, Any] = {"name": field.name, "type": field.kind}
    if field.default is not REQUIRED:
        row["default"] = field.default
    if field.aliases:
        row["aliases"] = list(field.aliases)
    if field.only_in:
        row["only_in"] = field.only_in
    if unit := field.unit or unit_of(field.name):
        row["unit"] = unit
    row["meaning"] = field.meaning or meaning_of(field.name)
    return row
