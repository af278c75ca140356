# SPDX-License-Identifier: LGPL-3.0-or-later
"""The words of the schema's findings: ``(code, path, message, hint)`` each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dp_multitask.checks.schema.constraints import Constraint
from dp_multitask.checks.schema.table import Body, Field, SchemaTable, Variant
from dp_multitask.checks.schema.value_types import describe_type, describe_value
from dp_multitask.errors import TreePath
from dp_multitask.text.plain_data import suggest

Words = tuple[str, TreePath, str, str]

WARNINGS = frozenset({"DPM018", "DPM019"})
"""Codes that never count as errors: DeePMD-kit accepts such an input."""

# Where a key belongs that is often written in the wrong kind of input.
BELONGS = {
    ("multitask", "shared_links"): "resolving adds it; DeePMD-kit takes the input without it",
    ("single-task", "shared_links"): "resolving adds it; DeePMD-kit takes the input without it",
    ("multitask", "loss"): "a multitask input has 'loss_dict' with one loss for each branch",
    ("single-task", "loss_dict"): "a single-task input has 'loss'; or is 'model_dict' missing?",
    ("multitask/training", "training_data"): "write it in 'data_dict', below its branch",
    ("multitask/training", "validation_data"): "write it in 'data_dict', below its branch",
    ("multitask/training", "stat_file"): "write it in 'data_dict', below its branch",
    ("training", "data_dict"): "a single-task input has 'training_data'; or is 'model_dict' "
    "missing?",
    ("training", "model_prob"): "only a multitask input has it; is 'model_dict' missing?",
    ("training", "num_epoch_dict"): "only a multitask input has it; is 'model_dict' missing?",
}


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Give the name that was probably meant."""
    return suggest(name[:100], names)  # a name that long is no typo, only slow to compare


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Give ``Did you mean 'sel'?``, or nothing."""
    close = nearest(name, list(names))
    return f"Did you mean {close!r}?" if close else ""


def unknown_key(
    key: str, path: TreePath, owner: str, body: Body, table: SchemaTable, near: str | None
) -> Words:
    """Describe a key that a mapping does not have; `near` is a key that it does have."""
    names = [*body.fields, *body.alias]
    hint = BELONGS.get((owner, key)) or (f"Did you mean {near!r}?" if near else "")
    if not hint:
        others = _choices_with(key, owner, table)
        if others:
            hint = f"it is a key of {' and '.join(map(repr, others[:3]))}"
        elif len(names) <= 10:
            hint = f"known keys: {', '.join(sorted(body.fields))}"
    return "DPM011", (*path, key), f"unknown key {shorten(key)!r}", hint


def outdated_key(key: str, path: TreePath, remedy: str) -> Words:
    """Describe a key that only earlier releases had."""
    return "DPM018", (*path, key), f"the key {key!r} is outdated", remedy


def _choices_with(key: str, owner: str, table: SchemaTable) -> list[str]:
    """Give the choices of a body's variants that do have a key."""
    found = []
    for variant in table.body(owner).variants:
        for tag, name in variant.bodies.items():
            if name is not None:
                body = table.body(name)
                if key in body.fields or key in body.alias:
                    found.append(tag)
    return found


def missing_key(field: Field, path: TreePath, table: SchemaTable) -> Words:
    """Describe a key that must be given."""
    message = f"the key {field.name!r} is missing, expected {describe_type(field.type)}"
    hint = f"add {field.name!r}"
    for variant in table.body(field.owner).variants:
        if variant.flag == field.name:
            hint += f", one of {', '.join(variant.bodies)}"
    return "DPM012", (*path, field.name), message, hint


def wrong_type(field: Field, value: Any, path: TreePath) -> Words:
    """Describe a value of the wrong type."""
    message = f"found {describe_value(value)}, expected {describe_type(field.type)}"
    return "DPM013", path, message, _type_hint(field, value)


def _type_hint(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        return ""
    if "float" in field.type or "int" in field.type:
        try:
            float(value)
        except ValueError:
            return ""
        return "write the number without quotes; in YAML write 1.0e-3, not 1e-3"
    if field.type == "bool" and value.lower() in ("true", "false", "yes", "no"):
        return "write true or false without quotes"
    return ""


def no_mapping(value: Any, path: TreePath, *, in_list: bool) -> Words:
    """Describe an item that should hold keys of its own."""
    message = f"found {describe_value(value)}, expected a mapping"
    hint = ""
    if in_list and isinstance(value, str):
        hint = "a reference may stand only in the hybrid descriptor of a branch"
    return "DPM013", path, message, hint


def truth_value(field: Field, value: bool, path: TreePath) -> Words:
    """Describe a truth value in the place of a number."""
    message = f"found {describe_value(value)}, expected {describe_type(field.type)}"
    return "DPM019", path, message, f"DeePMD-kit takes it for {int(value)}; write the number"


def unknown_choice(variant: Variant, tag: str, path: TreePath) -> Words:
    """Describe a flag whose value is none of the choices."""
    message = f"unknown {variant.flag} {shorten(tag)!r}"
    hint = did_you_mean(tag, variant.tags) or f"expected one of {', '.join(variant.bodies)}"
    return "DPM014", path, message, hint


def out_of_range(constraint: Constraint, value: Any, path: TreePath) -> Words:
    """Describe a value that breaks a constraint."""
    message = f"found {describe_value(value)}, expected {constraint.expected}"
    hint = ""
    choices = getattr(constraint, "choices", ())
    if choices and isinstance(value, str):
        hint = did_you_mean(value, choices)
    return "DPM015", path, message, hint


def same_setting(key: str, written: str, path: TreePath) -> Words:
    """Describe a setting that is given under two of its names."""
    message = f"{key!r} and {written!r} are two names of the same setting"
    return "DPM016", (*path, key), message, f"keep one of them; {written!r} is the one that counts"


def key_not_text(key: object, path: TreePath) -> Words:
    """Describe a key that is no string, which only YAML can write."""
    shown = describe_value(key)
    return "DPM020", path, f"found {shown} as a key, expected a string", "put the key in quotes"


def shorten(text: str) -> str:
    """Cut a long name."""
    return text if len(text) <= 60 else text[:57] + "..."
