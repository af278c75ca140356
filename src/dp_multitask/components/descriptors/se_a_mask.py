# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``se_a_mask``: ``se_e2_a`` without cut-off, for a cluster with a mask.

Only TensorFlow has it, and DeePMD-kit cannot serialise it; the layout is this package's own.
"""

from __future__ import annotations

from dp_multitask.components.blocks.network import NetworkCollection
from dp_multitask.components.core.layout import (
    Child,
    ChildPlans,
    Constant,
    Field,
    Fields,
    Size,
    Version,
)
from dp_multitask.components.descriptors.descriptor import (
    Descriptor,
    embedding_of_types,
    last_width,
    times_axis,
)
from dp_multitask.registry import native


@native("descriptor", "se_a_mask")
class DescrptSeAMask(Descriptor):
    """Networks only: it takes no statistics of its environment."""

    __slots__ = ()
    layout = (
        Constant("@class", "Descriptor"),
        Constant("type", "se_a_mask"),
        Version(1, 1, written=1),
        Field("sel", "sizes | str", stored="sizes"),
        Field("neuron", "sizes", [10, 20, 40]),
        Field("axis_neuron", "size", 4, aliases=("n_axis_neuron",)),
        Field("resnet_dt", "bool", default=False),
        Field("trainable", "bool", default=True),
        Field("type_one_side", "bool", default=False),
        Field("exclude_types", "pairs", []),
        Field("activation_function", "str", "tanh"),
        Field("precision", "str", "default"),
        Child("embeddings", NetworkCollection),
        Field("type_map", "list | null", None, absent=None),
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan a network ``1 -> neuron`` for each neighbour type, or each pair of types."""
        return {"embeddings": embedding_of_types(fields)}

    @classmethod
    def dim_out(cls, fields: Fields) -> Size:
        """Give the width of the embedding times ``axis_neuron``."""
        return times_axis(fields)

    @classmethod
    def dim_emb(cls, fields: Fields) -> Size:
        """Give the width of the embedding."""
        return last_width(fields)
