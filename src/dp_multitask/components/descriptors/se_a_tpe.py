# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``se_a_tpe``: ``se_e2_a`` with one network, amplified by the types.

Only TensorFlow has it, and DeePMD-kit cannot serialise it; the layout is this package's own.
"""

from __future__ import annotations

from dp_multitask.components.blocks.layers import Layer, plain_layer
from dp_multitask.components.blocks.network import NN, NetworkCollection
from dp_multitask.components.core.layout import Child, Field, Version, statistics
from dp_multitask.components.core.plan import ChildPlans, Fields, Plan, Term
from dp_multitask.components.core.shareable import NO_PEER
from dp_multitask.components.descriptors.descriptor import (
    SingleEmbedding,
    filter_network,
    last_width,
)
from dp_multitask.components.descriptors.usual import head, usual
from dp_multitask.registry import native


@native("descriptor", "se_a_tpe")
class DescrptSeAEbd(SingleEmbedding):
    """``type_nchanl`` channels a type; the distances' network feeds an amplifier of them."""

    verified = NO_PEER
    layout = (
        *head("se_a_tpe", Version(1, 1, written=1), also=("se_a_ebd",)),
        *usual(
            "rcut", "rcut_smth", "sel", "neuron", "axis_neuron", "resnet_dt", "trainable",
            "type_one_side",
        ),
        Field("type_nchanl", "size", 4),
        Field("type_nlayer", "depth", 2),
        Field("numb_aparam", "size", 0),
        *usual(
            "exclude_types", "env_protection", "set_davg_zero", "activation_function", "precision",
            "env_mat",
        ),
        Child("embeddings", NetworkCollection),
        Child("amplify", Layer),
        Child("type_embedding_net", NN),
        statistics("len(sel)", "sum(sel)", 4),
        *usual("type_map"),
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan the network of distances, its amplifier and the network of types."""
        width, channels = last_width(fields), Term("type_nchanl", fields["type_nchanl"])
        amplified = (
            Term("neuron[-1] * type_nchanl", width * channels)
            if fields["type_one_side"]
            else Term("neuron[-1] * type_nchanl**2", width * channels**2)
        )
        ntypes, network = Term("len(sel)", len(fields["sel"])), filter_network(fields, 1)
        return super().children_of(fields) | {
            "embeddings": NetworkCollection.planned(0, ntypes, "embedding_network", [network]),
            "amplify": plain_layer(fields, width, amplified, bias=True),
            "type_embedding_net": Plan(NN, {"layers": _layers_of_types(fields, channels)}),
        }


def _layers_of_types(fields: Fields, channels: Term) -> list[Plan | None]:
    before = Term("1 + numb_aparam", 1 + fields["numb_aparam"])
    layers: list[Plan | None] = []
    for index in range(fields["type_nlayer"] + 1):
        last = index == fields["type_nlayer"]
        activation = "none" if last else fields["activation_function"]
        layers.append(plain_layer(fields, before, channels, bias=True, activation=activation))
        before = channels
    return layers
