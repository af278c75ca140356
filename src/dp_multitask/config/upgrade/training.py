# SPDX-License-Identifier: LGPL-3.0-or-later
"""What earlier releases wrote in ``training``, and where it belongs today."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from dp_multitask.config.outdated_forms import (
    OPTIMIZER_KEYS,
    REMOVED_KEYS,
    VERSION_1_DATA_KEYS,
    VERSION_1_LOSSES,
    WARMUP_KEYS,
)
from dp_multitask.config.upgrade.remark import Remark, changed, free_name, left, refused, section
from dp_multitask.diagnostics import Edit
from dp_multitask.errors import TreePath

_DATA = ("training_data", "validation_data")
_OF_3_0 = {"Adam": (), "LKF": tuple(key for key in OPTIMIZER_KEYS if key.startswith("kf_"))}
# What the optimizers of 3.0 do anyway: beta 0.9 and 0.999, no decay of weights.
_SAME_IN_3_0 = {"adam_beta1": 0.9, "adam_beta2": 0.999, "weight_decay": 0.0}


def losses_of_version_1(config: dict[str, Any], to: str) -> Iterator[Remark]:
    """Write the loss that version 1 took for a tensor, which is no default today."""
    if "loss" in config or "systems" not in section(config, "training"):
        return
    kind = section(config, "model", "fitting_net").get("type")
    if isinstance(kind, str) and kind in VERSION_1_LOSSES:
        atomic = bool(VERSION_1_LOSSES[kind]["pref_atomic"])
        msg = f"'loss' says what version 1 did for a {kind!r}: {'each atom' if atomic else 'sums'}"
        yield changed(("model", "fitting_net"), msg,
                      Edit.insert(("loss",), dict(VERSION_1_LOSSES[kind])))
        if atomic:
            msg = "name the labels of atoms 'atomic_dipole.npy' or 'atomic_polarizability.npy'"
            yield left(("training", "systems"), msg)


def data_of_version_1(config: dict[str, Any], to: str) -> Iterator[Remark]:
    """Move the data from ``training`` into ``training/training_data``."""
    training = section(config, "training")
    if "systems" not in training:
        return
    if "training_data" in training:
        msg = "the data is given in the form of version 1 and in 'training_data'; remove one"
        yield refused(("training", "systems"), msg)
        return
    for key in VERSION_1_DATA_KEYS:
        if key in training:
            path = ("training", key)
            msg = f"{key!r} goes into 'training_data', where the data stands since version 2"
            yield changed(path, msg, Edit.move(path, ("training", "training_data", key)))


def decay_rate_of_version_1(config: dict[str, Any], to: str) -> Iterator[Remark]:
    """Write the last learning rate for the factor by which it falls.

    As ``dp train`` does for an input of version 1; a later one means another thing by the key.
    """
    rate, training = section(config, "learning_rate"), section(config, "training")
    if "decay_rate" not in rate or "stop_batch" not in training:
        return
    steps, every = training["stop_batch"], rate.get("decay_steps", 5000)
    numbers = (rate["decay_rate"], rate.get("start_lr"), steps, every)
    path = ("learning_rate", "decay_rate")
    if not all(isinstance(each, int | float) and each > 0 for each in numbers):
        yield left(path, "write 'stop_lr', the last learning rate, for it")
        return
    factor = math.exp(math.log(rate["decay_rate"]) * (steps / every))
    stop = factor * rate["start_lr"]
    edits = [Edit.remove(path)]
    if "stop_lr" in rate:
        edits.append(Edit.replace(("learning_rate", "stop_lr"), stop))
    else:
        edits.append(Edit.insert(("learning_rate", "stop_lr"), stop, after="decay_rate"))
    msg = f"'stop_lr' says where the rate ends: {rate['decay_rate']} each {every} of {steps} steps"
    yield changed(path, msg, *edits)


def removed_keys(config: dict[str, Any], to: str) -> Iterator[Remark]:
    """Leave out what no longer does anything."""
    yield from without("", config, ())
    training = section(config, "training")
    yield from without("training", training, ("training",))
    holders: list[tuple[TreePath, Any]] = [(("training",), training)]
    for name, each in section(training, "data_dict").items():
        holders.append((("training", "data_dict", name), each))
    for path, holder in holders:
        for key in _DATA:
            yield from without("data", section(holder, key), (*path, key))


def without(owner: str, holder: dict[str, Any], path: TreePath) -> Iterator[Remark]:
    """Leave out of a section what is gone, and refuse what had an effect that is gone."""
    for key, (same, reason) in REMOVED_KEYS[owner].items():
        if key not in holder:
            continue
        here, value = (*path, key), holder[key]
        if same and not any(value == each and type(value) is type(each) for each in same):
            yield refused(here, f"{key!r} has no counterpart for {value!r}: {reason}")
        else:
            yield changed(here, f"{key!r} is left out: {reason}", Edit.remove(here))


def warmup(config: dict[str, Any], to: str) -> Iterator[Remark]:
    """Move the warm-up between ``training`` and ``learning_rate``."""
    home, other = ("training", "learning_rate") if to == "3.0" else ("learning_rate", "training")
    found = [key for key in WARMUP_KEYS if key in section(config, other)]
    for key in found:
        path = (other, key)
        if to == "3.0" and key != "warmup_steps":
            yield refused(path, f"3.0 knows no {key!r}")
        elif key in section(config, home):
            msg = f"{key!r} stands in 'training' and in 'learning_rate'; remove one of the two"
            yield refused(path, msg)
        elif home == "learning_rate" and not isinstance(config.get(home), dict):
            yield changed(path, f"{key!r} is left out: there is no 'learning_rate' that it is of",
                          Edit.remove(path))
        else:
            yield changed(path, f"{key!r} goes into {home!r}", Edit.move(path, (home, key)))


def optimizer(config: dict[str, Any], to: str) -> Iterator[Remark]:
    """Write what is of the optimizer in a section of its own, or for 3.0 in ``training``."""
    if to == "3.0":
        yield from _without_optimizer(config)
        return
    training, present = section(config, "training"), section(config, "optimizer")
    for key in OPTIMIZER_KEYS:
        if key not in training:
            continue
        path, name = ("training", key), "type" if key == "opt_type" else key
        msg = f"{key!r} goes into 'optimizer'" + (" as 'type'" if key == "opt_type" else "")
        if name in present:  # dp train lets the one in `training` win
            yield changed(path, f"{msg}, in place of the one there",
                          Edit.replace(("optimizer", name), training[key]), Edit.remove(path))
        else:
            yield changed(path, msg, Edit.move(path, ("optimizer", name)))


def _without_optimizer(config: dict[str, Any]) -> Iterator[Remark]:
    present = section(config, "optimizer")
    if not present:
        return
    kind = present.get("type", "Adam")
    path: TreePath = ("optimizer",)
    if kind not in _OF_3_0:
        yield refused((*path, "type"), f"3.0 knows no optimizer {kind!r}, only Adam and LKF")
        return
    for key, value in present.items():
        here = (*path, key)
        if key == "type" or key in _OF_3_0[kind]:
            name = "opt_type" if key == "type" else key
            msg = f"{key!r} goes into 'training' as {name!r}, where 3.0 has its optimizer"
            yield changed(here, msg, Edit.move(here, ("training", name)))
        elif key[:1] == "_":
            target = ("training", free_name(key, section(config, "training")))
            yield changed(here, "", Edit.move(here, target))
        elif value == _SAME_IN_3_0.get(key):
            yield changed(here, f"{key!r} is left out: so it is in 3.0", Edit.remove(here))
        else:
            yield refused(here, f"3.0 cannot set {key!r} of the optimizer")
