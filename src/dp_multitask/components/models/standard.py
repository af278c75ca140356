# SPDX-License-Identifier: LGPL-3.0-or-later
"""The model ``standard``: a descriptor and a fitting net. The fitting net decides the class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from dp_multitask.component_types import DEFAULT_TYPE
from dp_multitask.components.core.component import Component
from dp_multitask.components.core.layout import (
    Child,
    ChildPlans,
    Constant,
    Fields,
    Plan,
    Size,
    Version,
)
from dp_multitask.components.fittings.fitting import Fitting
from dp_multitask.components.models.model import ATOMIC_MODEL, Model, inside, plan_pair, sizes_from
from dp_multitask.errors import ComponentError, MissingComponentKeyError, UnsupportedError
from dp_multitask.registry import find_type, native, native_class

_MODEL_OF_FITTING = {
    name: name for name in ("ener", "dos", "dipole", "polar", "property", "population")
}


@native("model", "standard")
class StandardModel(Model):
    """A descriptor and a fitting net."""

    __slots__ = ()
    parts = ("descriptor", "fitting_net")
    layout = (
        *ATOMIC_MODEL,
        Constant("@class", "Model"),
        Constant("type", "standard"),
        Version(1, 2, written=2),
        Child("descriptor"),
        Child("fitting"),
    )

    @classmethod
    def class_for(cls, config: Mapping[str, Any]) -> type[Model]:
        """Give the class by what the config has beside descriptor and fitting net."""
        if cls is not StandardModel:
            return cls
        for key, type_name in (("spin", "spin_ener"), ("use_srtab", "zbl")):
            if config.get(key) is not None:
                return cast("type[Model]", native_class("model", type_name)).class_for(config)
        bridging = str(config.get("bridging_method", "none")).lower()
        if bridging not in ("none", ""):
            msg = f"the bridging method {bridging!r} cannot be started here"
            raise UnsupportedError(msg, path=("bridging_method",))
        if "type_embedding" in config:
            msg = "a type embedding beside the descriptor exists in TensorFlow only"
            hint = "take a descriptor that has one of its own, such as se_atten"
            raise UnsupportedError(msg, path=("type_embedding",), hint=hint)
        fitting = config.get("fitting_net", {})
        default = DEFAULT_TYPE["fitting_net"]
        name = fitting.get("type", default) if isinstance(fitting, Mapping) else default
        return model_of_fitting(name, ("fitting_net", "type"))

    @classmethod
    def read(cls, tree: Mapping[str, Any]) -> Component:
        """Read a tree with the class that its fitting net decides."""
        if cls is not StandardModel:
            return super().read(tree)
        fitting = tree.get("fitting")
        name = fitting.get("type") if isinstance(fitting, Mapping) else None
        return model_of_fitting(name, ("fitting", "type")).read(tree)

    @classmethod
    def prepare_parts(cls, fields: dict[str, Any], parts: Mapping[str, Any]) -> None:
        """Plan the descriptor, then the fitting net that takes its output."""
        fields["rcond"] = None
        fields["descriptor"], fields["fitting"] = plan_pair(cls, fields, parts)

    def fields(self) -> dict[str, Any]:
        """Add what the descriptor and the fitting net should look like."""
        fields = super().fields()
        if "fitting" not in self.data:
            msg = f"{type(self).__name__} lacks 'fitting'"
            raise MissingComponentKeyError(msg)
        for name in self.keys.children:
            if name in self.data:
                with inside(name):
                    fields[name] = self.data[name].plan()
        return fields

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan both; the fitting net must take what the descriptor gives."""
        fitting = fields["fitting"]
        if "descriptor" not in fields:
            return {"descriptor": Plan(Component, {}), "fitting": fitting}
        sizes = sizes_from(fields["descriptor"], fields["type_map"], fitting.cls)
        known = {name: size for name, size in sizes.items() if size is not None}
        return {
            "descriptor": fields["descriptor"],
            "fitting": Plan(fitting.cls, {**fitting.fields, **known}),
        }

    @classmethod
    def width(cls, fields: Fields) -> Size:
        """Give the width of what the fitting net fits."""
        fitting: Plan = fields["fitting"]
        if not issubclass(fitting.cls, Fitting):
            msg = f"found a {fitting.cls.__name__} in the place of a fitting net"
            raise ComponentError(msg, path=("fitting",))
        return fitting.cls.bias_width(fitting.fields)


def model_of_fitting(name: Any, path: tuple[str, ...]) -> type[StandardModel]:
    """Give the model class of a type of fitting net.

    Raises
    ------
    ComponentError
        No standard model has such a fitting net.
    """
    found = find_type("fitting_net", name) if isinstance(name, str) else None
    if found is not None and found.name == "dpa4_ener":
        from dp_multitask.components.models.dpa4_energy import DPA4EnergyModel

        return DPA4EnergyModel
    if found is None or found.name not in _MODEL_OF_FITTING:
        msg = f"no standard model has a fitting net of type {name!r}"
        hint = f"its type is one of {', '.join(_MODEL_OF_FITTING)}, dpa4_ener"
        raise ComponentError(msg, path=path, hint=hint)
    return cast("type[StandardModel]", native_class("model", found.name))
