# SPDX-License-Identifier: LGPL-3.0-or-later
"""The values in force in a part of an input: defaults filled in, names as DeePMD-kit ends up with.

Of an input that is right they are what `normalize` gives, key order included, and what dargs would.
This looks at any part of any input and keeps what it does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.checks.schema.extract import MULTITASK, SINGLE_TASK
from dp_multitask.checks.schema.findings import is_multitask
from dp_multitask.checks.schema.table import Body, SchemaField, SchemaTable, load_table
from dp_multitask.checks.schema.walk import Walk
from dp_multitask.text.plain_data import copy_tree

STOP_LR = 5e-8
_PARTS = ("model", "model[standard]")


def in_force(config: Mapping[str, Any], *, version: str = "3.2") -> dict[str, Any]:
    """Give a resolved input with every default filled in, without comments.

    References of a multitask input are expanded; keys that the release does not know stay.
    """
    root = MULTITASK if is_multitask(config) else SINGLE_TASK
    result = _Filling(load_table(version)).body(root, config)
    _fill_stop_lr(result)
    return result


def with_usual_names(config: Mapping[str, Any], *, version: str = "3.2") -> dict[str, Any]:
    """Copy a resolved input without comments, every key under the name that counts."""
    root = MULTITASK if is_multitask(config) else SINGLE_TASK
    return _Filling(load_table(version), defaults=False).body(root, config)


def model_in_force(model: Mapping[str, Any], *, version: str = "3.2") -> dict[str, Any]:
    """Give the section ``model`` of a single task with every default filled in."""
    return _Filling(load_table(version)).body("model", model)


def _fill_stop_lr(config: Mapping[str, Any]) -> None:
    """Set the final learning rate where neither it nor its ratio is given (since 3.1)."""
    schedule = config.get("learning_rate")
    if not isinstance(schedule, dict) or "stop_lr_ratio" not in schedule:
        return
    if schedule.get("stop_lr") is None and schedule["stop_lr_ratio"] is None:
        schedule["stop_lr"] = STOP_LR


def part_in_force(part: str, params: Any, *, version: str = "3.2") -> Any:
    """Give a ``descriptor`` or ``fitting_net`` with every default filled in."""
    table = load_table(version)
    field = table.merged(_PARTS).fields.get(part)
    if field is None or field.body is None or not isinstance(params, Mapping):
        return params
    return _Filling(table).body(field.body, params)


class _Filling:
    """One way of writing a config out: with defaults, or under usual names alone."""

    def __init__(self, table: SchemaTable, *, defaults: bool = True) -> None:
        self.table = table
        self.defaults = defaults

    def body(self, name: str, data: Mapping[Any, Any]) -> dict[str, Any]:
        names, _ = Walk(self.table).choose(name, data, (), {})
        body = self.table.merged(names)
        tags = {
            variant.flag: variant
            for each in names
            for variant in self.table.body(each).variants
        }
        result: dict[str, Any] = {}
        others: dict[str, Any] = {}
        for key, value in data.items():
            if isinstance(key, str) and key.startswith("_"):
                continue
            field = _field_of(body, key)
            if field is None:
                result[key] = copy_tree(value)
            elif field.name in tags:
                result[field.name] = tags[field.name].canonical(value) or value
            else:
                (result if key == field.name else others)[field.name] = self.value(field, value)
        # as in DeePMD-kit, what had another name comes behind the rest
        result |= {name: others[name] for name in body.fields if name in others}
        for field in body.fields.values() if self.defaults else ():
            if field.name not in result and field.has_default:
                result[field.name] = copy_tree(field.default)
        return result

    def value(self, field: SchemaField, value: Any) -> Any:
        name = field.body
        if name is None:
            return copy_tree(_without_comments(value))
        if not field.repeat:
            return self.body(name, value) if isinstance(value, Mapping) else value
        if isinstance(value, Mapping):
            return {
                key: self.body(name, each) if isinstance(each, Mapping) else each
                for key, each in value.items()
                if not str(key).startswith("_")
            }
        if isinstance(value, list):
            return [self.body(name, each) if isinstance(each, Mapping) else each for each in value]
        return value


def _without_comments(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {key: each for key, each in value.items() if not str(key).startswith("_")}


def _field_of(body: Body, key: Any) -> SchemaField | None:
    return body.fields.get(key) or body.fields.get(body.alias.get(key, ""))
