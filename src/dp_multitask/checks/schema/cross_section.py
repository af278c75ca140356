# SPDX-License-Identifier: LGPL-3.0-or-later
"""The demands that reach over the sections of an input, read off deepmd-kit 3.2.0.

Releases that do not have the sections or keys do not have the demands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dp_multitask.checks.rules import InputView, run_rules
from dp_multitask.checks.schema.table import SchemaTable
from dp_multitask.diagnostics import Diagnostic, Finding
from dp_multitask.errors import TreePath
from dp_multitask.text.plain_data import describe

_TARGETS = {
    "ener": {"e": "e", "f": "f", "s": "v", "v": "v"},
    "ener_spin": {"e": "e", "fr": "fr", "fm": "fm", "s": "v", "v": "v"},
}
"""Loss type -> metric before the colon -> suffix of the prefactors that must not be zero."""


ARGUMENT_CHECK = ("DPM107", "DPM508", "DPM509", "DPM510", "DPM511", "DPM516", "DPM518")
"""The rules that DeePMD-kit's own argument check has too."""


def with_cross_section(
    found: list[Diagnostic], table: SchemaTable, config: Mapping[str, Any]
) -> list[Diagnostic]:
    """Put what several sections demand before what was found; at one place the rule knows why."""
    demanded = cross_section_findings(table, config)
    places = {each.path for each in demanded}
    return [*demanded, *(each for each in found if each.path not in places)]


def cross_section_findings(table: SchemaTable, config: Mapping[str, Any]) -> list[Diagnostic]:
    """Check what several sections demand of each other, whichever rule says it."""
    view = InputView(config, "pt", table)
    return [
        *(
            Diagnostic(rule.code, rule.severity, path, None, message, hint)
            for rule, (path, message, hint, *_) in run_rules(view, ARGUMENT_CHECK)
        ),
        *(
            Diagnostic("DPM017", "error", path, None, message, hint or None)
            for path, message, hint, *_ in _full_validation(table, config)
        ),
    ]


def _full_validation(table: SchemaTable, config: Mapping[str, Any]) -> Iterator[Finding]:
    """Find what full validation lacks, where it is switched on."""
    validating = config.get("validating")
    if "validating" not in table.names or not isinstance(validating, dict):
        return
    if "model_dict" in _mapping(config.get("model")):
        return  # multitask inputs have none: DPM518 says so
    training = _mapping(config.get("training"))
    ema = validating.get("ema_full_validation") is True and training.get("enable_ema") is True
    if validating.get("full_validation") is not True and not ema:
        return
    start = validating.get("full_val_start", 0.5)
    if start == 1:
        return  # a start at 1 switches the feature off
    switch = "ema_full_validation" if ema else "full_validation"
    if validating.get("full_validation") is True:
        switch = "full_validation"
    place = ("validating", switch)
    yield from _needs(table, config, validating, training, place)


def _needs(
    table: SchemaTable,
    config: Mapping[str, Any],
    validating: Mapping[str, Any],
    training: Mapping[str, Any],
    place: TreePath,
) -> Iterator[Finding]:
    loss = _mapping(config.get("loss"))
    kind = loss.get("type", "ener")
    kind = "ener" if kind == "ener_hess" else kind
    if not (isinstance(kind, str) and kind in _TARGETS):
        found = describe(kind)
        message = f"full validation works with the losses 'ener' and 'ener_spin', found {found}"
        yield Finding(place, message, "")
        return
    if not training.get("validation_data"):
        message = "full validation needs 'training/validation_data'"
        yield Finding(place, message, "add validation data")
    stage = training.get("zero_stage", 0)
    if isinstance(stage, int) and stage >= 2:
        message = "full validation works with 'zero_stage' 0 and 1 only"
        yield Finding(("training", "zero_stage"), message, "lower 'zero_stage'")
    prefactors = _prefactors(table, kind, config)
    yield from _metric(validating.get("validation_metric", "E:MAE"), kind, prefactors)


def _metric(
    metric: Any, kind: str, prefactors: Mapping[str, Any]
) -> Iterator[Finding]:
    if not isinstance(metric, str):
        return
    target = metric.strip().lower().split(":")[0]
    suffix = _TARGETS[kind].get(target)
    path = ("validating", "validation_metric")
    if suffix is None:
        known = ", ".join(name.upper() for name in _TARGETS[kind])
        yield Finding(path, f"the loss {kind!r} has no metric {metric!r}", f"its metrics: {known}")
        return
    for name in (f"start_pref_{suffix}", f"limit_pref_{suffix}"):
        if not prefactors.get(name):
            message = f"the metric {metric!r} needs a {'loss/' + name!r} that is not zero"
            yield Finding(path, message, "choose another metric or set the prefactor")
            return


def _prefactors(table: SchemaTable, kind: str, config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the loss with its defaults; an input without a loss has no prefactors at all."""
    if "loss" not in config:
        return {}
    fields = table.body(f"loss[{kind}]").fields.values()
    defaults = {field.name: field.default for field in fields if field.has_default}
    return defaults | dict(_mapping(config["loss"]))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
