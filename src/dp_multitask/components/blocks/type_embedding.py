# SPDX-License-Identifier: LGPL-3.0-or-later
"""The network that turns an element into a vector."""

from __future__ import annotations

from collections.abc import Sequence

from dp_multitask.components.blocks.network import EmbeddingNetwork
from dp_multitask.components.core.component import Component
from dp_multitask.components.core.layout import (
    Child,
    ChildPlans,
    Constant,
    Field,
    Fields,
    Plan,
    Size,
    Version,
)

ELECTRONIC_CONFIGURATION = Size("width of an electronic configuration", 118)
"""The input width with ``use_econf_tebd``, whatever the number of types."""


class TypeEmbedNet(Component):
    """One hot vector of ``ntypes`` (or an electronic configuration) -> ``neuron[-1]`` numbers."""

    __slots__ = ()
    essential = ("ntypes", "neuron")
    layout = (
        Constant("@class", "TypeEmbedNet"),
        Version(1, 2, 2),
        Field("ntypes", "size"),
        Field("neuron", "sizes"),
        Field("resnet_dt", "bool"),
        Field("precision", "str"),
        Field("activation_function", "str"),
        Field("trainable", "bool"),
        Field("padding", "bool"),
        Field("use_econf_tebd", "bool", absent=False),
        # version 1 had no such field, and always a bias
        Field("use_tebd_bias", "bool", absent=True),
        Field("type_map", "list | null", absent=None),
        Child("embedding", EmbeddingNetwork),
    )

    @classmethod
    def planned(
        cls,
        ntypes: int,
        neuron: Sequence[int],
        precision: str,
        *,
        type_map: list[str] | None,
        use_econf_tebd: bool,
        use_tebd_bias: bool,
        trainable: bool,
        activation: str = "Linear",
        padding: bool = True,
    ) -> Plan:
        """Plan the type embedding of a descriptor; the precision is kept as it is given."""
        return Plan(
            cls,
            {
                "ntypes": ntypes,
                "neuron": list(neuron),
                "resnet_dt": False,
                "precision": precision,
                "activation_function": activation,
                "trainable": trainable,
                "padding": padding,
                "use_econf_tebd": use_econf_tebd,
                "use_tebd_bias": use_tebd_bias,
                "type_map": None if type_map is None else list(type_map),
            },
        )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan the network, whose input is as wide as there are types."""
        econf = fields["use_econf_tebd"]
        network = EmbeddingNetwork.planned(
            ELECTRONIC_CONFIGURATION if econf else Size("ntypes", fields["ntypes"]),
            fields["neuron"],
            fields["precision"],
            activation=fields["activation_function"],
            resnet_dt=fields["resnet_dt"],
            trainable=fields["trainable"],
            bias=fields["use_tebd_bias"],
        )
        return {"embedding": network}
