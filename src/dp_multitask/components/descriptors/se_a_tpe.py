# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``se_a_tpe``: ``se_e2_a`` with one network, amplified by the types.

Only TensorFlow has it, and DeePMD-kit cannot serialise it; the layout is this package's own.
"""

from __future__ import annotations

from dp_multitask.components.blocks.layers import EnvMat, Layer
from dp_multitask.components.blocks.network import NN, NetworkCollection
from dp_multitask.components.core.layout import (
    Child,
    ChildPlans,
    Constant,
    Field,
    Fields,
    Plan,
    Size,
    Version,
    statistics,
)
from dp_multitask.components.descriptors.descriptor import (
    Descriptor,
    environment,
    filter_network,
    last_width,
    times_axis,
)
from dp_multitask.registry import native


@native("descriptor", "se_a_tpe")
class DescrptSeAEbd(Descriptor):
    """``type_nchanl`` channels a type; the distances' network feeds an amplifier of them."""

    __slots__ = ()
    layout = (
        Constant("@class", "Descriptor"),
        Constant("type", "se_a_tpe", also=("se_a_ebd",)),
        Version(1, 1, written=1),
        Field("rcut", "float", 6.0),
        Field("rcut_smth", "float", 0.5),
        Field("sel", "sizes | str", stored="sizes"),
        Field("neuron", "sizes", [10, 20, 40]),
        Field("axis_neuron", "size", 4, aliases=("n_axis_neuron",)),
        Field("resnet_dt", "bool", default=False),
        Field("trainable", "bool", default=True),
        Field("type_one_side", "bool", default=False),
        Field("type_nchanl", "size", 4),
        Field("type_nlayer", "size", 2),
        Field("numb_aparam", "size", 0),
        Field("exclude_types", "pairs", []),
        Field("env_protection", "float", 0.0, absent=0.0),
        Field("set_davg_zero", "bool", default=False),
        Field("activation_function", "str", "tanh"),
        Field("precision", "str", "default"),
        Child("env_mat", EnvMat),
        Child("embeddings", NetworkCollection),
        Child("amplify", Layer),
        Child("type_embedding_net", NN),
        statistics("len(sel)", "sum(sel)", 4),
        Field("type_map", "list | null", None, absent=None),
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan the network of distances, its amplifier and the network of types."""
        precision, trainable = fields["precision"], fields["trainable"]
        width, channels = last_width(fields), Size("type_nchanl", fields["type_nchanl"])
        amplified = (
            Size("neuron[-1] * type_nchanl", width * channels)
            if fields["type_one_side"]
            else Size("neuron[-1] * type_nchanl**2", width * channels**2)
        )
        before = Size("1 + numb_aparam", 1 + fields["numb_aparam"])
        types: list[Plan | None] = []
        for index in range(fields["type_nlayer"] + 1):
            last = index == fields["type_nlayer"]
            activation = "none" if last else fields["activation_function"]
            types.append(
                Layer.planned(
                    before, channels, precision, activation=activation, trainable=trainable
                )
            )
            before = channels
        ntypes = Size("len(sel)", len(fields["sel"]))
        return {
            "env_mat": environment(fields),
            "embeddings": NetworkCollection.planned(
                0, ntypes, "embedding_network", [filter_network(fields, 1)]
            ),
            "amplify": Layer.planned(width, amplified, precision, trainable=trainable),
            "type_embedding_net": Plan(NN, {"layers": types}),
        }

    @classmethod
    def dim_out(cls, fields: Fields) -> Size:
        """Give the width of the embedding times ``axis_neuron``."""
        return times_axis(fields)

    @classmethod
    def dim_emb(cls, fields: Fields) -> Size:
        """Give the width of the embedding."""
        return last_width(fields)
