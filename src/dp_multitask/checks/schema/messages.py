# SPDX-License-Identifier: LGPL-3.0-or-later
"""The words of the schema's findings, and how to mend what they say."""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Sequence
from typing import Any

from dp_multitask.checks.schema.constraints import Constraint
from dp_multitask.checks.schema.meant import choices_with, how_sure, is_comment_elsewhere, nearest
from dp_multitask.checks.schema.places import BRANCH, Place
from dp_multitask.checks.schema.table import Body, SchemaField, SchemaTable, Variant
from dp_multitask.checks.schema.value_types import describe_type, odd_item
from dp_multitask.diagnostics import Edit, Fix
from dp_multitask.errors import TreePath
from dp_multitask.records import NamedTuple
from dp_multitask.text.plain_data import describe, whole_number


class Words(NamedTuple):
    """What is said at a place: code, place, message, remedy, and the edits that mend it."""

    code: str
    path: TreePath
    message: str
    hint: str
    fix: Fix | None = None


WARNINGS = frozenset({"DPM018", "DPM019", "DPM023"})
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
    ("multitask/training", "fitting_weight"): "'model_prob' has the probabilities of the branches",
    ("training", "num_epoch_dict"): "only a multitask input has it; is 'model_dict' missing?",
    **{
        (section, key): f"it is an option of the command: 'dp train --{option} MODEL'"
        for section in ("training", "multitask/training", "single-task", "multitask")
        for key, option in (
            *(("load_ckpt", "init-model"), ("init_model", "init-model"), ("restart", "restart")),
            *(("finetune", "finetune"), ("init_frz_model", "init-frz-model")),
        )
    },
}
_NUMBER = re.compile(r"(-?(?:0|[1-9]\d*))(\.\d+)?([eE][-+]?\d+)?")


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
    here = (*path, key)
    hint, fix = BELONGS.get((owner, key), ""), None
    if key == "shared_links" and hint:
        fix = Fix.remove(here, "safe")
    others = [] if hint or near else choices_with(key, owner, table)
    if hint:
        pass
    elif near:
        hint = f"Did you mean {near!r}?"
        if near in given:
            hint = f"{near!r} is given too: remove one of the two"
        else:
            fix = Fix.rename(here, near, how_sure(key, near, (*body.fields, *body.alias)))
    elif elsewhere:
        hint = _written_as(elsewhere)
        if len(elsewhere) == 1 and BRANCH not in elsewhere[0].path:
            fix = Fix.move(here, elsewhere[0].path)
    elif others:
        hint = f"it is a key of {' and '.join(map(repr, others[:3]))}"
    elif is_comment_elsewhere(key):
        hint, fix = _as_comment(here, key, given)
    elif len(body.fields) + len(body.alias) <= 10:
        hint = f"known keys: {', '.join(sorted(body.fields))}"
    return Words("DPM011", here, f"unknown key {shorten(key)!r}", hint, fix)


def _as_comment(path: TreePath, key: str, given: Container[str]) -> tuple[str, Fix | None]:
    """Say how a comment is written, and write it so."""
    name = "_" + (key.strip("#/ ") or "comment")
    fix = None if name in given else Fix.rename(path, name, "safe")
    return f"a key that is a comment begins with '_', such as {name!r}", fix


def _written_as(elsewhere: Sequence[Place]) -> str:
    return f"write it as {' or '.join(map(str, elsewhere))}"


def outdated_key(key: str, path: TreePath, remedy: str) -> Words:
    """Describe a key that only earlier releases had."""
    return Words("DPM018", (*path, key), f"the key {key!r} is outdated", remedy)


def missing_key(field: SchemaField, path: TreePath, table: SchemaTable) -> Words:
    """Describe a key that must be given."""
    message = f"the key {field.name!r} is missing, expected {describe_type(field.type)}"
    hint = f"add {field.name!r}"
    for variant in table.body(field.owner).variants:
        if variant.flag == field.name:
            hint += f", one of {', '.join(variant.bodies)}"
    return Words("DPM012", (*path, field.name), message, hint)


def wrong_type(field: SchemaField, value: Any, path: TreePath) -> Words:
    """Describe a value of the wrong type."""
    found, odd = describe(value), None
    if isinstance(value, list) and value:
        odd = odd_item(field.type, value)
    if odd is not None:
        found = f"a list whose item {odd} is {describe(value[odd])}"
    message = f"found {found}, expected {describe_type(field.type)}"
    hint, meant = _as_meant(field, value)
    fix = None if meant is None else Fix.replace(path, meant, "safe")
    number = _NUMBER.fullmatch(value) if isinstance(value, str) and fix else None
    if number:
        spelling = _spelt(*number.groups())
        edit = Edit.replace(path, meant, spelling=spelling)
        if isinstance(meant, float) == ("." in spelling):
            fix = Fix(f"write {spelling}", (edit,), "safe")
    return Words("DPM013", path, message, hint, fix)


