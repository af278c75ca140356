# SPDX-License-Identifier: LGPL-3.0-or-later
"""The representation transformer of ``dpa2``: its layers and their attentions."""

from __future__ import annotations

from typing import Any

from dp_multitask.components.blocks.layers import EnvMat, Layer, LayerNorm, environment, plain_layer
from dp_multitask.components.blocks.repformer_attention import (
    ATTENTION_SHIFT,
    Atten2EquiVarApply,
    Atten2Map,
    Atten2MultiHeadApply,
    LocalAtten,
)
from dp_multitask.components.core.component import Component
from dp_multitask.components.core.in_pytorch import InPyTorch, filters
from dp_multitask.components.core.initial import constant, normal, zeros
from dp_multitask.components.core.layout import (
    Child,
    Children,
    Entry,
    Field,
    Given,
    Variables,
    Version,
    block,
    statistics,
)
from dp_multitask.components.core.plan import ChildPlans, Fields, PlannedVariable, Term
from dp_multitask.components.core.planning import repeated

WIDTHS: tuple[Entry, ...] = (
    Field("g1_dim", "size", 128),
    Field("g2_dim", "size", 16),
    Field("axis_neuron", "size", 4),
)
UPDATES: tuple[Entry, ...] = (
    Field("update_g1_has_conv", "bool", default=True),
    Field("update_g1_has_drrd", "bool", default=True),
    Field("update_g1_has_grrg", "bool", default=True),
    Field("update_g1_has_attn", "bool", default=True),
    Field("update_g2_has_g1g1", "bool", default=True),
    Field("update_g2_has_attn", "bool", default=True),
    Field("update_h2", "bool", default=False),
    Field("attn1_hidden", "size", 64),
    Field("attn1_nhead", "size", 4),
    Field("attn2_hidden", "size", 16),
    Field("attn2_nhead", "size", 4),
    Field("attn2_has_gate", "bool", default=False),
    Field("activation_function", "str", "tanh"),
    Field("update_style", "str", "res_avg"),
)
NORMALISATION: tuple[Entry, ...] = (
    Field("trainable_ln", "bool", default=True),
    # the first versions had none of these three
    Field("use_sqrt_nnei", "bool", default=True, absent=False),
    Field("g1_out_conv", "bool", default=True, absent=False),
    Field("g1_out_mlp", "bool", default=True, absent=False),
    Field("ln_eps", "float | null", None),
)


WEIGHTS: tuple[Entry, ...] = (
    Given("trainable", default=True),
    Given("update_residual", 0.0),
    Given("update_residual_init", "norm"),
)
"""How residual weights begin: of a tree, no matter."""


