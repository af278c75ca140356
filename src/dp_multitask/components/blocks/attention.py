# SPDX-License-Identifier: LGPL-3.0-or-later
"""The neighbour attention of ``se_atten``: a stack of gated attention layers."""

from __future__ import annotations

from dp_multitask.components.blocks.layers import Layer, LayerNorm, plain_layer
from dp_multitask.components.core.component import Component
from dp_multitask.components.core.layout import Child, Children, Field, Given, Version, block
from dp_multitask.components.core.plan import ChildPlans, Fields, Term
from dp_multitask.components.core.planning import repeated

_SIZES = (Field("nnei", "size"), Field("embed_dim", "size"), Field("hidden_dim", "size"))
_ATTENTION = (
    Field("dotr", "bool"),
    Field("do_mask", "bool"),
    Field("scaling_factor", "float"),
    Field("normalize", "bool"),
    Field("temperature", "float | null"),
)
_NORMALISATION = (
    Field("trainable_ln", "bool"),
    Field("ln_eps", "float"),
    Field("precision", "str"),
)


class GatedAttentionLayer(Component):
    """Attention of one head over the neighbours; without class or version."""

    essential = ("nnei", "embed_dim", "hidden_dim")
    layout = (
        *_SIZES,
        Field("num_heads", "size"),
        *_ATTENTION,
        Field("bias", "bool"),
        Field("smooth", "bool"),
        Field("precision", "str"),
        Child("in_proj", Layer),
        Child("out_proj", Layer),
        Given("trainable", default=True),
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan the projections into query, key and value, and out of them."""
        embed, bias = Term("embed_dim", fields["embed_dim"]), fields["bias"]
        hidden = fields["hidden_dim"]
        into, out = Term("3 * hidden_dim", 3 * hidden), Term("hidden_dim", hidden)
        return {
            "in_proj": plain_layer(fields, embed, into, bias=bias),
            "out_proj": plain_layer(fields, out, embed, bias=bias),
        }


class NeighborGatedAttentionLayer(Component):
    """Attention and the normalisation after it; without class or version."""

    essential = ("nnei", "embed_dim", "hidden_dim")
    layout = (
        *_SIZES,
        *_ATTENTION,
        *_NORMALISATION,
        Child(
            "attention_layer",
            GatedAttentionLayer,
            lambda fields: GatedAttentionLayer.plan_from(fields, num_heads=1, bias=True),
        ),
        Child(
            "attn_layer_norm",
            LayerNorm,
            lambda fields: LayerNorm.after(Term("embed_dim", fields["embed_dim"]), fields),
        ),
        Given("smooth", default=True),
        Given("trainable", default=True),
    )


class NeighborGatedAttention(Component):
    """A stack of ``layer_num`` attention layers."""

    essential = ("layer_num", "nnei", "embed_dim", "hidden_dim")
    layout = (
        *block("NeighborGatedAttention", Version(1, 1, 1)),
        Field("layer_num", "depth"),
        *_SIZES,
        *_ATTENTION,
        *_NORMALISATION,
        Children(
            "attention_layers",
            NeighborGatedAttentionLayer,
            lambda fields: repeated(
                NeighborGatedAttentionLayer.plan_from(fields), fields["layer_num"], "layers"
            ),
        ),
        Given("smooth", default=True),
        Given("trainable", default=True),
    )
