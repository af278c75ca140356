# SPDX-License-Identifier: LGPL-3.0-or-later
"""The schema as dargs arguments, built from a table: what DeePMD-kit itself works with, as a peer.

Constraints of single values are part of the arguments; relations between keys are not.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, reduce
from operator import or_
from types import GenericAlias
from typing import Any

from dargs import Argument
from dargs import Variant as DargsVariant

from dp_multitask.checks.schema.extract import BACKEND_LABELS
from dp_multitask.checks.schema.releases import DEFAULT_SCHEMA
from dp_multitask.checks.schema.table import SchemaField, SchemaTable, Variant, load_table
from dp_multitask.checks.schema.value_types import item_type, split_union
from dp_multitask.component_types import BUILTIN_TYPES, KINDS, ComponentType
from dp_multitask.registry import registered_types

_TYPES: dict[str, Any] = {
    "bool": bool,
    "int": int,
    "float": float,
    "str": str,
    "null": None,
    "list": list,
    "dict": dict,
}


def input_argument(root: str, version: str = DEFAULT_SCHEMA) -> Argument:
    """Give the whole input as one dargs argument.

    Parameters
    ----------
    root : {"single-task", "multitask"}
        The kind of input.
    version : str, default: "3.2"
        See `table.load_table`.

    Returns
    -------
    dargs.Argument
        Named ``base``, as in DeePMD-kit's own check. Shared by all callers: do not change it.

    Raises
    ------
    UsageError
        No such schema.
    """
    added = tuple(entry.name for kind in KINDS for entry in _added_types(kind))
    return _input_argument(root, version, added)


def _added_types(kind: str) -> list[ComponentType]:
    return [entry for entry in registered_types(kind) if entry not in BUILTIN_TYPES]


@cache
def _input_argument(root: str, version: str, added: tuple[str, ...]) -> Argument:
    return Argument("base", dict, _Builder(load_table(version)).fields(root))


class _Builder:
    """Builds each body once; places with the same body get the same argument objects."""

    def __init__(self, table: SchemaTable) -> None:
        self.table = table
        self._fields: dict[str, list[Argument]] = {}
        self._variants: dict[str, list[DargsVariant]] = {}

    def fields(self, name: str) -> list[Argument]:
        """Build the fields of a body."""
        if name not in self._fields:
            fields = self.table.body(name).fields.values()
            self._fields[name] = [self._field(field) for field in fields]
        return self._fields[name]

    def variants(self, name: str) -> list[DargsVariant]:
        """Build the variants of a body."""
        if name not in self._variants:
            variants = self.table.body(name).variants
            self._variants[name] = [self._variant(name, variant) for variant in variants]
        return self._variants[name]

    def _field(self, field: SchemaField) -> Argument:
        options: dict[str, Any] = {"default": field.default} if field.has_default else {}
        constraint = self.table.constraint(field)
        if constraint is not None:
            options["extra_check"] = constraint.allows
            options["extra_check_errmsg"] = f"Expected {constraint.expected}."
        return Argument(
            field.name,
            [_dtype(part) for part in split_union(field.type)],
            self.fields(field.body) if field.body else None,
            self.variants(field.body) if field.body else None,
            repeat=field.repeat,
            optional=field.optional,
            alias=field.alias,
            doc=_backend_label(field.backends),
            **options,
        )

    def _variant(self, name: str, variant: Variant) -> DargsVariant:
        choices = []
        for tag, body in variant.bodies.items():
            alias = [other for other, meant in variant.alias.items() if meant == tag]
            fields = self.fields(body) if body else None
            variants = self.variants(body) if body else None
            doc = _backend_label(variant.backends.get(tag, ()))
            choices.append(Argument(tag, dict, fields, variants, alias=alias, doc=doc))
        kind = name.rpartition("/")[2]
        choices += [
            Argument(entry.name, dict, alias=list(entry.aliases))
            for entry in (_added_types(kind) if kind in KINDS else ())
        ]
        optional = variant.default is not None
        return DargsVariant(
            variant.flag, choices, optional=optional, default_tag=variant.default or ""
        )


def _dtype(part: str) -> Any:
    if part in _TYPES:
        return _TYPES[part]
    member = reduce(or_, (_dtype(each) for each in split_union(item_type(part))))
    # written as calls because the members are known at run time only
    if part.startswith("list"):
        return GenericAlias(list, (member,))
    return GenericAlias(dict, (str, member))


def _backend_label(backends: Iterable[str]) -> str:
    """Write the label that stands for backends in DeePMD-kit's argument check."""
    names = {backend: name for name, backend in reversed(BACKEND_LABELS.items())}
    shown = ", ".join(names[backend] for backend in backends)
    return f"(Supported Backend: {shown}) " if shown else ""
