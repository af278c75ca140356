# SPDX-License-Identifier: LGPL-3.0-or-later
"""A JSON Schema (2020-12) of the whole input as it is written, for completion in editors.

Every mapping is closed, so that typos are marked, but for keys that start with ``_`` and
``$schema``. A mapping whose keys depend on a flag (``type``) is a chain of if/then on the flag, so
that an error is about the choice that was made and not about all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from dp_multitask.checks.schema.extract import MULTITASK, SINGLE_TASK
from dp_multitask.checks.schema.field_schema import alias_schema, outdated_schema, value_schema
from dp_multitask.checks.schema.manual import DESCRIPTIONS, MANUAL
from dp_multitask.checks.schema.outdated import outdated_keys
from dp_multitask.checks.schema.releases import DEFAULT_SCHEMA
from dp_multitask.checks.schema.table import Body, SchemaField, SchemaTable, Variant, load_table
from dp_multitask.checks.schema.training_values import demand
from dp_multitask.checks.schema.walk import BRANCH_REFERENCES, NO_REFERENCES, References

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REFERENCE = r"^[^:]+(:\d+)?$"
"""A reference: the key of a shared entry and, after a colon, the share level."""

_FREE = {"^_": True}
_MODEL = "multitask/model"
_SHARED = "shared_dict"


class Standing(NamedTuple):
    """Where a body stands, as far as that changes what is accepted.

    Attributes
    ----------
    suffix : str
        What the name of its definition ends with.
    references : mapping
        The keys that may hold references.
    inherits : bool
        True if keys may come from elsewhere, so that none is required and the flag may be absent.
    """

    suffix: str
    references: References
    inherits: bool


_PLAIN = Standing("", NO_REFERENCES, False)
_BRANCH = Standing("@branch", BRANCH_REFERENCES, False)
_HEIR = Standing("@heir", BRANCH_REFERENCES, True)
_HYBRID = Standing("@in-branch", BRANCH_REFERENCES["descriptor"], False)


def json_schema(version: str = DEFAULT_SCHEMA) -> dict[str, Any]:
    """Write a release's schema as JSON Schema.

    Parameters
    ----------
    version : str, default: "3.2"
        See `table.load_table`.

    Returns
    -------
    dict
        For multitask and single-task inputs. The same table gives the same dict, in order.

    Raises
    ------
    UsageError
        No such schema.
    """
    table = load_table(version)
    writer = _Writer(table)
    writer.define(SINGLE_TASK, _PLAIN)
    writer.define(MULTITASK, _PLAIN)
    is_multitask = {
        "required": ["model"],
        "properties": {"model": {"type": "object", "required": ["model_dict"]}},
    }
    return {
        "$schema": DIALECT,
        "title": f"Training input of DeePMD-kit {table.release}",
        "description": f"Every key is explained in the manual: {MANUAL}",
        "type": "object",
        "if": is_multitask,
        "then": _pointer(MULTITASK),
        "else": _pointer(SINGLE_TASK),
        "$defs": dict(sorted(writer.definitions.items())),
    }


def _pointer(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def _definition_name(body: str) -> str:
    """Turn ``model[standard]/descriptor`` into a name that needs no escapes in a pointer."""
    return body.replace("]", "").replace("[", ":").replace("/", ".")


class _Writer:
    """Collects the definitions of one schema."""

    def __init__(self, table: SchemaTable) -> None:
        self.table = table
        self.definitions: dict[str, dict[str, Any]] = {}

    def define(self, body: str, place: Standing) -> dict[str, Any]:
        """Define a body at a place, and give the reference to it."""
        return self._define((body,), _definition_name(body) + place.suffix, place)

    def _define(self, names: tuple[str, ...], name: str, place: Standing) -> dict[str, Any]:
        if name not in self.definitions:
            self.definitions[name] = {}  # taken, should the body hold itself
            variants = self.table.body(names[-1]).variants
            if names == (_MODEL,):
                self.definitions[name] = self._multitask_model()
            elif len(variants) == 1:
                self.definitions[name] = self._chosen(names, name, variants[0], place)
            else:
                self.definitions[name] = self._closed(self.table.merged(names), place)
        return _pointer(name)

    def _chosen(
        self, names: tuple[str, ...], name: str, variant: Variant, place: Standing
    ) -> dict[str, Any]:
        """Write a body whose keys depend on a flag."""
        flag = variant.flag
        schema: dict[str, Any] = {"properties": {flag: {"enum": variant.tags}}}
        if variant.default is None and not place.inherits:
            schema["required"] = [flag]
        schema["allOf"] = []
        stem = name.removesuffix(place.suffix)
        for tag, body in variant.bodies.items():
            tags = [tag, *(alias for alias, meant in variant.alias.items() if meant == tag)]
            condition: dict[str, Any] = {"properties": {flag: {"enum": tags}}}
            if tag != variant.default or place.inherits:
                condition["required"] = [flag]
            choice = f"{stem}:{tag}{place.suffix}"
            if body is None:
                then = self._define_closed(self.table.merged(names), choice, place)
            else:
                then = self._define((*names, body), choice, place)
            schema["allOf"].append({"if": condition, "then": then})
        if place.inherits:
            any_choice = self._define_closed(self._union(names[0]), f"{stem}:any", place)
            absent = {"not": {"required": [flag]}}
            schema["allOf"].append({"if": absent, "then": any_choice})
        return schema

    def _union(self, name: str) -> Body:
        """Give the fields of a body and of all its choices."""
        fields: dict[str, SchemaField] = {}
        for variant in self.table.body(name).variants:
            for body in variant.bodies.values():
                names = (name,) if body is None else (name, body)
                fields = {**self.table.merged(names).fields, **fields}
        alias = {other: field.name for field in fields.values() for other in field.alias}
        return Body(fields, alias, ())

    def _define_closed(self, body: Body, name: str, place: Standing) -> dict[str, Any]:
        if name not in self.definitions:
            self.definitions[name] = {}
            self.definitions[name] = self._closed(body, place)
        return _pointer(name)

    def _closed(self, body: Body, place: Standing) -> dict[str, Any]:
        """Write a mapping with these fields and no others."""
        if not body.fields:
            return {}
        properties: dict[str, Any] = {}
        conflicts: dict[str, Any] = {}
        either: list[Any] = []
        required: list[str] = []
        for field in body.fields.values():
            properties[field.name] = self._field(field, place)
            names = [field.name, *field.alias]
            for alias in field.alias:
                properties[alias] = alias_schema(properties[field.name], field.name)
                others = [name for name in names if name != alias]
                conflicts[alias] = {"properties": {name: {"not": {}} for name in others}}
            if field.optional or place.inherits:
                continue
            if field.alias:
                either.append({"anyOf": [{"required": [name]} for name in names]})
            else:
                required.append(field.name)
        for owner in dict.fromkeys(field.owner for field in body.fields.values()):
            for key, remedy in outdated_keys(owner, self.table.names).items():
                properties.setdefault(key, outdated_schema(remedy))
        schema = _closed_object(properties, required)
        if conflicts:
            schema["dependentSchemas"] = conflicts
        if either:
            schema["allOf"] = either
        return schema

    def _field(self, field: SchemaField, place: Standing) -> dict[str, Any]:
        schema = value_schema(field, self.table.constraint(field) or demand(field))
        description = DESCRIPTIONS.get(field.place)
        if description:
            schema = {"description": description, **schema}
        is_reference = field.name in place.references
        if field.body is not None:
            inner = _HYBRID if is_reference and place.references[field.name] else _PLAIN
            content = self.define(field.body, inner)
            if field.repeat:
                self._repeat(schema, content, _PLAIN if not is_reference else place)
            else:
                schema |= content
        if is_reference and not field.repeat:
            schema["type"] = _with_string(schema["type"])
            schema["pattern"] = REFERENCE
        return schema

    def _repeat(self, schema: dict[str, Any], content: dict[str, Any], place: Standing) -> None:
        """Put the content into the items of a list or the values of a mapping."""
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        item: dict[str, Any] = {"type": "object", **content}
        if place.references:
            item |= {"type": _with_string("object"), "pattern": REFERENCE}
        if "array" in types:
            schema["items"] = item
        if "object" in types:
            schema |= {"patternProperties": _FREE, "additionalProperties": item}

    def _multitask_model(self) -> dict[str, Any]:
        """Write the ``model`` of a multitask input: branches, shared entries, keys for all."""
        own = self.table.body(_MODEL).fields
        branches: dict[str, Any] = {
            "description": DESCRIPTIONS["multitask/model/model_dict"],
            "type": "object",
        }
        properties = {"model_dict": branches, _SHARED: self._shared_dict(own[_SHARED])}
        strict = self._branches(_BRANCH)
        if not self.table.cascades:
            branches |= strict
            return _closed_object(properties, ["model_dict"])
        for field in self._union("model").fields.values():
            if field.name not in own:  # a linear model has a shared_dict of its own
                properties[field.name] = self._field(field, _HEIR)
        schema = _closed_object(properties, ["model_dict"])
        alone = {"enum": [*own, "$schema"]}
        schema["if"] = {"propertyNames": {"anyOf": [alone, {"pattern": "^_"}]}}
        schema["then"] = {"properties": {"model_dict": strict}}
        schema["else"] = {"properties": {"model_dict": self._branches(_HEIR)}}
        return schema

    def _branches(self, place: Standing) -> dict[str, Any]:
        branch = {"type": "object", **self.define("model", place)}
        return {"patternProperties": _FREE, "additionalProperties": branch}

    def _shared_dict(self, field: SchemaField) -> dict[str, Any]:
        """Write the shared entries: a type map, a descriptor or a fitting net, by its type."""
        entry: dict[str, Any] = {"type": ["array", "object"], "items": {"type": "string"}}
        entry["allOf"] = []
        tags: list[str] = []
        untyped: list[dict[str, Any]] = []
        for place, variant, content in self._shareable():
            new = [tag for tag in variant.tags if tag not in tags]
            tags += new
            if variant.default is not None:
                untyped.append(content)
            if new:
                known = {"required": [variant.flag], "properties": {variant.flag: {"enum": new}}}
                entry["allOf"].append({"if": known, "then": content, "$comment": place})
        entry["properties"] = {"type": {"enum": tags}}
        absent = {"type": "object", "not": {"required": ["type"]}}
        entry["allOf"].append({"if": absent, "then": {"anyOf": untyped}})
        return {
            "description": DESCRIPTIONS["multitask/model/shared_dict"],
            **value_schema(field, None),
            "patternProperties": _FREE,
            "additionalProperties": entry,
        }

    def _shareable(self) -> Iterable[tuple[str, Variant, dict[str, Any]]]:
        """Give every kind of descriptor and fitting net that a branch may take."""
        seen: set[str] = set()
        for variant in self.table.body("model").variants:
            for body in variant.bodies.values():
                fields: Mapping[str, SchemaField] = self.table.body(body).fields if body else {}
                for name in ("descriptor", "fitting_net"):
                    content = fields[name].body if name in fields else None
                    if content is not None and content not in seen:
                        seen.add(content)
                        (inner,) = self.table.body(content).variants
                        yield name, inner, self.define(content, _PLAIN)


def _with_string(types: Any) -> list[str]:
    return [*(types if isinstance(types, list) else [types]), "string"]


def _closed_object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    schema: dict[str, Any] = {"properties": {**properties, "$schema": {"type": "string"}}}
    if required:
        schema["required"] = required
    return {**schema, "patternProperties": _FREE, "additionalProperties": False}
