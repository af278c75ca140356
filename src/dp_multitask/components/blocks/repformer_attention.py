# SPDX-License-Identifier: LGPL-3.0-or-later
"""The attentions of the representation transformer of ``dpa2``."""

from __future__ import annotations

from dp_multitask.components.blocks.layers import Layer
from dp_multitask.components.core.component import Component
from dp_multitask.components.core.layout import (
    Child,
    ChildPlans,
    Constant,
    Entry,
    Field,
    Fields,
    Plan,
    Size,
    Version,
)

ATTENTION_SHIFT = 20.0
"""Keeps the weights of absent neighbours small; a constant of DeePMD-kit that its trees hold."""


def _attention(name: str, *entries: Entry) -> tuple[Entry, ...]:
    head = (Constant("@class", name), Version(1, 1, 1), Field("input_dim", "size"))
    return (*head, *entries)


def plain_layer(fields: Fields, num_in: Size, num_out: Size, *, bias: bool = False) -> Plan:
    """Plan a layer without activation, as precise and trainable as `fields` say."""
    trainable = fields.get("trainable", True)
    return Layer.planned(num_in, num_out, fields["precision"], bias=bias, trainable=trainable)


def _sizes(fields: Fields) -> tuple[Size, Size]:
    width, heads = fields["input_dim"], fields["head_num"]
    return Size("input_dim", width), Size("input_dim * head_num", width * heads)


class Atten2Map(Component):
    """Attention weights over pairs."""

    __slots__ = ()
    essential = ("input_dim", "hidden_dim", "head_num")
    layout = _attention(
        "Atten2Map",
        Field("hidden_dim", "size"),
        Field("head_num", "size"),
        Field("has_gate", "bool"),
        Field("smooth", "bool"),
        Field("attnw_shift", "float"),
        Field("precision", "str"),
        Child("mapqk", Layer),
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan the map to queries and keys."""
        width, _ = _sizes(fields)
        out = Size("2 * hidden_dim * head_num", 2 * fields["hidden_dim"] * fields["head_num"])
        return {"mapqk": plain_layer(fields, width, out)}


class Atten2MultiHeadApply(Component):
    """Apply the weights to the pair representation."""

    __slots__ = ()
    essential = ("input_dim", "head_num")
    layout = _attention(
        "Atten2MultiHeadApply",
        Field("head_num", "size"),
        Field("precision", "str"),
        Child("mapv", Layer),
        Child("head_map", Layer),
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan the map to values and the one out of the heads."""
        width, values = _sizes(fields)
        return {
            "mapv": plain_layer(fields, width, values),
            "head_map": plain_layer(fields, values, width, bias=True),
        }


class Atten2EquiVarApply(Component):
    """Apply the weights to the directions."""

    __slots__ = ()
    essential = ("input_dim", "head_num")
    layout = _attention(
        "Atten2EquiVarApply",
        Field("head_num", "size"),
        Field("precision", "str"),
        Child("head_map", Layer),
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan the map out of the heads."""
        heads = Size("head_num", fields["head_num"])
        return {"head_map": plain_layer(fields, heads, Size("1", 1))}


class LocalAtten(Component):
    """Attention over the neighbouring atoms."""

    __slots__ = ()
    essential = ("input_dim", "hidden_dim", "head_num")
    layout = _attention(
        "LocalAtten",
        Field("hidden_dim", "size"),
        Field("head_num", "size"),
        Field("smooth", "bool"),
        Field("attnw_shift", "float"),
        Field("precision", "str"),
        Child("mapq", Layer),
        Child("mapkv", Layer),
        Child("head_map", Layer),
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan the maps to queries, to keys and values, and out of the heads."""
        width, values = _sizes(fields)
        hidden, heads = fields["hidden_dim"], fields["head_num"]
        both = Size("(hidden_dim + input_dim) * head_num", (hidden + width) * heads)
        return {
            "mapq": plain_layer(fields, width, Size("hidden_dim * head_num", hidden * heads)),
            "mapkv": plain_layer(fields, width, both),
            "head_map": plain_layer(fields, values, width, bias=True),
        }
