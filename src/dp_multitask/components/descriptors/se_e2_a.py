# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``se_e2_a``: two-body embedding of all relative coordinates."""

from __future__ import annotations

from dp_multitask.components.blocks.layers import EnvMat
from dp_multitask.components.blocks.network import NetworkCollection
from dp_multitask.components.core.layout import (
    Child,
    ChildPlans,
    Constant,
    Field,
    Fields,
    Kept,
    Size,
    Version,
    statistics,
)
from dp_multitask.components.descriptors.descriptor import (
    Descriptor,
    embedding_of_types,
    environment,
    last_width,
    times_axis,
)
from dp_multitask.registry import native


@native("descriptor", "se_e2_a")
class DescrptSeA(Descriptor):
    """One embedding network for each pair of types, or each neighbour type (one-side)."""

    __slots__ = ()
    layout = (
        Constant("@class", "Descriptor"),
        Constant("type", "se_e2_a", also=("se_a",)),
        Version(1, 3, written=2),
        Field("rcut", "float", 6.0),
        Field("rcut_smth", "float", 0.5),
        Field("sel", "sizes | str", stored="sizes"),
        Field("neuron", "sizes", [10, 20, 40]),
        Field("axis_neuron", "size", 4, aliases=("n_axis_neuron",)),
        Field("resnet_dt", "bool", default=False),
        Field("trainable", "bool", default=True),
        Field("type_one_side", "bool", default=False),
        Field("exclude_types", "pairs", []),
        Field("env_protection", "float", 0.0, absent=0.0),
        Field("set_davg_zero", "bool", default=False),
        Field("activation_function", "str", "tanh"),
        Field("precision", "str", "default"),
        Field("spin", "any", None, absent=None),
        Child("env_mat", EnvMat),
        Child("embeddings", NetworkCollection),
        statistics("len(sel)", "sum(sel)", 4),
        Field("type_map", "list | null", None, absent=None),
        Kept("compress"),
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan a network ``1 -> neuron`` for each neighbour type, or each pair of types."""
        return {"env_mat": environment(fields), "embeddings": embedding_of_types(fields)}

    @classmethod
    def dim_out(cls, fields: Fields) -> Size:
        """Give the width of the embedding times ``axis_neuron``."""
        return times_axis(fields)

    @classmethod
    def dim_emb(cls, fields: Fields) -> Size:
        """Give the width of the embedding."""
        return last_width(fields)
