# SPDX-License-Identifier: LGPL-3.0-or-later
"""The model ``multi`` of TensorFlow before 3.0: one descriptor and a fitting net for each task.

No DeePMD-kit backend serialises it; the layout is this package's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from dp_multitask.components.blocks.type_embedding import TypeEmbedNet
from dp_multitask.components.core.component import Component
from dp_multitask.components.core.layout import Child, Constant, Field, Version
from dp_multitask.components.core.plan import ChildPlans, Fields, Plan
from dp_multitask.components.core.reading import Faults
from dp_multitask.components.core.shareable import Verified
from dp_multitask.components.descriptors.descriptor import Descriptor
from dp_multitask.components.fittings.fitting import Fitting
from dp_multitask.components.models.model import Model, fitted_to, needed, plan_pair
from dp_multitask.components.models.pairwise_dprc import plan_type_embedding
from dp_multitask.errors import FieldTypeError
from dp_multitask.registry import native


class FittingDict(Component):
    """The fitting net of each task, by its name."""

    @classmethod
    def read(cls, tree: Mapping[str, Any], faults: Faults) -> Component:
        """Read the fitting net of every task that the tree has."""
        if cls is not FittingDict:
            return super().read(tree, faults)
        if not isinstance(tree, Mapping):
            msg = f"expected a fitting net for each task, found {type(tree).__name__}"
            raise FieldTypeError(msg)
        return fitting_dict(tuple(tree)).read(tree, faults)


@lru_cache
def fitting_dict(tasks: tuple[str, ...]) -> type[FittingDict]:
    """Give the class whose keys are the tasks."""
    layout = tuple(Child(task, Fitting, own=True) for task in tasks)
    return type("FittingDict", (FittingDict,), {"__slots__": (), "layout": layout})


@native("model", "multi")
class MultiModel(Model):
    """One descriptor and a fitting net for each task."""

    verified = Verified(note="no peer: TensorFlow before 3.0 had it")
    parts = ("descriptor", "type_embedding", "fitting_net_dict")
    layout = (
        Constant("@class", "Model"),
        Constant("type", "multi"),
        Version(1, 1, written=1),
        Field("type_map", "list"),
        Child("descriptor", Descriptor, own=True, needed=True),
        Child("type_embedding", TypeEmbedNet, own=True),
        Child("fitting_dict", FittingDict, own=True, needed=True),
    )

    @classmethod
    def prepare_parts(cls, fields: dict[str, Any], parts: Mapping[str, Any]) -> None:
        """Plan the descriptor, then the fitting net of each task."""
        tasks = needed(parts, "fitting_net_dict", cls)
        if not isinstance(tasks, Mapping) or not tasks:
            msg = "expected the parameters of a fitting net for each task"
            raise FieldTypeError(msg, path=("fitting_net_dict",))
        planned = {}
        for task, fitting in tasks.items():
            pair = {"descriptor": needed(parts, "descriptor", cls), "fitting_net": fitting}
            fields["descriptor"], planned[task] = plan_pair(
                cls, {**fields, "atom_exclude_types": []}, pair
            )
        fields["fitting_dict"] = Plan(fitting_dict(tuple(planned)), planned)
        if "type_embedding" in parts:
            fields["type_embedding"] = plan_type_embedding(
                parts["type_embedding"], fields["type_map"]
            )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Give the parts; every fitting net must take what the descriptor gives."""
        tasks: Plan = fields["fitting_dict"]
        fitted = {
            task: fitted_to(fields["descriptor"], fields["type_map"], fitting)
            for task, fitting in tasks.fields.items()
            if isinstance(fitting, Plan)
        }
        plans = super().children_of(fields)
        return {**plans, "fitting_dict": Plan(tasks.cls, {**tasks.fields, **fitted})}
