# SPDX-License-Identifier: LGPL-3.0-or-later
"""Fill in defaults and canonical names, with the result of DeePMD-kit's own ``normalize``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.checks.schema.cross_section import with_cross_section
from dp_multitask.checks.schema.extract import MULTITASK, SINGLE_TASK
from dp_multitask.checks.schema.findings import is_multitask
from dp_multitask.checks.schema.in_force import in_force
from dp_multitask.checks.schema.releases import DEFAULT_SCHEMA
from dp_multitask.checks.schema.table import SchemaTable, load_table
from dp_multitask.checks.schema.walk import Walk
from dp_multitask.config.upgrade.dp_train import as_dp_train_takes_it
from dp_multitask.errors import ConfigTypeError, SchemaError
from dp_multitask.text.plain_data import copy_tree

SHARED_LINKS = "shared_links"
"""What resolving adds beside DeePMD-kit's keys; kept as it is."""

OUTDATED_DATA_KEY = "set_prefix"
UNUSABLE = "DPM021"
"""What training refuses, but not the argument check."""


def normalize(config: Mapping[str, Any], *, version: str = DEFAULT_SCHEMA) -> dict[str, Any]:
    """Normalize an input whose references are resolved.

    Parameters
    ----------
    config : dict
        A single-task input, or a multitask input with every reference expanded. Not changed.
    version : str, default: "3.2"
        See `table.load_table`.

    Returns
    -------
    dict
        Equal to ``deepmd.utils.argcheck.normalize(config, multi_task=...)`` of that release, after
        the conversion of outdated keys that ``dp train`` begins with; comments (keys that start
        with ``_``) are gone, and ``shared_links`` is kept.

    Raises
    ------
    SchemaError
        The input does not follow the schema; the first finding is named.
    ConfigTypeError
        The input is no mapping.
    UsageError
        No such schema.
    """
    if not isinstance(config, dict):
        msg = "the input must be a mapping"
        raise ConfigTypeError(msg)
    table = load_table(version)
    converted = as_dp_train_takes_it(config, has_optimizer="optimizer" in table.names)
    data = {key: value for key, value in converted.items() if key != SHARED_LINKS}
    root = MULTITASK if is_multitask(data) else SINGLE_TASK
    _refuse_errors(data, root, table)
    result = in_force(data, version=version)
    training = result["training"]
    _drop_outdated([training, *training.get("data_dict", {}).values()])
    if SHARED_LINKS in config:
        result[SHARED_LINKS] = copy_tree(config[SHARED_LINKS])
    return result


def _refuse_errors(data: Mapping[str, Any], root: str, table: SchemaTable) -> None:
    """Raise for the first disagreement; here a reference is one, unlike in `walk_input`."""
    walk = Walk(table, config=data)
    walk.mapping(root, data, ())
    errors = [
        finding
        for finding in with_cross_section(walk.findings, table, data)
        if finding.severity == "error" and finding.code != UNUSABLE
        # what a missing section speaks for
        and not (finding.code == "DPM011" and finding.path in walk.said_with)
    ]
    if errors:
        first = errors[0]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        msg = f"{first.message}{more}"
        raise SchemaError(msg, path=first.path, hint=first.hint)


def _drop_outdated(holders: list[dict[str, Any]]) -> None:
    for holder in holders:
        for name in ("training_data", "validation_data"):
            section = holder.get(name)
            if isinstance(section, dict):
                section.pop(OUTDATED_DATA_KEY, None)
