# SPDX-License-Identifier: LGPL-3.0-or-later
"""Plan the model of a branch: find what cannot be built before anything is.

No array is allocated, numpy is not imported, no file is read, and what a config claims costs no
more than what it says: depths are bounded, and equal parts are looked at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from dp_multitask.components.core.kinds import LARGEST_SIZE
from dp_multitask.components.core.plan import Plan
from dp_multitask.components.models.model import Model
from dp_multitask.errors import ComponentError, inside

MOST_NUMBERS = 2**40
"""The largest array: 8 terabytes, more than any machine that trains has."""


def plan_branch(config: Mapping[str, Any], type_map: list[str] | None = None) -> Plan:
    """Plan the model of a branch of a resolved input, and of all its parts.

    Raises
    ------
    ComponentError
        The model cannot be; the path is that in the branch.
    UnsupportedError
        What the model looks like is not known without DeePMD-kit or without a file.
    """
    plan = Model.plan_config(config, type_map)
    _check(plan, {})
    return plan


def _check(plan: Plan, seen: dict[int, Plan]) -> None:
    """Plan the parts and arrays of a component, those that are one object once."""
    if id(plan) in seen:
        return
    seen[id(plan)] = plan  # kept, so that its identity is not another's later
    for name, planned in plan.variables.items():
        for array in planned if isinstance(planned, list) else [planned]:
            if array is not None and not _is_possible(array[0]):
                msg = f"{name!r} of {plan.cls.__name__} would have {prod(array[0])} numbers"
                raise ComponentError(msg, hint="make the sizes that it follows from smaller")
    for name, child in plan.children.items():
        for part in child if isinstance(child, list) else [child]:
            if part is not None:
                with inside(_CONFIG_NAMES.get(name, name)):
                    _check(part, seen)


_CONFIG_NAMES = {"fitting": "fitting_net"}


def _is_possible(shape: tuple[int, ...]) -> bool:
    return all(size <= LARGEST_SIZE for size in shape) and prod(shape) <= MOST_NUMBERS
