# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``se_e3``: three-body embedding of angles."""

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
    environment,
    excluded_pairs,
    filter_network,
    last_width,
    type_pairs,
)
from dp_multitask.registry import native


@native("descriptor", "se_e3")
class DescrptSeT(Descriptor):
    """One embedding network for each pair of neighbour types."""

    __slots__ = ()
    layout = (
        Constant("@class", "Descriptor"),
        Constant("type", "se_e3", also=("se_at", "se_a_3be")),
        Version(1, 3, written=2),
        Field("rcut", "float", 6.0),
        Field("rcut_smth", "float", 0.5),
        Field("sel", "sizes | str", stored="sizes"),
        Field("neuron", "sizes", [10, 20, 40]),
        Field("resnet_dt", "bool", default=False),
        Field("set_davg_zero", "bool", default=False),
        Field("activation_function", "str", "tanh"),
        Field("precision", "str", "default"),
        Child("embeddings", NetworkCollection),
        Child("env_mat", EnvMat),
        Field("exclude_types", "pairs", [], absent=[]),
        Field("env_protection", "float", 0.0, absent=0.0),
        statistics("len(sel)", "sum(sel)", 4),
        Field("type_map", "list | null", None, absent=None),
        Field("trainable", "bool", default=True),
        Kept("compress"),
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan a network ``1 -> neuron`` for each pair; half of them are never used."""
        ntypes = Size("len(sel)", len(fields["sel"]))
        excluded = excluded_pairs(fields)
        networks = [
            filter_network(fields, 1, cleared=(first, second) in excluded or second < first)
            for first, second in type_pairs(ntypes)
        ]
        return {
            "env_mat": environment(fields),
            "embeddings": NetworkCollection.planned(2, ntypes, "embedding_network", networks),
        }

    @classmethod
    def dim_out(cls, fields: Fields) -> Size:
        """Give the width of the embedding."""
        return last_width(fields)

    @classmethod
    def dim_emb(cls, fields: Fields) -> Size:
        """Give the width of the embedding."""
        return last_width(fields)
