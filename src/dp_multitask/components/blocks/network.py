# SPDX-License-Identifier: LGPL-3.0-or-later
"""Networks, which are chains of layers, and collections of networks by type.

Layouts and versions are those of DeePMD-kit 3.2.0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dp_multitask.components.blocks.layers import Layer
from dp_multitask.components.core.component import Component
from dp_multitask.components.core.in_pytorch import InPyTorch
from dp_multitask.components.core.initial import precision_name
from dp_multitask.components.core.kinds import MOST_PARTS
from dp_multitask.components.core.layout import Children, Field, Given, Version, block
from dp_multitask.components.core.plan import ChildPlans, Fields, Plan, Term
from dp_multitask.errors import ShapeError


class NN(Component):
    """A chain of layers."""

    layout = (
        *block("NN", Version(1, 1, 1)),
        Children("layers", Layer, own=True, needed=True),
    )

    def fields(self) -> dict[str, Any]:
        """Plan each layer with the width of the one before."""
        fields = super().fields()
        before: Plan | None = None
        for plan in fields["layers"]:
            if plan is not None and before is not None:
                plan.fields["num_in"] = Term("width of the layer before", before.fields["num_out"])
            before = plan
        return fields


_NETWORK = (
    Field("activation_function", "str"),
    Field("resnet_dt", "bool"),
)


class EmbeddingNetwork(Component):
    """Residual layers ``(in_dim, neuron[0])``, ``(neuron[0], neuron[1])``, ..."""

    essential = ("in_dim", "neuron")
    layout = (
        *block("EmbeddingNetwork", Version(1, 2, 2)),
        Field("in_dim", "size"),
        Field("neuron", "sizes"),
        *_NETWORK,
        Field("bias", "bool", absent=True),
        Field("precision", "str", written=precision_name),
        Children("layers", Layer, plan=lambda fields: residual_layers(fields)),
        Given("trainable", default=True),
        Given("cleared", default=False),
    )


class FittingNetwork(Component):
    """Residual layers as in `EmbeddingNetwork`, then a linear one ``(neuron[-1], out_dim)``.

    The precision is kept as it is given, ``default`` included.
    """

    essential = ("in_dim", "out_dim", "neuron")
    layout = (
        *block("FittingNetwork", Version(1, 1, 1)),
        Field("in_dim", "size"),
        Field("out_dim", "size"),
        Field("neuron", "sizes"),
        *_NETWORK,
        Field("precision", "str"),
        Field("bias_out", "bool"),
        Children("layers", Layer),
        Given("trainable", default=True),
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """List the residual layers and the linear one."""
        layers = residual_layers({**fields, "bias": True, "cleared": False})
        neuron, trainable = fields["neuron"], fields["trainable"]
        last = Term("neuron[-1]", neuron[-1]) if neuron else fields["in_dim"]
        out = Layer.planned(
            last,
            Term("out_dim", fields["out_dim"]),
            fields["precision"],
            bias=fields["bias_out"],
            trainable=trainable if isinstance(trainable, bool) else trainable[-1],
        )
        return {"layers": [*layers, out]}


def residual_layers(fields: Fields) -> list[Plan | None]:
    """Plan the layers of a network's ``neuron``, each with a residual link where widths allow."""
    trainable = fields["trainable"]
    layers: list[Plan | None] = []
    before: int = fields["in_dim"]
    for index, width in enumerate(fields["neuron"]):
        size = Term(f"neuron[{index}]", width)
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
                cleared=fields["cleared"],
            )
        )
        before = size
    return layers


class NetworkCollection(Component):
    """One network for each tuple of `ndim` types; the first type of the tuple runs fastest."""

    in_pytorch = InPyTorch(exportable={"networks": "_module_networks"})
    essential = ("ndim", "ntypes")
    layout = (
        *block("NetworkCollection", Version(1, 1, 1)),
        Field("ndim", "size"),
        Field("ntypes", "size"),
        Field("network_type", "str"),
        Children("networks", own=True, needed=True),
    )

    @classmethod
    def planned(
        cls, ndim: int, ntypes: int, network_type: str, networks: Sequence[Plan | None]
    ) -> Plan:
        """Plan a collection of ``ntypes ** ndim`` networks."""
        fields = {"ndim": ndim, "ntypes": ntypes, "network_type": network_type}
        return Plan(cls, {**fields, "networks": list(networks)})

    def fields(self) -> dict[str, Any]:
        """Plan each network by itself; there must be ``ntypes ** ndim``."""
        fields, ndim, ntypes = super().fields(), self.data["ndim"], self.data["ntypes"]
        found = len(fields["networks"])
        # no power is taken of numbers that a file merely claims
        if ndim > 2 or ntypes > MOST_PARTS or found != ntypes**ndim:
            msg = f"{type(self).__name__} has {found} networks, expected {ntypes}**{ndim}"
            raise ShapeError(msg, path=("networks",))
        return fields
