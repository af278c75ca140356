# SPDX-License-Identifier: LGPL-3.0-or-later
"""Plan the model of a branch: find what cannot be built before anything is.

No array is allocated, numpy is not imported, no file is read, and what a config claims costs no
more than what it says: depths are bounded, and equal parts are looked at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any

from dp_multitask.components.core.kinds import LARGEST_SIZE
from dp_multitask.components.core.layout import Plan
from dp_multitask.components.fittings.fitting import Fitting
from dp_multitask.components.models.model import Model
from dp_multitask.errors import (
    ComponentError,
    DataNeededError,
    FileAccessError,
    UnsupportedError,
    inside,
)

MOST_NUMBERS = 2**40
"""The largest array: 8 terabytes, more than any machine that trains has."""

_TABLE_KEYS = ("use_srtab", "smin_alpha", "sw_rmin", "sw_rmax", "srtab_add_bias")
_MOST_AUTOMATIC = 100


def plan_branch(config: Mapping[str, Any], type_map: list[str] | None = None) -> Plan:
    """Plan the model of a branch of an input, and of all its parts.

    Parameters
    ----------
    config : dict
        The branch, resolved; what it leaves out gets DeePMD-kit's default.
    type_map : list of str, optional
        The elements, if the branch has no type map of its own.

    Returns
    -------
    Plan
        What `initialise` starts and `planned_shapes` gives the shapes of.

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


def planning_errors(
    config: Mapping[str, Any], type_map: list[str] | None = None
) -> list[ComponentError]:
    """Give what keeps the model of a branch from being built.

    Numbers of neighbours that the training data decide (``sel: auto``) are taken as given, and
    a table of pairs, which is a file, is left out.

    Parameters
    ----------
    config, type_map
        As of `plan_branch`.

    Returns
    -------
    list of ComponentError
        Each with its path in the branch; empty if nothing is wrong, or if it cannot be told.
    """
    changed = dict(_without_tables(config))
    if type_map is not None:
        changed.setdefault("type_map", type_map)
    first = _first_error(changed)
    if first is None:
        return []
    found = [first]
    if first.path[:1] == ("descriptor",) and isinstance(changed.get("fitting_net", {}), Mapping):
        found += _errors_of_fitting(changed)
    return found


def _first_error(config: dict[str, Any]) -> ComponentError | None:
    for _ in range(_MOST_AUTOMATIC):
        try:
            plan_branch(config)
        except DataNeededError as err:
            config.update(_with_number(config, err.path))
        except ComponentError as err:
            return err
        except (UnsupportedError, FileAccessError):
            return None
        else:
            return None
    return None


def _errors_of_fitting(config: Mapping[str, Any]) -> Iterator[ComponentError]:
    """Plan the fitting net as if the descriptor gave it something."""
    given = config.get("fitting_net", {})
    type_map = config.get("type_map")
    sizes = {"ntypes": len(type_map) if isinstance(type_map, list) else 1, "dim_descrpt": 1}
    try:
        with inside("fitting_net"):
            for_tensors = {"embedding_width": 1} if _takes_width(given) else {}
            plan = Fitting.plan_config({**given, **sizes, **for_tensors}, type_map)
            _check(plan, {})
    except ComponentError as err:
        yield err
    except UnsupportedError:
        return


def _takes_width(config: Mapping[str, Any]) -> bool:
    return config.get("type") in ("dipole", "polar")


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


def _without_tables(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Leave out pairs that are tabulated: their model is that of the rest."""
    if not isinstance(config, Mapping):
        return {}
    return {key: value for key, value in config.items() if key not in _TABLE_KEYS}


def _with_number(config: Mapping[str, Any], path: tuple[str | int, ...]) -> dict[str, Any]:
    """Put a number of neighbours, or one for each type, in the place of ``auto``."""
    types = config.get("type_map")
    value: Any = [1] * (len(types) if isinstance(types, list) else 1)
    changed: dict[str, Any] = _put(config, path, value if path[-1] == "sel" else 1)
    return changed


def _put(node: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return value
    first, *rest = path
    if isinstance(node, list):
        return [_put(e, tuple(rest), value) if i == first else e for i, e in enumerate(node)]
    return {**node, first: _put(node.get(first, {}), tuple(rest), value)}
