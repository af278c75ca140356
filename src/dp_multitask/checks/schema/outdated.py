# SPDX-License-Identifier: LGPL-3.0-or-later
"""Keys of earlier releases that ``dp train`` still takes: it drops them or moves them.

Read off ``deepmd.utils.compat`` and the argument check of deepmd-kit 3.2.0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dp_multitask.checks.schema import messages
from dp_multitask.checks.schema.meant import meant_choice
from dp_multitask.checks.schema.messages import Words
from dp_multitask.checks.schema.table import SchemaField, SchemaTable
from dp_multitask.config.outdated_forms import OPTIMIZER_KEYS, VERSION_1_DATA_KEYS, WARMUP_KEYS
from dp_multitask.diagnostics import Diagnostic, Fix
from dp_multitask.errors import TreePath

_CODE = "DPM018"
_DATA = ("training_data", "validation_data")
_TRAINING = ("training", "multitask/training")
_UNUSED = "it has no effect any more: remove it"


def outdated(key: str, owner: str, data: Mapping[object, object], sections: list[str]) -> str:
    """Say what to do about a key that only earlier releases know; nothing if it is simply unknown.

    `owner` is the body that it stands in, `data` all that stands there; `sections` are the bodies
    of the release, which tell what it has.
    """
    if key in VERSION_1_DATA_KEYS and "systems" not in data:
        return outdated_keys(owner, sections).get(key, "") if owner != "training" else ""
    return outdated_keys(owner, sections).get(key, "")


def outdated_keys(owner: str, sections: list[str]) -> dict[str, str]:
    """Give the outdated keys of a body with what to do about each."""
    if owner.rsplit("/", 1)[-1] in _DATA:
        return {"set_prefix": _UNUSED}
    if owner not in _TRAINING:
        return {}
    found = {"numb_test": _UNUSED}
    if "optimizer" in sections:
        found |= dict.fromkeys(WARMUP_KEYS, "write it in 'learning_rate'")
        for key in OPTIMIZER_KEYS:
            name = "type" if key == "opt_type" else key
            found[key] = f"write it in 'optimizer' as {name!r}"
    if owner == "training":
        old = "the form of version 1: write it in 'training_data'"
        found |= dict.fromkeys(VERSION_1_DATA_KEYS, old)
    return found


def moved_field(key: str, table: SchemaTable) -> SchemaField | None:
    """Give the setting that ``dp train`` makes of an outdated key, if it keeps its name."""
    return table.body("learning_rate").fields.get(key) if key in WARMUP_KEYS else None


def wrong_choice(key: str, value: Any, path: TreePath, table: SchemaTable) -> Iterator[Words]:
    """Describe the value of an outdated key that is none of the choices where it goes."""
    variants = table.body("optimizer").variants if key == "opt_type" else ()
    for variant in variants:
        if isinstance(value, str) and variant.canonical(value) is None:
            near = meant_choice(value, variant, (), table)
            yield messages.unknown_choice(variant, value, near, path)


def with_upgrades(findings: list[Diagnostic], config: Any) -> list[Diagnostic]:
    """Give findings on outdated keys the edits by which an upgrade mends each of them."""
    if not any(each.code == _CODE for each in findings):
        return findings
    from dp_multitask.config.upgrade.training import optimizer, removed_keys, warmup

    edits: dict[TreePath, Fix] = {}
    for stage in (removed_keys, warmup, optimizer):
        for remark in stage(config, "3.2"):
            if remark.edits:
                edits[remark.path] = Fix(remark.message, remark.edits, "safe")
    return [
        each._replace(fix=edits.get(each.path)) if each.code == _CODE else each
        for each in findings
    ]
