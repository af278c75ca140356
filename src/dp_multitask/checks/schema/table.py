# SPDX-License-Identifier: LGPL-3.0-or-later
"""The table of facts of one DeePMD-kit release, loaded and looked up."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from dp_multitask.checks.schema.constraints import Constraint, known_constraint
from dp_multitask.checks.schema.releases import DEFAULT_SCHEMA, INSTALLED, schema_name
from dp_multitask.checks.schema.value_types import Predicate, matcher
from dp_multitask.records import NamedTuple

_FOLDER = os.path.join(os.path.dirname(__file__), "tables")
_NO_DEFAULT: Any = object()


class SchemaField(NamedTuple):
    """One key that a mapping may have.

    Attributes
    ----------
    name : str
        The key.
    type : str
        A type expression, see `value_types`.
    matches : callable
        Tells whether a value has that type.
    optional : bool
        False if the key must be given.
    default : object
        The value of an optional key that is absent; see `has_default`.
    alias : tuple of str
        Other names of the key, in order of precedence.
    repeat : bool
        True if the value is a list or mapping of bodies.
    body : str or None
        Name of the body that the value holds; None if its content is free.
    checked : bool
        DeePMD-kit constrains the value beyond its type.
    owner : str
        Name of the body that the field belongs to.
    backends : tuple of str
        The backends that have the key; none if all do.
    """

    name: str
    type: str
    matches: Predicate
    optional: bool
    default: Any
    alias: tuple[str, ...]
    repeat: bool
    body: str | None
    checked: bool
    owner: str
    backends: tuple[str, ...] = ()

    @property
    def has_default(self) -> bool:
        """True if absence means a certain value."""
        return self.default is not _NO_DEFAULT

    @property
    def place(self) -> str:
        """Where the field stands in the schema, such as ``training/ema_decay``."""
        return f"{self.owner}/{self.name}"


class Variant(NamedTuple):
    """A key (the flag) whose value decides which further keys a mapping may have."""

    flag: str
    default: str | None
    bodies: Mapping[str, str | None]
    alias: Mapping[str, str]
    backends: Mapping[str, tuple[str, ...]] = {}  # of types that not every backend has

    @property
    def tags(self) -> list[str]:
        """Every value that the flag accepts, aliases included."""
        return [*self.bodies, *self.alias]

    def canonical(self, tag: object) -> str | None:
        """Give the tag that a flag's value stands for, or None if it is no choice."""
        if not isinstance(tag, str):
            return None
        return tag if tag in self.bodies else self.alias.get(tag)


class Body(NamedTuple):
    """The content of a mapping: its keys, and the variants that add more."""

    fields: Mapping[str, SchemaField]
    alias: Mapping[str, str]
    variants: tuple[Variant, ...]


class SchemaTable:
    """Bodies by name, each built when it is first asked for.

    Parameters
    ----------
    data : dict
        What `extract.extract_table` returns.
    foreign : mapping, optional
        Place of a field -> a constraint that `constraints` does not know.
    """

    def __init__(
        self, data: Mapping[str, Any], foreign: Mapping[str, Constraint] | None = None
    ) -> None:
        self._foreign = foreign or {}
        self.release: str = data["deepmd_kit"]
        self._raw = data["bodies"]
        self._bodies: dict[str, Body] = {}
        self._merged: dict[tuple[str, ...], Body] = {}

    @property
    def names(self) -> list[str]:
        """Every body's name."""
        return list(self._raw)

    @property
    def cascades(self) -> bool:
        """True if keys directly under a multitask ``model`` reach every branch (since 3.2)."""
        return _numbers(self.release) >= (3, 2)

    def has_key(self, key: str, section: str) -> bool:
        """Tell whether the bodies whose names begin with `section` have a key."""
        bodies = (self.body(name) for name in self._raw if name.startswith(section))
        return any(key in each.fields or key in each.alias for each in bodies)

    def body(self, name: str) -> Body:
        """Give a body by name."""
        found = self._bodies.get(name)
        if found is None:
            raw = self._raw[name]
            fields = {key: _field(name, key, each) for key, each in raw.get("fields", {}).items()}
            variants = tuple(_variant(*item) for item in raw.get("variants", {}).items())
            found = self._bodies[name] = Body(fields, _aliases(fields), variants)
        return found

    def constraint(self, field: SchemaField) -> Constraint | None:
        """Give what a field's value must fulfil beyond its type, if anything."""
        if not field.checked:
            return None
        return known_constraint(field.place) or self._foreign.get(field.place)

    def merged(self, names: tuple[str, ...]) -> Body:
        """Give the fields of several bodies as one body without variants."""
        found = self._merged.get(names)
        if found is None:
            fields: dict[str, SchemaField] = {}
            for name in names:
                body = self.body(name)
                fields.update(body.fields)
                for variant in body.variants:
                    fields[variant.flag] = _flag_field(name, variant)
            found = self._merged[names] = Body(fields, _aliases(fields), ())
        return found


@cache
def load_table(version: str = DEFAULT_SCHEMA) -> SchemaTable:
    """Load a table by schema name.

    Parameters
    ----------
    version : str
        ``3.2``, ``3.1``, ``3.0`` for the newest of them, a release such as ``3.1.2``, or
        ``installed`` for the DeePMD-kit of this environment.

    Returns
    -------
    SchemaTable

    Raises
    ------
    UsageError
        No such schema.
    """
    release = schema_name(version)
    if release == INSTALLED:
        from dp_multitask.checks.schema.installed import installed_schema

        return SchemaTable(*installed_schema())
    with open(os.path.join(_FOLDER, f"{release}.json"), encoding="utf-8") as stream:
        return SchemaTable(json.load(stream))


def _field(owner: str, name: str, raw: Mapping[str, Any]) -> SchemaField:
    return SchemaField(
        name,
        raw["type"],
        matcher(raw["type"]),
        raw.get("optional", False),
        raw.get("default", _NO_DEFAULT),
        tuple(raw.get("alias", ())),
        raw.get("repeat", False),
        raw.get("body"),
        raw.get("checked", False),
        owner,
        tuple(raw.get("backends", ())),
    )


def _flag_field(owner: str, variant: Variant) -> SchemaField:
    default = _NO_DEFAULT if variant.default is None else variant.default
    optional = variant.default is not None
    flag = variant.flag
    text = matcher("str")
    return SchemaField(flag, "str", text, optional, default, (), False, None, False, owner)


def _variant(flag: str, raw: Mapping[str, Any]) -> Variant:
    choices = raw["choices"]
    bodies = {tag: choice.get("body") for tag, choice in choices.items()}
    alias = {other: tag for tag, choice in choices.items() for other in choice.get("alias", ())}
    backends = {tag: tuple(each["backends"]) for tag, each in choices.items() if "backends" in each}
    return Variant(flag, raw.get("default"), bodies, alias, backends)


def _aliases(fields: Mapping[str, SchemaField]) -> dict[str, str]:
    return {alias: field.name for field in fields.values() for alias in field.alias}


def _numbers(release: str) -> tuple[int, ...]:
    """Give the leading numbers of a release: ``3.2.0b1`` -> (3, 2); a dev build counts as new."""
    numbers = []
    for part in release.split(".")[:2]:
        if not part.isdigit():
            return (99,)
        numbers.append(int(part))
    return tuple(numbers)
