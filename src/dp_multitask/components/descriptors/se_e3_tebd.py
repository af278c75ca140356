# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``se_e3_tebd``: three-body embedding with a type embedding."""

from __future__ import annotations

from typing import Any, ClassVar

from dp_multitask.components.blocks.network import NetworkCollection
from dp_multitask.components.core.in_pytorch import InPyTorch, filters
from dp_multitask.components.core.layout import Child, Field, Kept, Version, statistics
from dp_multitask.components.core.plan import Fields, Term
from dp_multitask.components.core.shareable import EVALUATED, EVERYTHING, TYPE_EMBEDDING
from dp_multitask.components.descriptors.descriptor import (
    MixedTypes,
    SingleEmbedding,
    last_width,
    with_type_embedding,
)
from dp_multitask.components.descriptors.usual import differing, head, usual
from dp_multitask.registry import native


@native("descriptor", "se_e3_tebd")
class DescrptSeTTebd(MixedTypes, SingleEmbedding):
    """One embedding network, fed with the type embeddings of both neighbours."""

    in_pytorch = InPyTorch(
        filters("se_ttebd.") | {"type_embedding": "type_embedding.embedding"},
        filters("se_ttebd.", "embeddings"),
        constants={"env_mat/protection": 0.0},
    )
    verified = EVALUATED
    share_levels: ClassVar = {0: EVERYTHING, 1: TYPE_EMBEDDING}
    layout = (
        *head("se_e3_tebd", Version(1, 2, written=1)),
        *usual("rcut", "rcut_smth"),
        differing("sel", kind="sizes | size | str"),
        *usual("ntypes", "neuron", "tebd_dim"),
        Field("tebd_input_mode", "str", "concat"),
        Field("set_davg_zero", "bool", default=True),
        *usual("activation_function", "resnet_dt", "concat_output_tebd"),
        Field("use_econf_tebd", "bool", default=False),
        *usual("type_map", "precision"),
        Child("embeddings", NetworkCollection),
        *usual("env_mat", "type_embedding", "exclude_types"),
        Field("env_protection", "float", 0.0),
        Field("smooth", "bool", default=True, absent=True),
        statistics("ntypes", "sum(sel)", 4),
        *usual("trainable"),
        Child("embeddings_strip", NetworkCollection),
        Field("use_tebd_bias", "bool", default=True, only_in="config"),
        Kept("compress"),
    )

    def fields(self) -> dict[str, Any]:
        """Find ``use_tebd_bias`` in the type embedding: the descriptor does not keep it."""
        embedding = self.data.get("type_embedding")
        bias = embedding is None or embedding.fields()["use_tebd_bias"]
        return {**super().fields(), "use_tebd_bias": bias}

    @classmethod
    def dim_out(cls, fields: Fields) -> Term:
        """Give the width of the embedding, and of the types where they are in the output."""
        return with_type_embedding(last_width(fields), fields)
