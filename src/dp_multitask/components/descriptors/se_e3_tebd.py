# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``se_e3_tebd``: three-body embedding with a type embedding."""

from __future__ import annotations

from typing import Any

from dp_multitask.components.blocks.layers import EnvMat
from dp_multitask.components.blocks.network import NetworkCollection
from dp_multitask.components.blocks.type_embedding import TypeEmbedNet
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
    MixedTypesDescriptor,
    embedding_with_types,
    environment,
    last_width,
    with_type_embedding,
)
from dp_multitask.registry import native


@native("descriptor", "se_e3_tebd")
class DescrptSeTTebd(MixedTypesDescriptor):
    """One embedding network, fed with the type embeddings of both neighbours."""

    __slots__ = ()
    layout = (
        Constant("@class", "Descriptor"),
        Constant("type", "se_e3_tebd"),
        Version(1, 2, written=1),
        Field("rcut", "float", 6.0),
        Field("rcut_smth", "float", 0.5),
        Field("sel", "sizes | size | str", stored="sizes"),
        Field("ntypes", "size", only_in="tree"),
        Field("neuron", "sizes", [10, 20, 40]),
        Field("tebd_dim", "size", 8),
        Field("tebd_input_mode", "str", "concat"),
        Field("set_davg_zero", "bool", default=True),
        Field("activation_function", "str", "tanh"),
        Field("resnet_dt", "bool", default=False),
        Field("concat_output_tebd", "bool", default=True),
        Field("use_econf_tebd", "bool", default=False),
        Field("type_map", "list | null", None, absent=None),
        Field("precision", "str", "default"),
        Child("embeddings", NetworkCollection),
        Child("env_mat", EnvMat),
        Child("type_embedding", TypeEmbedNet),
        Field("exclude_types", "pairs", []),
        Field("env_protection", "float", 0.0),
        Field("smooth", "bool", default=True, absent=True),
        statistics("ntypes", "sum(sel)", 4),
        Field("trainable", "bool", default=True),
        Child("embeddings_strip", NetworkCollection),
        Field("use_tebd_bias", "bool", default=True, only_in="config"),
        Kept("compress"),
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan the networks: with ``strip`` a second one takes the type embeddings."""
        width = Size("2 * tebd_dim", 2 * fields["tebd_dim"])
        return {
            **embedding_with_types(fields, width),
            "env_mat": environment(fields),
            "type_embedding": cls.type_embedding(fields, [fields["tebd_dim"]]),
        }

    def fields(self) -> dict[str, Any]:
        """Find ``use_tebd_bias`` in the type embedding: the descriptor does not keep it."""
        embedding = self.data.get("type_embedding")
        bias = embedding is None or embedding.fields()["use_tebd_bias"]
        return {**super().fields(), "use_tebd_bias": bias}

    @classmethod
    def dim_out(cls, fields: Fields) -> Size:
        """Give the width of the embedding, and of the types where they are in the output."""
        return with_type_embedding(last_width(fields), fields)

    @classmethod
    def dim_emb(cls, fields: Fields) -> Size:
        """Give the width of the embedding."""
        return last_width(fields)
