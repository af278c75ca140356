# SPDX-License-Identifier: LGPL-3.0-or-later
"""The model ``standard``: a descriptor and a fitting net. The fitting net decides the class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from dp_multitask.component_types import DEFAULT_TYPE
from dp_multitask.components.core.component import Component
from dp_multitask.components.core.layout import Child, Constant, Version
from dp_multitask.components.core.plan import ChildPlans, Fields, Plan, Term
from dp_multitask.components.core.reading import Faults
from dp_multitask.components.core.shareable import EVALUATED, ONLY_PYTORCH
from dp_multitask.components.descriptors.descriptor import Descriptor
from dp_multitask.components.fittings.fitting import Fitting
from dp_multitask.components.models.model import (
    ATOMIC_MODEL,
    Model,
    bridging_of,
    fitted_to,
    plan_pair,
)
from dp_multitask.errors import ComponentError, UnsupportedError
from dp_multitask.registry import find_type, native, native_class

_MODEL_OF_FITTING: dict[str, type[StandardModel]] = {}


@native("model", "standard")
class StandardModel(Model):
    """A descriptor and a fitting net."""

    in_pytorch = Model.in_pytorch._replace(
        names={"fitting": "fitting_net"}, exportable={"fitting": "fitting_net"}
    )
    parts = ("descriptor", "fitting_net")
    layout = (
        *ATOMIC_MODEL,
        Constant("@class", "Model"),
        Constant("type", "standard"),
        Version(1, 2, written=2),
        Child("descriptor", Descriptor, own=True),
        Child("fitting", Fitting, own=True, needed=True),
    )

    @classmethod
    def class_for(cls, config: Mapping[str, Any]) -> type[Model]:
        """Give the class by what the config has beside descriptor and fitting net."""
        if cls is not StandardModel:
            return cls
        for key, type_name in (("spin", "spin_ener"), ("use_srtab", "zbl")):
            if config.get(key) is not None:
                return cast("type[Model]", native_class("model", type_name)).class_for(config)
        if (bridging := bridging_of(config)) != "NONE":
            msg = f"the bridging method {bridging.lower()!r} cannot be started here"
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
    def read(cls, tree: Mapping[str, Any], faults: Faults) -> Component:
        """Read a tree with the class that its fitting net decides."""
        if cls is not StandardModel:
            return super().read(tree, faults)
        fitting = tree.get("fitting")
        name = fitting.get("type") if isinstance(fitting, Mapping) else None
        return model_of_fitting(name, ("fitting", "type")).read(tree, faults)

    @classmethod
    def prepare_parts(cls, fields: dict[str, Any], parts: Mapping[str, Any]) -> None:
        """Plan the descriptor, then the fitting net that takes its output."""
        fields["rcond"] = None
        fields["descriptor"], fields["fitting"] = plan_pair(cls, fields, parts)

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan both; the fitting net must take what the descriptor gives."""
        descriptor = fields.get("descriptor", Plan(Descriptor, {}))
        fitting = fields["fitting"]
        if "descriptor" in fields:
            fitting = fitted_to(descriptor, fields["type_map"], fitting)
        return {"descriptor": descriptor, "fitting": fitting}

    @classmethod
    def width(cls, fields: Fields) -> Term:
        """Give the width of what the fitting net fits."""
        fitting: Plan = fields["fitting"]
        return cast("type[Fitting]", fitting.cls).bias_width(fitting.fields)


@native("model", "ener")
class EnergyModel(StandardModel):
    """Energies of atoms, and of the whole by their sum."""

    verified = EVALUATED


@native("model", "dos")
class DOSModel(StandardModel):
    """Densities of states, at as many energies as the fitting net has numbers."""

    verified = EVALUATED


class TensorModel(StandardModel):
    """A tensor of each atom; the descriptor must have an equivariant embedding."""

    verified = EVALUATED


@native("model", "dipole")
class DipoleModel(TensorModel):
    """Dipole moments: three numbers for each atom."""


@native("model", "polar")
class PolarModel(TensorModel):
    """Polarizabilities: a matrix for each atom."""


@native("model", "property")
class PropertyModel(StandardModel):
    """Any property of a molecule or of its atoms."""

    verified = EVALUATED


@native("model", "population")
class PopulationModel(StandardModel):
    """The electrons of either spin on each atom."""

    verified = ONLY_PYTORCH


class DPA4EnergyModel(StandardModel):
    """Energies through gated linear units, as numpy writes them; PyTorch writes a `SeZMModel`."""


_MODEL_OF_FITTING |= {
    "ener": EnergyModel,
    "dos": DOSModel,
    "dipole": DipoleModel,
    "polar": PolarModel,
    "property": PropertyModel,
    "population": PopulationModel,
    "dpa4_ener": DPA4EnergyModel,
}


def model_of_fitting(name: Any, path: tuple[str, ...]) -> type[StandardModel]:
    """Give the model class of a type of fitting net.

    Raises
    ------
    ComponentError
        No standard model has such a fitting net.
    """
    found = find_type("fitting_net", name) if isinstance(name, str) else None
    if found is None or found.name not in _MODEL_OF_FITTING:
        msg = f"no standard model has a fitting net of type {name!r}"
        hint = f"its type is one of {', '.join(_MODEL_OF_FITTING)}"
        raise ComponentError(msg, path=path, hint=hint)
    return _MODEL_OF_FITTING[found.name]
