# SPDX-License-Identifier: LGPL-3.0-or-later
"""From a planned component and the tensors of a state to the component's native tree.

A class's `in_pytorch` says where PyTorch's modules keep its variables and nested components and in
which order PyTorch writes its keys. What a tree holds beside the variables follows from the config.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dp_multitask.components.core.component import Component
from dp_multitask.components.core.in_pytorch import InPyTorch
from dp_multitask.components.core.initial import precision_dtype
from dp_multitask.components.core.plan import Fields, Plan, PlannedVariable
from dp_multitask.components.core.planning import drawn, filled

if TYPE_CHECKING:
    from dp_multitask.checkpoint.training import BranchState


def tree_of_state(plan: Plan, state: BranchState) -> dict[str, Any]:
    """Build the tree of a whole model as DeePMD-kit's PyTorch backend serialises it.

    Parameters
    ----------
    plan : Plan
        What the model looks like.
    state : BranchState
        Its tensors, under the names of a single model.
    """
    return _tree(plan, plan.cls.in_pytorch.root, state)


def _tree(plan: Plan, prefix: str, state: BranchState) -> dict[str, Any]:
    cls, fields = plan.cls, plan.fields
    facts = cls.in_pytorch
    names = facts.exportable if state.exportable else facts.names

    def part(name: str, child: Plan, index: int | None) -> dict[str, Any]:
        place = names.get(name, name)
        below = f"{prefix}{place}." if place else prefix
        return _tree(child, below if index is None else f"{below}{index}.", state)

    def variables(planned: dict[str, PlannedVariable]) -> dict[str, Any]:
        return _variables(cls, fields, planned, prefix, state)

    data = filled(plan, part, variables)
    return data if state.exportable else _as_written(data, facts)


def _variables(
    cls: type[Component],
    fields: Fields,
    planned: Mapping[str, PlannedVariable],
    prefix: str,
    state: BranchState,
) -> dict[str, Any]:
    """Take a component's variables from the state; those that it lacks follow from the config."""
    facts = cls.in_pytorch
    names = facts.exportable if state.exportable else facts.names
    order: Sequence[str] = list(planned)
    if facts.flat and state.exportable:
        names = {name: _of_layers(name, planned) for name in planned}
    elif facts.flat:
        order = sorted(planned, key=lambda name: state.rank(prefix + name))

    def variable(key: str) -> Any:
        found, place = planned[key], names.get(key, key)
        if found is None:
            return None
        if place is None:
            return _given(cls, fields, found)
        place = prefix + place
        if isinstance(found, list):
            return [state.take(f"{place}.{i}", shape) for i, (shape, _) in enumerate(found)]
        taken = state.take(place, found[0])
        # networks that are never used numpy's classes write as zeros, whatever they hold
        cleared = state.exportable and fields.get("cleared")
        return _given(cls, fields, found) if cleared else taken

    return {key: variable(key) for key in order}


def _of_layers(name: str, planned: Mapping[str, PlannedVariable]) -> str:
    """Give a flat name as ``pt_expt`` has it: its layers hold ``w`` and ``b``, and are no pairs."""
    layer, _, kind = name.rpartition(".")
    if kind == "matrix":
        name = f"{layer}.w"
    elif kind == "bias" and f"{layer}.matrix" in planned:
        name = f"{layer}.b"
    return name.replace(".linear.", ".")


def _given(cls: type[Component], fields: Fields, planned: PlannedVariable) -> Any:
    """Give a variable that is no matter of chance: what the config says, or the file it names."""
    import numpy as np

    return drawn(planned, np.random.default_rng(0), precision_dtype(cls.precision_of(fields)))


def _as_written(data: dict[str, Any], facts: InPyTorch) -> dict[str, Any]:
    """Put a tree's keys into PyTorch's order, and write what it writes by rote."""
    for place, value in facts.constants.items():
        _set(data, place.split("/"), value)
    if not facts.order:
        return data
    first = [key for key in facts.order.split() if key in data]
    return {key: data[key] for key in [*first, *(key for key in data if key not in first)]}


def _set(node: Any, path: Sequence[str], value: Any) -> None:
    head, *rest = path
    for key in range(len(node)) if head == "*" else (head,):
        if not rest:
            node[key] = value
        elif node[key] is not None:
            _set(node[key], rest, value)
