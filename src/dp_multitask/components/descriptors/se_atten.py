# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``se_atten``, or DPA-1: type embedding and neighbour attention."""

from __future__ import annotations

from typing import Any, ClassVar

from dp_multitask.components.blocks.attention import NeighborGatedAttention
from dp_multitask.components.blocks.network import NetworkCollection
from dp_multitask.components.core.in_pytorch import InPyTorch, filters
from dp_multitask.components.core.initial import normal
from dp_multitask.components.core.layout import (
    Child,
    Entry,
    Field,
    Kept,
    Variable,
    Variables,
    Version,
    statistics,
)
from dp_multitask.components.core.plan import Fields, Plan, Term
from dp_multitask.components.core.shareable import EVALUATED, EVERYTHING, TYPE_EMBEDDING
from dp_multitask.components.descriptors.descriptor import (
    MixedTypes,
    SingleEmbedding,
    last_width,
    times_axis,
    with_type_embedding,
)
from dp_multitask.components.descriptors.usual import differing, head, usual
from dp_multitask.errors import ComponentError
from dp_multitask.registry import native


class AttentionDescriptor(MixedTypes, SingleEmbedding):
    """What ``se_atten`` and ``se_atten_v2`` have in common."""

    in_pytorch = InPyTorch(
        {
            **filters("se_atten."),
            "attention_layers": "se_atten.dpa1_attention",
            "type_embedding": "type_embedding.embedding",
            "degree_gain_raw": "se_atten.adam_degree_gain_raw",
        },
        {
            **filters("se_atten.", "embeddings"),
            "attention_layers": "se_atten.dpa1_attention",
            "degree_gain_raw": "se_atten.adam_degree_gain_raw",
        },
    )
    config_only = (*MixedTypes.config_only, "stripped_type_embedding")
    verified = EVALUATED
    share_levels: ClassVar = {0: EVERYTHING, 1: TYPE_EMBEDDING}

    @classmethod
    def terms(cls, fields: Fields) -> dict[str, int]:
        """Add the number of degrees above the first."""
        return {**super().terms(fields), "lmax - 1": fields.get("lmax", 1) - 1}

    @classmethod
    def prepare(cls, fields: dict[str, Any], type_map: list[str] | None) -> None:
        """Write out the defaults; ``lmax`` is kept, in version 4, only where it is not 1."""
        super().prepare(fields, type_map)
        if fields["lmax"] < 1:
            msg = f"'lmax' is {fields['lmax']}, expected 1 or more"
            raise ComponentError(msg, path=("lmax",))
        fields["attn_mask"], fields["spin"] = False, None
        if fields["ln_eps"] is None:
            fields["ln_eps"] = 1e-5
        if fields["lmax"] == 1:
            del fields["lmax"]
        else:
            fields["@version"] = 4

    @classmethod
    def dim_out(cls, fields: Fields) -> Term:
        """Give the width of the product, and of the types where they are in the output."""
        return with_type_embedding(times_axis(fields), fields)


def _attention(fields: Fields) -> Plan:
    return NeighborGatedAttention.plan_from(
        fields,
        layer_num=fields["attn_layer"],
        nnei=Term("sum(sel)", sum(fields["sel"])),
        embed_dim=last_width(fields),
        hidden_dim=Term("attn", fields["attn"]),
        dotr=fields["attn_dotr"],
        do_mask=False,
        smooth=fields.get("smooth_type_embedding", True),
    )


SIZES: tuple[Entry, ...] = (
    *usual("rcut", "rcut_smth"),
    differing("sel", kind="sizes | size | str"),
    *usual("ntypes", "neuron", "axis_neuron", "tebd_dim"),
)
ATTENTION: tuple[Entry, ...] = (
    Field("attn", "size", 128),
    Field("attn_layer", "depth", 2),
    Field("attn_dotr", "bool", default=True),
    Field("attn_mask", "bool", default=False),
    *usual("activation_function", "resnet_dt"),
    Field("scaling_factor", "float", 1.0),
    Field("normalize", "bool", default=True),
    Field("temperature", "float | null", None),
    Field("trainable_ln", "bool", default=True),
    Field("ln_eps", "float | null", None),
)
TYPES: tuple[Entry, ...] = (
    *usual("type_one_side", "concat_output_tebd"),
    Field("use_econf_tebd", "bool", default=False, absent=False),
    # version 1 had no such field, and always a bias
    Field("use_tebd_bias", "bool", default=False, absent=True),
    *usual("type_map", "precision"),
)
_GAIN = Variable(("lmax - 1",), normal(0.1), when=lambda fields: fields.get("lmax", 1) != 1)
REST: tuple[Entry, ...] = (
    Child("attention_layers", NeighborGatedAttention, _attention),
    *usual("env_mat", "type_embedding", "exclude_types", "env_protection"),
    Variables({**statistics("ntypes", "sum(sel)", 4).of, "degree_gain_raw": _GAIN}),
    *usual("trainable"),
    Field("spin", "any", None),
    Field("lmax", "size", 1, absent=1),
)


@native("descriptor", "se_atten")
class DescrptDPA1(AttentionDescriptor):
    """One embedding network, then attention; its tree's type is ``dpa1``."""

    layout = (
        *head("dpa1", Version(1, 4, written=2), also=("se_atten",)),
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
