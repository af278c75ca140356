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
from dp_multitask.components.core.layout import (
    Child,
    ChildPlans,
    Constant,
    Field,
    Fields,
    Plan,
    Version,
)
from dp_multitask.components.models.model import Model, inside, needed, plan_pair, sizes_from
from dp_multitask.components.models.pairwise_dprc import plan_type_embedding
from dp_multitask.errors import FieldTypeError
from dp_multitask.registry import native


class FittingDict(Component):
    """The fitting net of each task, by its name."""

    __slots__ = ()

    @classmethod
    def read(cls, tree: Mapping[str, Any]) -> Component:
        """Read the fitting net of every task that the tree has."""
        if cls is not FittingDict:
            return super().read(tree)
        if not isinstance(tree, Mapping):
            msg = f"expected a fitting net for each task, found {type(tree).__name__}"
            raise FieldTypeError(msg)
        return fitting_dict(tuple(tree)).read(tree)

    def fields(self) -> dict[str, Any]:
        """Say what each fitting net should look like."""
        return {name: fitting.plan() for name, fitting in self.data.items()}

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Give the fitting nets."""
        return dict(fields)


@lru_cache
def fitting_dict(tasks: tuple[str, ...]) -> type[FittingDict]:
    """Give the class whose keys are the tasks."""
    layout = tuple(Child(task) for task in tasks)
    return type("FittingDict", (FittingDict,), {"__slots__": (), "layout": layout})


@native("model", "multi")
class MultiModel(Model):
    """One descriptor and a fitting net for each task."""

    __slots__ = ()
    parts = ("descriptor", "type_embedding", "fitting_net_dict")
    layout = (
        Constant("@class", "Model"),
        Constant("type", "multi"),
        Version(1, 1, written=1),
        Field("type_map", "list"),
        Child("descriptor"),
        Child("type_embedding", TypeEmbedNet),
        Child("fitting_dict", FittingDict),
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

    def fields(self) -> dict[str, Any]:
        """Add what the parts should look like."""
        fields = super().fields()
        for name in self.keys.children:
            if self.data.get(name) is not None:
                with inside(name):
                    fields[name] = self.data[name].plan()
        return fields

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Give the parts; every fitting net must take what the descriptor gives."""
        missing = Plan(Component, {})
        plans: ChildPlans = {"descriptor": fields.get("descriptor", missing)}
        if "type_embedding" in fields:
            plans["type_embedding"] = fields["type_embedding"]
        tasks = fields.get("fitting_dict", missing)
        sized = {}
        if "descriptor" in fields:
            for task, fitting in tasks.fields.items():
                sizes = sizes_from(fields["descriptor"], fields["type_map"], fitting.cls)
                known = {name: size for name, size in sizes.items() if size is not None}
                sized[task] = Plan(fitting.cls, {**fitting.fields, **known})
        plans["fitting_dict"] = Plan(tasks.cls, sized or tasks.fields)
        return plans
