# SPDX-License-Identifier: LGPL-3.0-or-later
"""Shared references: what they name, how they are written, where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dp_multitask.checks.rules.rule import EVERY, SHARING, Finding, rule
from dp_multitask.checks.rules.types import known_type, looks_like_fitting
from dp_multitask.checks.rules.view import InputView, Reference, as_dict, type_of
from dp_multitask.config.reference import SHARED_ITEMS, misplaced_references
from dp_multitask.text.plain_data import describe, suggest

KIND = {"type_map": "type map", "descriptor": "descriptor", "fitting_net": "fitting net"}


@rule("DPM101", "error", *SHARING)
def unknown_shared_key(view: InputView) -> Iterator[Finding]:
    """The reference names no entry of `shared_dict`.

    A string under `type_map`, `descriptor` or `fitting_net` of a branch is the name of an entry
    of `model/shared_dict`. DeePMD-kit stops at a bare assertion that does not name the branch
    (and under `python -O` at a `KeyError`).

    Correct the name, or add the entry:

        "model": {
          "shared_dict": {"my_des": {"type": "se_e2_a", "sel": [46, 92]}},
          "model_dict": {"water": {"descriptor": "my_des"}}
        }
    """
    hints: dict[str, str] = {}
    for each in view.references:
        if each.key is None or each.key in view.shared:
            continue
        if each.key not in hints:
            # comparing names costs; that many wrong ones at once are no typos
            hints[each.key] = _hint_for_unknown(view, each.key if len(hints) < 50 else None)
        msg = f"the {KIND[each.item_key]} {each.key!r} is no entry of shared_dict"
        yield Finding(each.path, msg, hints[each.key])


@rule("DPM102", "error", *SHARING)
def malformed_reference(view: InputView) -> Iterator[Finding]:
    """The reference is neither `key` nor `key:level`.

    The level is one non-negative integer. DeePMD-kit reads `my_des:1:2` as level 1 without a
    word, lets `my_des:-1` pass until training starts, and stops at `my_des:` and `my_des:x` with
    a `ValueError` about an integer.

    Write `my_des` to share everything, `my_des:1` to share the type embedding only.
    """
    for each in view.references:
        if each.key is None:
            key, _, level = each.text.partition(":")
            msg = f"the share level in {each.text!r} is {level!r}, expected a non-negative integer"
            yield Finding(each.path, msg, f"write {key!r} or '{key}:1'")


@rule("DPM103", "error", *SHARING)
def wrong_kind_of_entry(view: InputView) -> Iterator[Finding]:
    """The reference names an entry of another kind.

    A type map is a list of element names; a descriptor and a fitting net are mappings, and their
    `type` must be one of a descriptor or a fitting net. DeePMD-kit puts whatever the name stands
    for into the branch and fails later, far from here: a type map as a descriptor ends in an
    `AttributeError`, an untyped fitting net as a descriptor is taken for `se_e2_a`.

    Name an entry of the right kind, or correct the entry.
    """
    for each in view.references:
        if each.key is None or each.key not in view.shared:
            continue
        problem = _kind_problem(each, view.shared[each.key])
        if problem:
            wanted = KIND[each.item_key]
            msg = f"a {wanted} is expected here, but {each.key!r} is {problem}"
            entry = ("model", "shared_dict", each.key)
            yield Finding(each.path, msg, _hint_for(view, each), covers=(entry,))


@rule("DPM104", "error", *SHARING)
def entry_of_two_kinds(view: InputView) -> Iterator[Finding]:
    """One shared entry is used both as a descriptor and as a fitting net.

    The links of a shared entry have one class, that of its first use; the other use is then
    shared with objects of a different class.

    Give each kind an entry of its own.
    """
    first: dict[str, Reference] = {}
    for each in view.references:
        if each.key is None or each.key not in view.shared or each.item_key == "type_map":
            continue
        earlier = first.setdefault(each.key, each)
        if earlier.item_key != each.item_key:
            msg = (
                f"{each.key!r} is used as a {KIND[each.item_key]} here and as a "
                f"{KIND[earlier.item_key]} in branch {earlier.branch!r}"
            )
            yield Finding(each.path, msg, "give each kind an entry of its own in shared_dict")


@rule("DPM105", "error", *SHARING)
def reference_not_expanded(view: InputView) -> Iterator[Finding]:
    """The reference stands where DeePMD-kit does not expand references.

    References are expanded in a branch's `type_map`, `descriptor` and `fitting_net`, and in the
    `list` of a hybrid descriptor that is written out in the branch. A string in the list of a
    hybrid inside `shared_dict`, or of a hybrid inside a hybrid, stays a string, and building the
    model fails.

    Write the member's parameters out there, or put the hybrid into the branch itself.
    """
    for key, entry in view.shared.items():
        for path, text in misplaced_references(entry, ("model", "shared_dict", key)):
            yield _not_expanded(path, text, f"the hybrid {key!r} of shared_dict")
    for branch in view.branches:
        hybrid = as_dict(branch.params.get("descriptor"))
        members = hybrid.get("list")
        if hybrid.get("type") != "hybrid" or not isinstance(members, list):
            continue
        for index, member in enumerate(members):
            here = (*branch.place("descriptor"), "list", index)
            for path, text in misplaced_references(member, here):
                yield _not_expanded(path, text, "a hybrid within a hybrid")


@rule("DPM106", "warning", *SHARING)
def unused_shared_entry(view: InputView) -> Iterator[Finding]:
    """No branch uses the shared entry.

    DeePMD-kit neither uses nor checks it. Often a branch holds a copy of the parameters instead
    of the reference, and then nothing is shared.

    Reference the entry, or remove it. Start its name with `_` if it is meant as a comment.
    """
    used = {each.key for each in view.references}
    for key in view.shared:
        if isinstance(key, str) and key not in used and not key.startswith("_"):
            if ":" in key:
                msg = f"no reference can name {key!r}: what follows the colon is read as a level"
                yield Finding(("model", "shared_dict", key), msg, "rename the entry", "key")
                continue
            msg = f"no branch uses the shared entry {key!r}"
            yield Finding(("model", "shared_dict", key), msg, _copy_hint(view, key), "key")


@rule("DPM107", "error", "single")
def reference_in_single_task(view: InputView) -> Iterator[Finding]:
    """A single-task input has no shared parts to reference.

    Only the branches of a `model_dict`, and the sub-models of a linear model with a `shared_dict`
    of its own, can name shared entries.

    Write the parameters out, or make the input a multitask one with `model/model_dict`.
    """
    for key in SHARED_ITEMS:
        value = view.model.get(key)
        if isinstance(value, str):
            msg = f"the {KIND[key]} must be written out in a single-task input, found {value!r}"
            yield Finding(("model", key), msg, "only branches of 'model/model_dict' share entries")


@rule("DPM108", "error", *EVERY)
def misspelled_model_section(view: InputView) -> Iterator[Finding]:
    """A key under `model` is almost `model_dict` or `shared_dict`.

    DeePMD-kit takes every other key directly under `model` for a default of all branches (or of
    a single model), so that the section it was meant to be is missing.

    Correct the name.
    """
    for wanted in ("model_dict", "shared_dict"):
        if wanted in view.model:
            continue
        near = suggest(wanted, (key for key in view.model if isinstance(key, str)))
        if near and near != "models" and isinstance(view.model[near], dict):
            msg = f"{near!r} is no section of model"
            yield Finding(("model", near), msg, f"Did you mean {wanted!r}?", "key")
    for key in ("model_dict", "shared_dict"):
        if key in view.data:
            msg = f"{key!r} stands at the top of the input"
            yield Finding((key,), msg, "move it into 'model'", "key")


def _hint_for_unknown(view: InputView, key: str | None) -> str:
    near = None if key is None else suggest(key, view.shared)
    if near:
        return f"Did you mean {near!r}?"
    if view.shared:
        return f"its entries: {_some(view.shared)}"
    return "add 'model/shared_dict' with this entry"


def _not_expanded(path: Any, text: str, place: str) -> Finding:
    msg = f"the reference {text!r} stands in {place}, where references are not expanded"
    hint = "write the member's parameters out, or put the hybrid into the branch itself"
    return Finding(path, msg, hint)


def _kind_problem(reference: Reference, entry: Any) -> str | None:
    """Say what an entry is, if it cannot be what the reference uses it as."""
    if reference.item_key == "type_map":
        return None if isinstance(entry, list) else describe(entry)
    if not isinstance(entry, dict):
        return "a type map" if isinstance(entry, list) else describe(entry)
    kind = reference.item_key
    other = "fitting_net" if kind == "descriptor" else "descriptor"
    named = type_of(entry, "")
    if named and known_type(kind, named) is None and known_type(other, named) is not None:
        return f"a {KIND[other]} (type {named!r})"
    if "type" not in entry and kind == "descriptor" and looks_like_fitting(entry):
        return "a fitting net without a type"
    return None


def _hint_for(view: InputView, reference: Reference) -> str:
    candidates = [key for key, entry in view.shared.items() if _is_of_kind(reference, key, entry)]
    if len(candidates) == 1:
        return f"Did you mean {candidates[0]!r}?"
    return f"name a {KIND[reference.item_key]} of shared_dict"


def _is_of_kind(reference: Reference, key: Any, entry: Any) -> bool:
    """Tell whether an entry is surely what the reference needs."""
    if reference.item_key == "type_map":
        return isinstance(entry, list)
    named = type_of(entry, "") or ""
    return key != reference.key and known_type(reference.item_key, named) is not None


def _copy_hint(view: InputView, key: str) -> str:
    entry = view.shared[key]
    for branch in view.branches:
        for item in SHARED_ITEMS:
            if branch.params.get(item) == entry:
                return f"branch {branch.name!r} holds a copy of it; write {key!r} there to share it"
    return "reference it or remove it"


def _some(names: Any) -> str:
    shown = [str(name) for name in names]
    return ", ".join(shown[:8]) + (", ..." if len(shown) > 8 else "")