class RepformerLayer(Component):
    """One update of the atoms (g1), the pairs (g2) and the directions (h2)."""

    essential = ("g1_dim", "g2_dim", "axis_neuron", "update_chnnl_2")
    layout = (
        *block("RepformerLayer", Version(1, 2, 2)),
        Field("rcut", "float"),
        Field("rcut_smth", "float"),
        Field("sel", "sizes | size"),
        Field("ntypes", "size"),
        *WIDTHS,
        Field("update_chnnl_2", "bool"),
        *UPDATES,
        Field("smooth", "bool"),
        Field("precision", "str"),
        *NORMALISATION,
        Child("linear1", Layer),
        Child("linear2", Layer),
        Child("proj_g1g2", Layer),
        Child("proj_g1g1g2", Layer),
        Child("attn2g_map", Atten2Map),
        Child("attn2_mh_apply", Atten2MultiHeadApply),
        Child("attn2_lm", LayerNorm),
        Child("attn2_ev_apply", Atten2EquiVarApply),
        Child("loc_attn", LocalAtten),
        Child("g1_self_mlp", Layer),
        Variables(),
        *WEIGHTS,
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan what the chosen updates need."""
        g1, g2 = Term("g1_dim", fields["g1_dim"]), Term("g2_dim", fields["g2_dim"])
        plans: ChildPlans = {"linear1": plain_layer(fields, cls.g1_update(fields), g1, bias=True)}
        if fields["update_chnnl_2"]:
            plans["linear2"] = plain_layer(fields, g2, g2, bias=True)
        if fields["update_g1_has_conv"]:
            sizes = (g2, g1) if fields["g1_out_conv"] else (g1, g2)
            plans["proj_g1g2"] = plain_layer(fields, *sizes)
        if fields["update_g2_has_g1g1"]:
            plans["proj_g1g1g2"] = plain_layer(fields, g1, g2)
        plans.update(cls._pair_attention(fields, g2))
        if fields["update_g1_has_attn"]:
            plans["loc_attn"] = LocalAtten.plan_from(_heads(fields, g1, "attn1"))
        if fields["g1_out_mlp"]:
            plans["g1_self_mlp"] = plain_layer(fields, g1, g1, bias=True)
        return plans

    @staticmethod
    def g1_update(fields: Fields) -> Term:
        """Give the width of all that updates an atom, side by side."""
        g1, g2, axis = fields["g1_dim"], fields["g2_dim"], fields["axis_neuron"]
        convolved_here = fields["update_g1_has_conv"] and not fields["g1_out_conv"]
        parts = {
            "g1_dim": 0 if fields["g1_out_mlp"] else g1,
            "g2_dim * axis_neuron": g2 * axis if fields["update_g1_has_grrg"] else 0,
            "g1_dim * axis_neuron": g1 * axis if fields["update_g1_has_drrd"] else 0,
            "g2_dim": g2 if convolved_here else 0,
        }
        formula = " + ".join(part for part, width in parts.items() if width)
        return Term(formula or "0", sum(parts.values()))

    @staticmethod
    def _pair_attention(fields: Fields, g2: Term) -> ChildPlans:
        plans: ChildPlans = {}
        heads = _heads(fields, g2, "attn2")
        if fields["update_g2_has_attn"] or fields["update_h2"]:
            plans["attn2g_map"] = Atten2Map.plan_from(heads, has_gate=fields["attn2_has_gate"])
        if fields["update_g2_has_attn"]:
            plans["attn2_mh_apply"] = Atten2MultiHeadApply.plan_from(heads)
            plans["attn2_lm"] = LayerNorm.after(g2, fields)
        if fields["update_h2"]:
            plans["attn2_ev_apply"] = Atten2EquiVarApply.plan_from(heads)
        return plans

    @classmethod
    def variables_of(cls, fields: Fields) -> dict[str, PlannedVariable]:
        """Give the residual weights, one vector an update; only ``res_residual`` has them."""
        if fields["update_style"] != "res_residual":
            return {}
        pairs = fields["update_chnnl_2"]
        atoms = (
            True,
            fields["g1_out_mlp"],
            fields["update_g1_has_conv"] and fields["g1_out_conv"],
            fields["update_g1_has_attn"],
        )
        edges = (pairs, fields["update_g2_has_g1g1"], fields["update_g2_has_attn"])
        one = residual(fields)
        return {
            "g1_residual": [((Term("g1_dim", fields["g1_dim"]),), one)] * sum(atoms),
            "g2_residual": [((Term("g2_dim", fields["g2_dim"]),), one)] * sum(edges),
            "h2_residual": [((1,), one)] * int(fields["update_h2"]),
        }


def residual(fields: Fields) -> Any:
    """Give the distribution of residual weights; those that are not trained are zero."""
    if not fields["trainable"]:
        return zeros
    scale = fields["update_residual"]
    return constant(scale) if fields["update_residual_init"] == "const" else normal(scale)


def _heads(fields: Fields, width: Term, attention: str) -> dict[str, Any]:
    return {
        "input_dim": width,
        "hidden_dim": fields[f"{attention}_hidden"],
        "head_num": fields[f"{attention}_nhead"],
        "smooth": fields["smooth"],
        "attnw_shift": ATTENTION_SHIFT,
        "precision": fields["precision"],
        "trainable": fields["trainable"],
    }


_PLACES = filters() | {"repformer_layers": "layers"}


class RepformerBlock(Component):
    """The layers, and the statistics of their environment; without class or version."""

    in_pytorch = InPyTorch(_PLACES, _PLACES)
    layout = (
        Child("g2_embd", Layer),
        Children("repformer_layers", RepformerLayer),
        Child("env_mat", EnvMat, environment),
        statistics("ntypes", "nsel", 4),
        *map(Given, ("rcut", "rcut_smth", "nsel", "nlayers", "ntypes", "precision", "smooth")),
        *(Given(entry.name) for entry in (*WIDTHS, *UPDATES, *NORMALISATION)),
        *WEIGHTS,
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan ``nlayers`` layers; the last one updates no pairs."""
        sel, number = [fields["nsel"]], fields["nlayers"]
        inner = RepformerLayer.plan_from(fields, sel=sel, update_chnnl_2=True)
        pairs = ("update_chnnl_2", "update_g2_has_g1g1", "update_g2_has_attn", "update_h2")
        last = RepformerLayer.plan_from(fields, sel=sel, **dict.fromkeys(pairs, False))
        g2 = Term("g2_dim", fields["g2_dim"])
        return {
            **super().children_of(fields),
            "g2_embd": plain_layer(fields, Term("1", 1), g2, bias=True),
            "repformer_layers": [*repeated(inner, number - 1, "layers"), last][:number],
        }
