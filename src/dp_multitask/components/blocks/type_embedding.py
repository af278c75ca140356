# SPDX-License-Identifier: LGPL-3.0-or-later
"""The network that turns an element into a vector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dp_multitask.components.blocks.network import EmbeddingNetwork
from dp_multitask.components.core.component import Component
from dp_multitask.components.core.in_pytorch import InPyTorch
from dp_multitask.components.core.layout import Child, Field, Version, block
from dp_multitask.components.core.plan import Fields, Plan, Term

ELECTRONIC_CONFIGURATION = Term("width of an electronic configuration", 118)
"""The input width with ``use_econf_tebd``, whatever the number of types."""


def _network(fields: Fields) -> Plan:
    """Plan the network, whose input is as wide as there are types."""
    econf = fields["use_econf_tebd"]
    width = ELECTRONIC_CONFIGURATION if econf else Term("ntypes", fields["ntypes"])
    return EmbeddingNetwork.plan_from(fields, in_dim=width, bias=fields["use_tebd_bias"])


class TypeEmbedNet(Component):
    """One hot vector of ``ntypes`` (or an electronic configuration) -> ``neuron[-1]`` numbers."""

    in_pytorch = InPyTorch(
        {"embedding": "embedding_net"},
        {"embedding": "embedding_net"},
        constants={"embedding/layers/*/trainable": True},
    )
    essential = ("ntypes", "neuron")
    layout = (
        *block("TypeEmbedNet", Version(1, 2, 2)),
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
        Child("embedding", EmbeddingNetwork, _network),
    )

    @classmethod
    def planned(
        cls,
        ntypes: int,
        neuron: Sequence[int],
        precision: str,
        *,
        type_map: list[str] | None = None,
        use_econf_tebd: bool = False,
        use_tebd_bias: bool = False,
        trainable: bool = True,
        activation: str = "Linear",
    ) -> Plan:
        """Plan the type embedding of a descriptor; the precision is kept as it is given."""
        fields: dict[str, Any] = {
            "ntypes": ntypes,
            "neuron": list(neuron),
            "resnet_dt": False,
            "precision": precision,
            "activation_function": activation,
            "trainable": trainable,
            "padding": True,
            "use_econf_tebd": use_econf_tebd,
            "use_tebd_bias": use_tebd_bias,
            "type_map": None if type_map is None else list(type_map),
        }
        return Plan(cls, fields)
