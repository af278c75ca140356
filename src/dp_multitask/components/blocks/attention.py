# SPDX-License-Identifier: LGPL-3.0-or-later
"""The neighbour attention of ``se_atten``: a stack of gated attention layers."""

from __future__ import annotations

from dp_multitask.components.blocks.layers import Layer, LayerNorm
from dp_multitask.components.core.component import Component
from dp_multitask.components.core.layout import (
    Child,
    ChildPlans,
    Children,
    Constant,
    Field,
    Fields,
    Plan,
    Size,
    Version,
)

_SHARED_FIELDS = (
    Field("nnei", "size"),
    Field("embed_dim", "size"),
    Field("hidden_dim", "size"),
    Field("dotr", "bool"),
    Field("do_mask", "bool"),
    Field("scaling_factor", "float"),
    Field("normalize", "bool"),
    Field("temperature", "float | null"),
)


class GatedAttentionLayer(Component):
    """Attention of one head over the neighbours; without class or version."""

    __slots__ = ()
    essential = ("nnei", "embed_dim", "hidden_dim")
    layout = (
        *_SHARED_FIELDS[:3],
        Field("num_heads", "size"),
        *_SHARED_FIELDS[3:],
        Field("bias", "bool"),
        Field("smooth", "bool"),
        Field("precision", "str"),
        Child("in_proj", Layer),
        Child("out_proj", Layer),
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan the projections into query, key and value, and out of them."""
        embed = Size("embed_dim", fields["embed_dim"])
        hidden = fields["hidden_dim"]
        precision, trainable = fields["precision"], fields.get("trainable", True)
        into = Size("3 * hidden_dim", 3 * hidden)
        return {
            "in_proj": Layer.planned(
                embed, into, precision, bias=fields["bias"], trainable=trainable
            ),
            "out_proj": Layer.planned(
                Size("hidden_dim", hidden),
                embed,
                precision,
                bias=fields["bias"],
                trainable=trainable,
            ),
        }


class NeighborGatedAttentionLayer(Component):
    """Attention and the normalisation after it; without class or version."""

    __slots__ = ()
    essential = ("nnei", "embed_dim", "hidden_dim")
    layout = (
        *_SHARED_FIELDS,
        Field("trainable_ln", "bool"),
        Field("ln_eps", "float"),
        Field("precision", "str"),
        Child("attention_layer", GatedAttentionLayer),
        Child("attn_layer_norm", LayerNorm),
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan one head with bias, and the normalisation of its ``embed_dim`` outputs."""
        attention = {"smooth": True, **fields, "num_heads": 1, "bias": True}
        norm = LayerNorm.planned(
            Size("embed_dim", fields["embed_dim"]),
            fields["precision"],
            eps=fields["ln_eps"],
            trainable=fields["trainable_ln"],
        )
        return {"attention_layer": Plan(GatedAttentionLayer, attention), "attn_layer_norm": norm}


class NeighborGatedAttention(Component):
    """A stack of ``layer_num`` attention layers."""

    __slots__ = ()
    essential = ("layer_num", "nnei", "embed_dim", "hidden_dim")
    layout = (
        Constant("@class", "NeighborGatedAttention"),
        Version(1, 1, 1),
        Field("layer_num", "size"),
        *_SHARED_FIELDS,
        Field("trainable_ln", "bool"),
        Field("ln_eps", "float"),
        Field("precision", "str"),
        Children("attention_layers", NeighborGatedAttentionLayer),
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan ``layer_num`` equal layers."""
        each = Plan(NeighborGatedAttentionLayer, {**fields})
        return {"attention_layers": [each] * fields["layer_num"]}
