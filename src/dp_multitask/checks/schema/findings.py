# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every disagreement of a training input with the schema, in one run, each at its own place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.checks.schema.cross_section import with_cross_section
from dp_multitask.checks.schema.extract import MULTITASK, SINGLE_TASK
from dp_multitask.checks.schema.multitask_model import check_model
from dp_multitask.checks.schema.places import is_moved
from dp_multitask.checks.schema.releases import DEFAULT_SCHEMA
from dp_multitask.checks.schema.table import load_table
from dp_multitask.checks.schema.walk import Walk
from dp_multitask.diagnostics import Diagnostic
from dp_multitask.text.plain_data import describe


def walk_input(
    config: Any, version: str = DEFAULT_SCHEMA, backend: str | None = None
) -> Walk:
    """Walk an input as it is written; the walk holds its findings, and where misplaced keys belong.

    A shared entry is checked once, at its place in ``shared_dict``, as what its users take it
    for; an entry without users as what it looks like, and what is wrong with it is a warning.
    Findings have no spans, and codes ``DPM011`` to ``DPM024``.
    """
    table = load_table(version)
    walk = Walk(table, config=config if isinstance(config, dict) else {}, backend=backend)
    if not isinstance(config, dict):
        message = f"found {describe(config)}, expected a mapping with the key 'model'"
        walk.report("DPM013", (), message)
        return walk
    model = config.get("model")
    if is_multitask(config) and isinstance(model, dict):
        rest = {key: value for key, value in config.items() if key != "model"}
        check_model(walk, model)
        walk.mapping(MULTITASK, rest, (), inherited={"model": model})
    else:
        walk.mapping(SINGLE_TASK, config, ())
    found = dict.fromkeys(with_cross_section(walk.findings, table, config))
    walk.findings = [each for each in found if not _is_elsewhere(each, walk)]
    return walk


def _is_elsewhere(finding: Diagnostic, walk: Walk) -> bool:
    """Tell that a missing key stands in a wrong section, which was said there."""
    return finding.code in ("DPM012", "DPM017", "DPM509") and is_moved(finding.path, walk.moved)


def is_multitask(config: Mapping[str, Any]) -> bool:
    """Tell a multitask input, which has a ``model_dict``, from a single-task one."""
    model = config.get("model")
    return isinstance(model, dict) and "model_dict" in model
