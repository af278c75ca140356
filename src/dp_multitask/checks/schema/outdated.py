# SPDX-License-Identifier: LGPL-3.0-or-later
"""Keys of earlier releases that ``dp train`` still takes: it drops them or moves them.

Read off ``deepmd.utils.compat`` and the argument check of deepmd-kit 3.2.0.
"""

from __future__ import annotations

from collections.abc import Mapping

from dp_multitask.config.outdated_forms import OPTIMIZER_KEYS, VERSION_1_DATA_KEYS, WARMUP_KEYS

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
