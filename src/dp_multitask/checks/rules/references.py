# SPDX-License-Identifier: LGPL-3.0-or-later
"""Shared references: what they name, how they are written, where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dp_multitask.checks.rules.rule import EVERY, Finding, rule
from dp_multitask.checks.rules.view import InputView, as_dict, type_of
from dp_multitask.config import reference_findings
from dp_multitask.config.component_sites import looks_like_fitting
from dp_multitask.config.reference import ITEM_NAMES, SHARED_ITEMS, parse_reference
from dp_multitask.diagnostics import Fix
from dp_multitask.errors import TreePath
from dp_multitask.registry import find_type
from dp_multitask.text.plain_data import is_commented_out, suggest

_TEXTS = frozenset(("type", "finetune_head", "bridging_method"))
"""Keys of a branch that are texts themselves."""


@rule("DPM101", "error")
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
    return reference_findings.unknown(view)


@rule("DPM102", "error")
def malformed_reference(view: InputView) -> Iterator[Finding]:
    """The reference is neither `key` nor `key:level`.

    The level is one non-negative integer. DeePMD-kit reads `my_des:1:2` as level 1 without a
    word, lets `my_des:-1` pass until training starts, and stops at `my_des:` and `my_des:x` with
    a `ValueError` about an integer.

    Write `my_des` to share everything, `my_des:1` to share the type embedding only.
    """
    return reference_findings.malformed(view)


@rule("DPM103", "error")
def wrong_kind_of_entry(view: InputView) -> Iterator[Finding]:
    """The reference names an entry of another kind.

    A type map is a list of element names; a descriptor and a fitting net are mappings, and their
    `type` must be one of a descriptor or a fitting net. DeePMD-kit puts whatever the name stands
    for into the branch and fails later, far from here: a type map as a descriptor ends in an
    `AttributeError`, an untyped fitting net as a descriptor is taken for `se_e2_a`.

    Name an entry of the right kind, or correct the entry.
    """
    # DPM005 says of a `$ref` that it is none of ours
    elsewhere = {
        each.path for each in view.references if "$ref" in as_dict(view.shared.get(each.key))
    }
    for finding in reference_findings.of_wrong_kind(view):
        if finding.path not in elsewhere:
            yield finding
    for each in view.references:
        entry = None if each.key is None else view.shared.get(each.key)
        if isinstance(entry, dict) and each.item_key != "type_map" and each.path not in elsewhere:
            found = _other_kind(each.item_key, entry)
            if found:
                yield reference_findings.wrong_kind(view, each, found)


@rule("DPM104", "error")
def entry_of_two_kinds(view: InputView) -> Iterator[Finding]:
    """One shared entry is used both as a descriptor and as a fitting net.

    The links of a shared entry have one class, that of its first use; the other use is then
    shared with objects of a different class.

    Give each kind an entry of its own.
    """
    return reference_findings.of_two_kinds(view)


@rule("DPM105", "error")
def reference_not_expanded(view: InputView) -> Iterator[Finding]:
    """The reference stands where DeePMD-kit does not expand references.

    References are expanded in a branch's `type_map`, `descriptor` and `fitting_net`, and in the
    `list` of a hybrid descriptor that is written out in the branch. A string in the list of a
    hybrid inside `shared_dict`, or of a hybrid inside a hybrid, stays a string, and building the
    model fails; so does one in another key of a branch, unless that is a comment.

    Write the member's parameters out there, or put the hybrid into the branch itself.
    """
    yield from reference_findings.not_expanded(view)
    for branch in view.branches:
        for key, value in branch.own.items():
            named = parse_reference(value)[0] if isinstance(value, str) else None
            if key in ITEM_NAMES or str(key).startswith("_"):
                continue
            if not isinstance(view.shared.get(named), dict):
                continue
            if key not in _TEXTS:
                msg = f"the reference {value!r} stands in {key!r}, which cannot name a shared entry"
                entry = ("model", "shared_dict", named or "")
                hint = "write the parameters out in the branch"
                yield Finding((*branch.path, key), msg, hint, covers=(entry,))


@rule("DPM106", "warning")
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
            path = ("model", "shared_dict", key)
            yield Finding(path, msg, _copy_hint(view, key), "key", fix=Fix.remove(path))


@rule("DPM107", "error", "single")
def reference_in_single_task(view: InputView) -> Iterator[Finding]:
    """A single-task input has no shared parts to reference.

    Only the branches of a `model_dict` can name shared entries. The sub-models of a linear model
    cannot: DeePMD-kit's argument check (3.2.0) has a key `shared_dict` beside them, but takes no
    name in place of their parameters, and the job stops.

    Write the parameters out, or make the input a multitask one with `model/model_dict`.
    """
    return reference_findings.without_branches(view.model)


@rule("DPM108", "error", *EVERY)
def misspelled_model_section(view: InputView) -> Iterator[Finding]:
    """A section of `model` is almost called `model_dict` or `shared_dict`, or stands elsewhere.

    DeePMD-kit takes every other key directly under `model` for a default of all branches (or of
    a single model), so that the section it was meant to be is missing. What follows from that is
    not reported.

    Correct the name, or move the section into `model`.
    """
    for wanted in ("model_dict", "shared_dict"):
        if wanted in view.model:
            continue
        near = suggest(wanted, (key for key in view.model if not is_commented_out(key)))
        if near and near != "models" and isinstance(view.model[near], dict):
            msg = f"{near!r} is no section of model"
            place: TreePath = ("model", near)
            hint, covers = f"Did you mean {wanted!r}?", _consequences(view, wanted)
            yield Finding(place, msg, hint, "key", covers, Fix.rename(place, wanted))
    if view.kind == "multitask" and "shared_dict" not in view.by_name:
        yield from _shared_among_branches(view)
    for key in ("model_dict", "shared_dict"):
        if key in view.data:
            msg = f"{key!r} stands at the top of the input"
            fix = None if key in view.model else Fix.move((key,), ("model", key))
            covers = () if fix is None else _consequences(view, key)
            yield Finding((key,), msg, "move it into 'model'", "key", covers, fix)


def _shared_among_branches(view: InputView) -> Iterator[Finding]:
    place: TreePath = ("model", "model_dict", "shared_dict")
    entries = view.at(place)
    if isinstance(entries, dict):
        msg = "'shared_dict' stands among the branches"
        fix = None if "shared_dict" in view.model else Fix.move(place, ("model", "shared_dict"))
        covers = (place, *(() if fix is None else _consequences(view, "shared_dict")))
        yield Finding(place, msg, "move it into 'model'", "key", covers, fix)


def _consequences(view: InputView, section: str) -> tuple[TreePath, ...]:
    """Tell where findings are that follow from a missing section alone."""
    if section == "model_dict":
        return ((),)  # everything is read as an input of a single task
    return tuple(each.path for each in view.references)


def _other_kind(kind: str, entry: dict[Any, Any]) -> str | None:
    """Say what an entry is, if its parameters are those of another kind."""
    other = "fitting_net" if kind == "descriptor" else "descriptor"
    named = type_of(entry, "")
    if named and find_type(kind, named) is None and find_type(other, named) is not None:
        return f"a {ITEM_NAMES[other]} (type {named!r})"
    if "type" not in entry and kind == "descriptor" and looks_like_fitting(entry):
        return "a fitting net without a type"
    return None


def _copy_hint(view: InputView, key: str) -> str:
    entry = view.shared[key]
    for branch in view.branches:
        for item in SHARED_ITEMS:
            if branch.params.get(item) == entry:
                return f"branch {branch.name!r} holds a copy of it; write {key!r} there to share it"
    return "reference it or remove it"
