# SPDX-License-Identifier: LGPL-3.0-or-later
"""The words of the schema's findings: ``(code, path, message, hint)`` each."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

from dp_multitask.checks.schema.constraints import Constraint
from dp_multitask.checks.schema.places import Place
from dp_multitask.checks.schema.table import Body, Field, SchemaTable, Variant
from dp_multitask.checks.schema.training_values import Demand
from dp_multitask.checks.schema.value_types import describe_type, describe_value
from dp_multitask.errors import TreePath
from dp_multitask.text.plain_data import suggest

Words = tuple[str, TreePath, str, str]

WARNINGS = frozenset({"DPM018", "DPM019"})
"""Codes that never count as errors: DeePMD-kit accepts such an input."""

# What to do about a key that has no place anywhere, but is known to be written.
BELONGS = {
    ("multitask", "shared_links"): "resolving adds it; DeePMD-kit takes the input without it",
    ("single-task", "shared_links"): "resolving adds it; DeePMD-kit takes the input without it",
    ("multitask", "loss"): "a multitask input has 'loss_dict' with one loss for each branch",
    ("single-task", "loss_dict"): "a single-task input has 'loss'; or is 'model_dict' missing?",
    ("training", "data_dict"): "a single-task input has 'training_data'; or is 'model_dict' "
    "missing?",
    ("training", "model_prob"): "only a multitask input has it; is 'model_dict' missing?",
    ("training", "num_epoch_dict"): "only a multitask input has it; is 'model_dict' missing?",
}
_VERY_NEAR = 0.85


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Give the name that was probably meant."""
    return suggest(name[:100], names)  # a name that long is no typo, only slow to compare


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Give ``Did you mean 'sel'?``, or nothing."""
    close = nearest(name, list(names))
    return f"Did you mean {close!r}?" if close else ""


def meant_key(
    key: str, value: Any, body: Body, given: Mapping[Any, Any], references: Container[str] = ()
) -> str | None:
    """Give the key of a section that was probably meant by an unknown one.

    It has to be absent and to hold what the unknown key holds, unless it is all but the same
    word: a key of another kind, however alike its name, is not what was meant.
    """
    names = {name: body.fields[name] for name in body.fields} | {
        alias: body.fields[name] for alias, name in body.alias.items()
    }
    near = nearest(key, names)
    if near is not None and _alike(key, near):
        return body.alias.get(near, near)
    fitting = [
        name
        for name, field in names.items()
        if name not in given
        and (field.matches(value) or (isinstance(value, str) and name in references))
    ]
    near = nearest(key, fitting)
    return None if near is None else body.alias.get(near, near)


def _alike(one: str, other: str) -> bool:
    from difflib import SequenceMatcher

    return SequenceMatcher(None, one.lower(), other.lower()).ratio() >= _VERY_NEAR


def unknown_key(
    key: str,
    path: TreePath,
    owner: str,
    body: Body,
    table: SchemaTable,
    near: str | None,
    elsewhere: Sequence[Place] = (),
    given: Container[str] = (),
) -> Words:
    """Describe a key that a mapping does not have.

    `near` is a key that it may have, `given` are those that it has, and `elsewhere` are the places
    where the key itself may stand.
    """
    hint = BELONGS.get((owner, key), "")
    others = [] if hint or near else _choices_with(key, owner, table)
    if hint:
        pass
    elif near:
        hint = f"Did you mean {near!r}?"
        if near in given:
            hint = f"{near!r} is given too: remove one of the two"
    elif elsewhere:
        hint = f"write it as {' or '.join(map(str, elsewhere))}"
    elif others:
        hint = f"it is a key of {' and '.join(map(repr, others[:3]))}"
    elif len(body.fields) + len(body.alias) <= 10:
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
    """Describe a value that breaks a constraint of the argument check."""
    return "DPM015", *_not_allowed(constraint, value, path)


def unusable(demanded: Demand, value: Any, path: TreePath) -> Words:
    """Describe a value that passes the argument check and stops the training."""
    return "DPM021", *_not_allowed(demanded, value, path)


def _not_allowed(
    constraint: Constraint | Demand, value: Any, path: TreePath
) -> tuple[TreePath, str, str]:
    found = repr(value) if _is_short_list(value) else describe_value(value)
    choices = getattr(constraint, "choices", ())
    hint = did_you_mean(value, choices) if choices and isinstance(value, str) else ""
    return path, f"found {found}, expected {constraint.expected}", hint


def _is_short_list(value: Any) -> bool:
    """Tell a list that says more when it is shown than when it is described."""
    return isinstance(value, list) and len(repr(value)) <= 40


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