def _spelt(whole: str, fraction: str | None, exponent: str | None) -> str:
    """Spell a number so that JSON and YAML 1.1 read it: an exponent needs a dot and a sign."""
    if exponent is None:
        return whole + (fraction or "")
    sign = "" if exponent[1] in "+-" else "+"
    return f"{whole}{fraction or '.0'}e{sign}{exponent[1:]}"


def _as_meant(field: SchemaField, value: Any) -> tuple[str, Any]:
    """Say what to do about a value in the wrong form, and give it in the right one."""
    if isinstance(value, float) and "int" in field.type and value.is_integer():
        return f"write {int(value)}", int(value)
    if not isinstance(value, str):
        return "", None
    if "float" in field.type or "int" in field.type:
        try:
            number = float(value)
        except ValueError:
            return "", None
        meant: Any = int(number) if "int" in field.type and number.is_integer() else number
        hint = "write the number without quotes; in YAML write 1.0e-3, not 1e-3"
        return hint, meant if field.matches(meant) and number - number == 0 else None
    if field.type == "bool" and value.lower() in ("true", "false", "yes", "no"):
        return "write true or false without quotes", value.lower() in ("true", "yes")
    return "", None


def no_mapping(value: Any, path: TreePath, *, in_list: bool) -> Words:
    """Describe an item that should hold keys of its own."""
    message = f"found {describe(value)}, expected a mapping"
    hint = ""
    if in_list and isinstance(value, str):
        hint = "a reference may stand only in the hybrid descriptor of a branch"
    return Words("DPM013", path, message, hint)


def out_of_place(key: str, path: TreePath, elsewhere: Sequence[Place]) -> Words:
    """Describe a setting in the place of a branch."""
    message = f"{shorten(key)!r} stands where there is an entry for each branch"
    return Words("DPM011", (*path, key), message, _written_as(elsewhere))


def truth_value(field: SchemaField, value: bool, path: TreePath) -> Words:
    """Describe a truth value in the place of a number."""
    message = f"found {describe(value)}, expected {describe_type(field.type)}"
    hint = f"DeePMD-kit takes it for {int(value)}; write the number"
    return Words("DPM019", path, message, hint, Fix.replace(path, int(value), "safe"))


def unknown_choice(variant: Variant, tag: str, near: str | None, path: TreePath) -> Words:
    """Describe a flag whose value is none of the choices; `near` is the one that was meant."""
    message = f"unknown {variant.flag} {shorten(tag)!r}"
    hint = f"Did you mean {near!r}?" if near else f"expected one of {', '.join(variant.bodies)}"
    return Words("DPM014", path, message, hint, _choice(tag, near, variant.tags, path))


def _choice(found: str, near: str | None, known: Collection[str], path: TreePath) -> Fix | None:
    return None if near is None else Fix.replace(path, near, how_sure(found, near, known))


def out_of_range(
    field: SchemaField, constraint: Constraint, value: Any, path: TreePath
) -> Words:
    """Describe a value that breaks a constraint of the argument check."""
    return _not_allowed("DPM015", field, constraint, value, path)


def unusable(
    field: SchemaField, demanded: Constraint, value: Any, path: TreePath
) -> Words:
    """Describe a value that passes the argument check and stops the training."""
    return _not_allowed("DPM021", field, demanded, value, path)


def _not_allowed(
    code: str, field: SchemaField, constraint: Constraint, value: Any, path: TreePath
) -> Words:
    found = repr(value) if _is_short_list(value) else describe(value)
    message = f"found {found}, expected {constraint.expected}"
    if value is True:
        hint = "PyTorch takes no truth for a size: write 1"
        return Words(code, path, message, hint, Fix.replace(path, 1, "safe"))
    number = whole_number(value)
    if number is not None and field.matches(number) and constraint.allows(number):
        fix = Fix.replace(path, number, "safe")
        return Words(code, path, message, "write the number without quotes", fix)
    choices = constraint.choices
    near = nearest(value, list(choices)) if choices and isinstance(value, str) else None
    if near is None:
        return Words(code, path, message, "")
    choice = _choice(value, near, choices, path)
    return Words(code, path, message, f"Did you mean {near!r}?", choice)


def _is_short_list(value: Any) -> bool:
    """Tell a list that says more when it is shown than when it is described."""
    return isinstance(value, list) and len(repr(value)) <= 40


def same_setting(key: str, written: str, path: TreePath) -> Words:
    """Describe a setting that is given under two of its names."""
    message = f"{key!r} and {written!r} are two names of the same setting"
    hint = f"keep one of them; {written!r} is the one that counts"
    return Words("DPM016", (*path, key), message, hint, Fix.remove((*path, key), "safe"))


def key_not_text(key: object, path: TreePath) -> Words:
    """Describe a key that is no string, which only YAML can write."""
    shown = describe(key)
    message = f"found {shown} as a key, expected a string"
    return Words("DPM020", path, message, "put the key in quotes")


def shorten(text: str) -> str:
    """Cut a long name."""
    return text if len(text) <= 60 else text[:57] + "..."
