# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``se_atten``, or DPA-1: type embedding and neighbour attention."""

from __future__ import annotations

from typing import Any

from dp_multitask.components.blocks.attention import NeighborGatedAttention
from dp_multitask.components.blocks.layers import EnvMat
from dp_multitask.components.blocks.network import NetworkCollection
from dp_multitask.components.blocks.type_embedding import TypeEmbedNet
from dp_multitask.components.core.initial import normal, ones, zeros
from dp_multitask.components.core.layout import (
    Child,
    ChildPlans,
    Constant,
    Entry,
    Field,
    Fields,
    Kept,
    Plan,
    Size,
    Variable,
    Variables,
    Version,
)
from dp_multitask.components.descriptors.descriptor import (
    MixedTypesDescriptor,
    embedding_with_types,
    environment,
    last_width,
    times_axis,
    with_type_embedding,
)
from dp_multitask.registry import native


class AttentionDescriptor(MixedTypesDescriptor):
    """What ``se_atten`` and ``se_atten_v2`` have in common."""

    __slots__ = ()
    config_only = (*MixedTypesDescriptor.config_only, "stripped_type_embedding")

    @classmethod
    def terms(cls, fields: Fields) -> dict[str, int]:
        """Add the number of degrees above the first."""
        return {**super().terms(fields), "lmax - 1": fields.get("lmax", 1) - 1}

    @classmethod
    def prepare(cls, fields: dict[str, Any], type_map: list[str] | None) -> None:
        """Write out the defaults; ``lmax`` is kept, in version 4, only where it is not 1."""
        super().prepare(fields, type_map)
        fields["attn_mask"], fields["spin"] = False, None
        if fields["ln_eps"] is None:
            fields["ln_eps"] = 1e-5
        if fields["lmax"] == 1:
            del fields["lmax"]
        else:
            fields["@version"] = 4

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan the networks, the attention layers and the type embedding."""
        sides = 1 if fields["type_one_side"] else 2
        width = Size("tebd_dim" if sides == 1 else "2 * tebd_dim", sides * fields["tebd_dim"])
        attention = {
            "layer_num": fields["attn_layer"],
            "nnei": Size("sum(sel)", sum(fields["sel"])),
            "embed_dim": last_width(fields),
            "hidden_dim": Size("attn", fields["attn"]),
            "dotr": fields["attn_dotr"],
            "do_mask": False,
            "scaling_factor": fields["scaling_factor"],
            "normalize": fields["normalize"],
            "temperature": fields["temperature"],
            "trainable_ln": fields["trainable_ln"],
            "ln_eps": fields["ln_eps"],
            "precision": fields.get("given_precision", fields["precision"]),
            "smooth": fields.get("smooth_type_embedding", True),
            "trainable": fields["trainable"],
        }
        return {
            **embedding_with_types({"tebd_input_mode": "strip", **fields}, width),
            "attention_layers": Plan(NeighborGatedAttention, attention),
            "env_mat": environment(fields),
            "type_embedding": cls.type_embedding(fields, [fields["tebd_dim"]]),
        }

    @classmethod
    def dim_out(cls, fields: Fields) -> Size:
        """Give the width of the product, and of the types where they are in the output."""
        return with_type_embedding(times_axis(fields), fields)

    @classmethod
    def dim_emb(cls, fields: Fields) -> Size:
        """Give the width of the embedding."""
        return last_width(fields)


SIZES: tuple[Entry, ...] = (
    Field("rcut", "float", 6.0),
    Field("rcut_smth", "float", 0.5),
    Field("sel", "sizes | size | str", stored="sizes"),
    Field("ntypes", "size", only_in="tree"),
    Field("neuron", "sizes", [10, 20, 40]),
    Field("axis_neuron", "size", 4, aliases=("n_axis_neuron",)),
    Field("tebd_dim", "size", 8),
)
ATTENTION: tuple[Entry, ...] = (
    Field("attn", "size", 128),
    Field("attn_layer", "size", 2),
    Field("attn_dotr", "bool", default=True),
    Field("attn_mask", "bool", default=False),
    Field("activation_function", "str", "tanh"),
    Field("resnet_dt", "bool", default=False),
    Field("scaling_factor", "float", 1.0),
    Field("normalize", "bool", default=True),
    Field("temperature", "float | null", None),
    Field("trainable_ln", "bool", default=True),
    Field("ln_eps", "float | null", None),
)
TYPES: tuple[Entry, ...] = (
    Field("type_one_side", "bool", default=False),
    Field("concat_output_tebd", "bool", default=True),
    Field("use_econf_tebd", "bool", default=False, absent=False),
    # version 1 had no such field, and always a bias
    Field("use_tebd_bias", "bool", default=False, absent=True),
    Field("type_map", "list | null", None, absent=None),
    Field("precision", "str", "default"),
)
REST: tuple[Entry, ...] = (
    Child("attention_layers", NeighborGatedAttention),
    Child("env_mat", EnvMat),
    Child("type_embedding", TypeEmbedNet),
    Field("exclude_types", "pairs", []),
    Field("env_protection", "float", 0.0, absent=0.0),
    Variables(
        {
            "davg": Variable(("ntypes", "sum(sel)", 4), zeros),
            "dstd": Variable(("ntypes", "sum(sel)", 4), ones),
            "degree_gain_raw": Variable(
                ("lmax - 1",), normal(0.1), when=lambda fields: fields.get("lmax", 1) != 1
            ),
        }
    ),
    Field("trainable", "bool", default=True),
    Field("spin", "any", None),
    Field("lmax", "size", 1, absent=1),
)


@native("descriptor", "se_atten")
class DescrptDPA1(AttentionDescriptor):
    """One embedding network, then attention; its tree's type is ``dpa1``."""

    __slots__ = ()
    layout = (
        Constant("@class", "Descriptor"),
        Constant("type", "dpa1", also=("se_atten",)),
        Version(1, 4, written=2),
        *SIZES,
        Field("tebd_input_mode", "str", "concat"),
        Field("set_davg_zero", "bool", default=True),
        *ATTENTION,
        Field("smooth_type_embedding", "bool", False, aliases=("smooth_type_embdding",)),
        *TYPES,
        Child("embeddings", NetworkCollection),
        *REST,
        Child("embeddings_strip", NetworkCollection),
        Kept("compress"),
    )
