# SPDX-License-Identifier: LGPL-3.0-or-later
"""The attentions of the representation transformer of ``dpa2``."""

from __future__ import annotations

from dp_multitask.components.blocks.layers import Layer, plain_layer
from dp_multitask.components.core.component import Component
from dp_multitask.components.core.layout import Child, Constant, Entry, Field, Given, Version
from dp_multitask.components.core.plan import ChildPlans, Fields, Plan, Term

ATTENTION_SHIFT = 20.0
"""Keeps the weights of absent neighbours small; a constant of DeePMD-kit that its trees hold."""

_WEIGHTS = (Field("smooth", "bool"), Field("attnw_shift", "float"))
_HEADS, _HIDDEN = Field("head_num", "size"), Field("hidden_dim", "size")


def _attention(name: str, *entries: Entry) -> tuple[Entry, ...]:
    return (
        Constant("@class", name),
        Version(1, 1, 1),
        Field("input_dim", "size"),
        *entries,
        Given("trainable", default=True),
    )


def _sizes(fields: Fields) -> tuple[Term, Term]:
    width, heads = fields["input_dim"], fields["head_num"]
    return Term("input_dim", width), Term("input_dim * head_num", width * heads)


def _out_of_heads(fields: Fields) -> Plan:
    width, values = _sizes(fields)
    return plain_layer(fields, values, width, bias=True)


class Atten2Map(Component):
    """Attention weights over pairs, from queries and keys."""

    essential = ("input_dim", "hidden_dim", "head_num")
    layout = _attention(
        "Atten2Map",
        _HIDDEN,
        _HEADS,
        Field("has_gate", "bool"),
        *_WEIGHTS,
        Field("precision", "str"),
        Child("mapqk", Layer),
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan the map to queries and keys."""
        width, _ = _sizes(fields)
        out = Term("2 * hidden_dim * head_num", 2 * fields["hidden_dim"] * fields["head_num"])
        return {"mapqk": plain_layer(fields, width, out)}


class Atten2MultiHeadApply(Component):
    """Apply the weights to the pair representation."""

    essential = ("input_dim", "head_num")
    layout = _attention(
        "Atten2MultiHeadApply",
        _HEADS,
        Field("precision", "str"),
        Child("mapv", Layer, lambda fields: plain_layer(fields, *_sizes(fields))),
        Child("head_map", Layer, _out_of_heads),
    )


class Atten2EquiVarApply(Component):
    """Apply the weights to the directions."""

    essential = ("input_dim", "head_num")
    layout = _attention(
        "Atten2EquiVarApply",
        _HEADS,
        Field("precision", "str"),
        Child(
            "head_map",
            Layer,
            lambda fields: plain_layer(fields, Term("head_num", fields["head_num"]), Term("1", 1)),
        ),
    )


class LocalAtten(Component):
    """Attention over the neighbouring atoms."""

    essential = ("input_dim", "hidden_dim", "head_num")
    layout = _attention(
        "LocalAtten",
        _HIDDEN,
        _HEADS,
        *_WEIGHTS,
        Field("precision", "str"),
        Child("mapq", Layer),
        Child("mapkv", Layer),
        Child("head_map", Layer),
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan the maps to queries, to keys and values, and out of the heads."""
        width, _ = _sizes(fields)
        hidden, heads = fields["hidden_dim"], fields["head_num"]
        both = Term("(hidden_dim + input_dim) * head_num", (hidden + width) * heads)
        return {
            "mapq": plain_layer(fields, width, Term("hidden_dim * head_num", hidden * heads)),
            "mapkv": plain_layer(fields, width, both),
            "head_map": _out_of_heads(fields),
        }
