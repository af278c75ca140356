# SPDX-License-Identifier: LGPL-3.0-or-later
"""What DeePMD-kit demands of several keys of one section together.

Each function gets the section's values by canonical name, with defaults filled in, and yields
``(key, message, hint)``. A value may be of a wrong type, which is reported elsewhere. Read off the
argument check of deepmd-kit 3.2.0; a key that a release does not have is absent, so the older
releases need no functions of their own. How long to train is the rules' to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dp_multitask.text.plain_data import describe

Conflict = tuple[str, str, str]
Relation = Callable[[Mapping[str, Any]], Iterator[Conflict]]

WSD_DECAYS = ("inverse_linear", "cosine", "linear")


def learning_rate(values: Mapping[str, Any]) -> Iterator[Conflict]:
    """Check the schedule: what excludes each other, and what must be positive."""
    yield from _exclusive(values, "stop_lr", "stop_lr_ratio")
    if values.get("warmup_steps", 0) != 0:
        yield from _exclusive(values, "warmup_steps", "warmup_ratio")
    if values.get("type", "exp") == "exp":
        yield from _positive(values, "decay_steps")
        yield from _fraction(values, "decay_rate")
    elif values.get("type") == "wsd":
        yield from _positive(values, "start_lr", "stop_lr", "stop_lr_ratio")
        yield from _fraction(values, "decay_phase_ratio")
        decay = values.get("decay_type")
        if isinstance(decay, str) and decay not in WSD_DECAYS:
            choices = ", ".join(map(repr, WSD_DECAYS))
            yield "decay_type", f"found {describe(decay)}, expected one of {choices}", ""


def training(values: Mapping[str, Any]) -> Iterator[Conflict]:
    """Check the statistics file and the memory options of a run."""
    yield from statistics(values)
    if values.get("enable_ema") is True and (_number(values, "zero_stage") or 0) >= 2:
        message = "'enable_ema' works with 'zero_stage' 0 and 1 only"
        yield "enable_ema", message, "lower 'zero_stage' or disable 'enable_ema'"


def statistics(values: Mapping[str, Any]) -> Iterator[Conflict]:
    """Check that a statistics file that is only read has a name."""
    if values.get("stat_file_mode") == "read" and not values.get("stat_file"):
        message = "'stat_file_mode' is 'read' but there is no 'stat_file' to read"
        yield "stat_file_mode", message, "add 'stat_file'"


def _number(values: Mapping[str, Any], name: str) -> float | None:
    value = values.get(name)
    return value if isinstance(value, (int, float)) else None


def _exclusive(values: Mapping[str, Any], first: str, second: str) -> Iterator[Conflict]:
    if values.get(first) is not None and values.get(second) is not None:
        yield second, f"{first!r} and {second!r} exclude each other", "remove one of them"


def _positive(values: Mapping[str, Any], *names: str) -> Iterator[Conflict]:
    for name in names:
        value = _number(values, name)
        if value is not None and value <= 0:
            yield name, f"found {describe(value)}, expected a number above 0", ""


def _fraction(values: Mapping[str, Any], name: str) -> Iterator[Conflict]:
    value = _number(values, name)
    if value is not None and not 0 < value <= 1:
        yield name, f"found {describe(value)}, expected a number above 0 and at most 1", ""


RELATIONS: Mapping[str, Relation] = {
    "learning_rate": learning_rate,
    "training": training,
    "multitask/training": training,
    "multitask/training/data_dict": statistics,
}
"""Body of a section -> the relation between its keys."""
