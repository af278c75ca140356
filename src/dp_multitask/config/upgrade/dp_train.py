# SPDX-License-Identifier: LGPL-3.0-or-later
"""What ``dp train`` itself makes of an input of an earlier release, before it checks it.

Less than `upgrade`: keys that were moved since versions 1 and 3.1, and one that is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dp_multitask.config.edited_input import EditedInput
from dp_multitask.config.outdated_forms import OPTIMIZER_KEYS, WARMUP_KEYS
from dp_multitask.config.upgrade import training
from dp_multitask.config.upgrade.remark import Remark, changed, section
from dp_multitask.config.upgrade.stages import Stage
from dp_multitask.diagnostics import Edit
from dp_multitask.errors import ConfigError

_VERSION_1 = "systems"
_UNUSED = "numb_test"
_TO = "3.2"


def as_dp_train_takes_it(
    config: Mapping[str, Any], *, has_optimizer: bool = True
) -> Mapping[str, Any]:
    """Convert what ``dp train`` converts of an earlier release's input; else the same input.

    `has_optimizer` says that the release has a section ``optimizer`` (3.1.3 and later), so that the
    keys of optimizer and warm-up are moved out of ``training``.

    Raises
    ------
    ConfigError
        A setting is given in its old and in its present place, which ``dp train`` refuses too.
    """
    old = section(config, "training")
    stages: list[Stage] = []
    if _VERSION_1 in old and "model_dict" not in section(config, "model"):
        stages += [training.data_of_version_1, training.decay_rate_of_version_1]
    if _UNUSED in old:
        stages.append(_numb_test)
    if has_optimizer and any(key in old for key in WARMUP_KEYS):
        stages.append(training.warmup)
    if has_optimizer and any(key in old for key in OPTIMIZER_KEYS):
        stages.append(training.optimizer)
    if not stages:
        return config
    original = EditedInput(config)
    for stage in stages:
        remarks = list(stage(original.data, _TO))
        for each in remarks:
            if each.kind == "refused":
                raise ConfigError(each.message, path=each.path, hint="keep one of the two")
        original = original.edited([edit for each in remarks for edit in each.edits])
    converted: dict[str, Any] = original.data
    return converted


def _numb_test(config: dict[str, Any], to: str) -> Iterator[Remark]:
    path = ("training", _UNUSED)
    yield changed(path, f"{_UNUSED!r} has no effect since version 2", Edit.remove(path))
