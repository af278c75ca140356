# SPDX-License-Identifier: LGPL-3.0-or-later
"""Networks, which are chains of layers, and collections of networks by type.

Layouts and versions are those of DeePMD-kit 3.2.0. `planned` says what a network looks like;
parents call it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dp_multitask.components.blocks.layers import Layer
from dp_multitask.components.core.component import Component
from dp_multitask.components.core.initial import precision_name
from dp_multitask.components.core.layout import (
    ChildPlans,
    Children,
    Constant,
    Field,
    Fields,
    Plan,
    Size,
    Version,
)


class NN(Component):
    """A chain of layers."""

    __slots__ = ()
    layout = (Constant("@class", "NN"), Version(1, 1, 1), Children("layers", Layer, needed=True))

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """List the layers."""
        return {"layers": fields["layers"]}

    def fields(self) -> dict[str, Any]:
        """Plan each layer with the width of the one before."""
        plans: list[Plan | None] = []
        for layer in self.data["layers"]:
            plan = None if layer is None else layer.plan()
            before = plans[-1] if plans else None
            if plan is not None and before is not None:
                plan.fields["num_in"] = Size("width of the layer before", before.fields["num_out"])
            plans.append(plan)
        return {"layers": plans}


class EmbeddingNetwork(Component):
    """Residual layers ``(in_dim, neuron[0])``, ``(neuron[0], neuron[1])``, ..."""

    __slots__ = ()
    essential = ("in_dim", "neuron")
    layout = (
        Constant("@class", "EmbeddingNetwork"),
        Version(1, 2, 2),
        Field("in_dim", "size"),
        Field("neuron", "sizes"),
        Field("activation_function", "str"),
        Field("resnet_dt", "bool"),
        Field("bias", "bool", absent=True),
        Field("precision", "str"),
        Children("layers", Layer),
    )

    @classmethod
    def planned(
        cls,
        in_dim: int,
        neuron: Sequence[int],
        precision: str,
        *,
        activation: str,
        resnet_dt: bool,
        trainable: bool,
        bias: bool = True,
        cleared: bool = False,
    ) -> Plan:
        """Plan a network; `cleared` fills it with zeros (see `Layer.planned`)."""
        return Plan(
            cls,
            {
                "in_dim": in_dim,
                "neuron": list(neuron),
                "activation_function": activation,
                "resnet_dt": resnet_dt,
                "bias": bias,
                "precision": precision_name(precision),
                "trainable": trainable,
                "cleared": cleared,
            },
        )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """List the residual layers."""
        return {"layers": _residual_layers(fields)}


class FittingNetwork(Component):
    """Residual layers as in `EmbeddingNetwork`, then a linear one ``(neuron[-1], out_dim)``."""

    __slots__ = ()
    essential = ("in_dim", "out_dim", "neuron")
    layout = (
        Constant("@class", "FittingNetwork"),
        Version(1, 1, 1),
        Field("in_dim", "size"),
        Field("out_dim", "size"),
        Field("neuron", "sizes"),
        Field("activation_function", "str"),
        Field("resnet_dt", "bool"),
        Field("precision", "str"),
        Field("bias_out", "bool"),
        Children("layers", Layer),
    )

    @classmethod
    def planned(
        cls,
        in_dim: int,
        out_dim: int,
        neuron: Sequence[int],
        precision: str,
        *,
        activation: str,
        resnet_dt: bool,
        trainable: bool | Sequence[bool],
        bias_out: bool = True,
    ) -> Plan:
        """Plan a network; the precision is kept as it is given, ``default`` included."""
        return Plan(
            cls,
            {
                "in_dim": in_dim,
                "out_dim": out_dim,
                "neuron": list(neuron),
                "activation_function": activation,
                "resnet_dt": resnet_dt,
                "precision": precision,
                "bias_out": bias_out,
                "trainable": trainable,
            },
        )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """List the residual layers and the linear one."""
        layers = _residual_layers({**fields, "bias": True})
        neuron, trainable = fields["neuron"], fields.get("trainable", True)
        last = Size("neuron[-1]", neuron[-1]) if neuron else fields["in_dim"]
        out = Layer.planned(
            last,
            Size("out_dim", fields["out_dim"]),
            fields["precision"],
            bias=fields["bias_out"],
            trainable=trainable if isinstance(trainable, bool) else trainable[-1],
        )
        return {"layers": [*layers, out]}


def _residual_layers(fields: Fields) -> list[Plan | None]:
    trainable, cleared = fields.get("trainable", True), fields.get("cleared", False)
    layers: list[Plan | None] = []
    before: int = fields["in_dim"]
    for index, width in enumerate(fields["neuron"]):
        size = Size(f"neuron[{index}]", width)
        layers.append(
            Layer.planned(
                before,
                size,
                fields["precision"],
                bias=fields["bias"],
                timestep=fields["resnet_dt"],
                activation=fields["activation_function"],
                resnet=True,
                trainable=trainable if isinstance(trainable, bool) else trainable[index],
                cleared=cleared,
            )
        )
        before = size
    return layers


class NetworkCollection(Component):
    """One network for each tuple of `ndim` types; the first type of the tuple runs fastest."""

    __slots__ = ()
    essential = ("ndim", "ntypes")
    layout = (
        Constant("@class", "NetworkCollection"),
        Version(1, 1, 1),
        Field("ndim", "size"),
        Field("ntypes", "size"),
        Field("network_type", "str"),
        Children("networks", needed=True),
    )

    @classmethod
    def planned(
        cls, ndim: int, ntypes: int, network_type: str, networks: Sequence[Plan | None]
    ) -> Plan:
        """Plan a collection of ``ntypes ** ndim`` networks."""
        return Plan(
            cls,
            {
                "ndim": ndim,
                "ntypes": ntypes,
                "network_type": network_type,
                "networks": list(networks),
            },
        )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """List the networks."""
        return {"networks": fields["networks"]}

    def fields(self) -> dict[str, Any]:
        """Plan each network by itself; there must be ``ntypes ** ndim``."""
        found = [None if each is None else each.plan() for each in self.data["networks"]]
        number = self.data["ntypes"] ** self.data["ndim"]
        padding: list[Plan | None] = [None] * (number - len(found))
        return {**self.data, "networks": [*found, *padding][:number]}
