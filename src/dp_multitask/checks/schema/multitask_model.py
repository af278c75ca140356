# SPDX-License-Identifier: LGPL-3.0-or-later
"""The ``model`` of a multitask input as it is written: branches, cascading keys, shared entries.

These are no part of DeePMD-kit's own argument check, which sees the input after it was expanded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.checks.schema import messages
from dp_multitask.checks.schema.meant import meant_choice, meant_key
from dp_multitask.checks.schema.places import where_it_belongs
from dp_multitask.checks.schema.table import Body, SchemaField
from dp_multitask.checks.schema.walk import BRANCH_REFERENCES, COMMENT, EDITOR_KEY, Use, Walk
from dp_multitask.errors import TreePath, format_path
from dp_multitask.records import NamedTuple
from dp_multitask.text.plain_data import describe

MODEL: TreePath = ("model",)
MODEL_DICT: TreePath = ("model", "model_dict")
SHARED_DICT: TreePath = ("model", "shared_dict")
BODY = "multitask/model"
BRANCH_BODY = "model"

_KINDS = {"type_map": "a type map", "descriptor": "a descriptor", "fitting_net": "a fitting net"}


def check_model(walk: Walk, model: Mapping[Any, Any]) -> None:
    """Check the ``model`` section of a multitask input."""
    own = walk.table.body(BODY)
    branches, shared = model["model_dict"], model.get("shared_dict")
    above = {
        key: value
        for key, value in model.items()
        if key not in own.fields and isinstance(key, str) and not _is_free(key)
    }
    if not walk.table.cascades:
        for key in above:
            near = meant_key(key, model[key], own, model)
            words = messages.unknown_key(key, MODEL, BODY, own, walk.table, near)
            hint = words.hint or "write it in each branch (3.2 takes it here)"
            walk.report(*words._replace(hint=hint))
        above = {}
    for key in model:
        if not isinstance(key, str):
            walk.report(*messages.key_not_text(key, MODEL))
    for name, value in (("model_dict", branches), ("shared_dict", shared)):
        if name in model and not isinstance(value, dict):
            walk.report(*messages.wrong_type(own.fields[name], value, (*MODEL, name)))
    inherited = _check_cascade(walk, above, branches if isinstance(branches, dict) else {})
    if isinstance(branches, dict):
        _check_branches(walk, branches, inherited)
    if isinstance(shared, dict):
        _check_shared(walk, shared)


def _is_free(key: str) -> bool:
    return key.startswith(COMMENT) or key == EDITOR_KEY


def _check_branches(
    walk: Walk, branches: Mapping[Any, Any], inherited: Mapping[str, Any]
) -> None:
    for name, branch in branches.items():
        path = (*MODEL_DICT, name)
        if not isinstance(name, str):
            walk.report(*messages.key_not_text(name, MODEL_DICT))
        elif name.startswith(COMMENT):
            continue  # DeePMD-kit takes it for a comment
        elif not isinstance(branch, dict):
            if not walk.is_out_of_place(BRANCH_BODY, name, branch, MODEL_DICT):
                walk.report(*messages.no_mapping(branch, path, in_list=False))
        else:
            walk.mapping(
                BRANCH_BODY, branch, path, references=BRANCH_REFERENCES, inherited=inherited
            )


class _Receiver(NamedTuple):
    """The branches of one model type, as far as they take a cascading key."""

    names: tuple[str, ...]
    complete: bool
    branches: list[tuple[str, Mapping[Any, Any]]]


def _check_cascade(
    walk: Walk, above: Mapping[str, Any], branches: Mapping[Any, Any]
) -> Mapping[str, Any]:
    """Check the keys directly under ``model``, which reach every branch that lacks them.

    Returns
    -------
    dict
        What the branches inherit, without a model type that is none: it is reported here, once.
    """
    if not above:
        return {}
    inherited = dict(above)
    for variant in walk.table.body(BRANCH_BODY).variants:
        tag = above.get(variant.flag)
        if tag is not None and variant.canonical(tag) is None:
            if isinstance(tag, str):
                near = meant_choice(tag, variant, above, walk.table)
                walk.report(*messages.unknown_choice(variant, tag, near, (*MODEL, variant.flag)))
            del inherited[variant.flag]
    receivers = _receivers(walk, inherited, branches)
    for key, value in above.items():
        _check_cascading_key(walk, key, value, receivers)
    return inherited


def _receivers(
    walk: Walk, inherited: Mapping[str, Any], branches: Mapping[Any, Any]
) -> list[_Receiver]:
    quiet = Walk(walk.table)  # a branch's own type is reported where the branch is checked
    found: dict[tuple[str, ...], _Receiver] = {}
    usable = {
        name: branch
        for name, branch in branches.items()
        if isinstance(branch, dict) and isinstance(name, str) and not name.startswith(COMMENT)
    }
    for name, branch in (usable or {"": {}}).items():
        names, complete = quiet.choose(BRANCH_BODY, branch, (), inherited)
        receiver = found.setdefault(names, _Receiver(names, complete, []))
        receiver.branches.append((name, branch))
    return list(found.values())


def _check_cascading_key(walk: Walk, key: str, value: Any, receivers: list[_Receiver]) -> None:
    path = (*MODEL, key)
    fields: dict[str, SchemaField] = {}
    refused: list[str] = []
    for receiver in receivers:
        body = walk.table.merged(receiver.names)
        field = body.fields.get(key) or body.fields.get(body.alias.get(key, ""))
        if field is not None:
            fields.setdefault(field.place, field)
        elif receiver.complete:
            refused += [name for name, branch in receiver.branches if key not in branch]
    if not fields:
        body = walk.table.merged(receivers[0].names)
        own = walk.table.body(BODY)
        elsewhere = where_it_belongs(walk.table, key, value, MODEL, walk.config)
        both = Body({**own.fields, **body.fields}, body.alias, ())
        near = None if elsewhere else meant_key(key, value, both, {}, BRANCH_REFERENCES)
        words = messages.unknown_key(
            key, MODEL, BRANCH_BODY, body, walk.table, near, elsewhere
        )
        walk.moved.update(each.path for each in elsewhere)
        if elsewhere:
            walk.strays[path] = elsewhere
        walk.report(*words)
    elif refused:
        branch = messages.shorten(refused[0])
        message = f"unknown key {key!r} in branch {branch!r}, which gets it from here"
        walk.report("DPM011", path, message, "write it in the branches that have such a key")
    for field in fields.values():
        walk.value(field, value, path, BRANCH_REFERENCES)


def _check_shared(walk: Walk, shared: Mapping[Any, Any]) -> None:
    """Check every shared entry once for each thing that its users take it for."""
    uses: dict[str, dict[tuple[str, bool], Use]] = {}
    for reference, use in walk.uses:
        key = reference.split(":")[0]
        hybrid_item = use.field.repeat
        uses.setdefault(key, {}).setdefault((use.field.place, hybrid_item), use)
    for key, value in shared.items():
        path = (*SHARED_DICT, key)
        if not isinstance(key, str):
            walk.report(*messages.key_not_text(key, SHARED_DICT))
        elif _is_free(key):
            continue
        elif key in uses:
            for use in uses[key].values():
                _check_entry(walk, use, value, path)
        else:
            _check_unused(walk, value, path)


def _check_entry(walk: Walk, use: Use, value: Any, path: TreePath) -> None:
    if not use.field.repeat and use.field.matches(value):
        walk.value(use.field, value, path)
        return
    if use.field.repeat and isinstance(value, dict) and use.field.body is not None:
        walk.mapping(use.field.body, value, path)
        return
    kind = _KINDS.get(use.field.name, "a part of a hybrid descriptor")
    _, _, message, hint, _ = (
        messages.no_mapping(value, path, in_list=False)
        if use.field.repeat
        else messages.wrong_type(use.field, value, path)
    )
    users = f"{format_path(use.path)!r} takes it for {kind}"
    walk.report("DPM013", path, f"{message}: {users}", hint)


def _check_unused(walk: Walk, value: Any, path: TreePath) -> None:
    """Check an entry without users as what it most looks like; findings are warnings."""
    best: Walk | None = None
    body = walk.table.merged((BRANCH_BODY, "model[standard]"))
    for name in _KINDS:
        field = body.fields.get(name)
        if field is None or not field.matches(value):
            continue
        trial = Walk(walk.table, "warning")
        trial.value(field, value, path)
        if best is None or _count(trial) < _count(best):
            best = trial
    if best is None:
        best = Walk(walk.table, "warning")
        found = f"found {describe(value)}"
        expected = "a type map (a list of strings), a descriptor or a fitting net (mappings)"
        best.report("DPM013", path, f"{found}, expected {expected}")
    walk.findings.extend(best.findings)
    walk.said_with.update(best.said_with)


def _count(walk: Walk) -> int:
    """Count findings, without the keys that a missing section speaks for."""
    return len(walk.findings) - len(walk.said_with)
