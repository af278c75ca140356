# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``se_a_ef``: ``se_e2_a`` along and across an electric field.

Only TensorFlow has it, and DeePMD-kit cannot serialise it; the layout is this package's own.
"""

from __future__ import annotations

from dp_multitask.components.blocks.layers import EnvMat
from dp_multitask.components.blocks.network import NetworkCollection
from dp_multitask.components.core.layout import (
    Child,
    ChildPlans,
    Constant,
    Field,
    Fields,
    Size,
    Version,
    statistics,
)
from dp_multitask.components.descriptors.descriptor import (
    Descriptor,
    embedding_of_types,
    last_width,
    times_axis,
)
from dp_multitask.registry import native


@native("descriptor", "se_a_ef")
class DescrptSeAEf(Descriptor):
    """One set of networks and statistics serves both directions."""

    __slots__ = ()
    layout = (
        Constant("@class", "Descriptor"),
        Constant("type", "se_a_ef"),
        Version(1, 1, written=1),
        Field("rcut", "float", 6.0),
        Field("rcut_smth", "float", 0.5),
        Field("sel", "sizes | str", stored="sizes"),
        Field("neuron", "sizes", [24, 48, 96]),
        Field("axis_neuron", "size", 8, aliases=("n_axis_neuron",)),
        Field("resnet_dt", "bool", default=False),
        Field("trainable", "bool", default=True),
        Field("type_one_side", "bool", default=True),
        Field("exclude_types", "pairs", []),
        Field("set_davg_zero", "bool", default=False),
        Field("activation_function", "str", "tanh"),
        Field("precision", "str", "default"),
        Child("env_mat", EnvMat),
        Child("embeddings", NetworkCollection),
        statistics("len(sel)", "sum(sel)", 4),
        Field("type_map", "list | null", None, absent=None),
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan a network ``1 -> neuron`` for each neighbour type, or each pair of types."""
        environment = EnvMat.planned(fields["rcut"], fields["rcut_smth"])
        return {"env_mat": environment, "embeddings": embedding_of_types(fields)}

    @classmethod
    def dim_out(cls, fields: Fields) -> Size:
        """Give the width of both directions."""
        width = times_axis(fields)
        return Size(f"2 * {width.formula}", 2 * width)

    @classmethod
    def dim_emb(cls, fields: Fields) -> Size:
        """Give the width of the embedding."""
        return last_width(fields)
