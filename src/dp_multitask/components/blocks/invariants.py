# SPDX-License-Identifier: LGPL-3.0-or-later
"""The blocks of ``dpa4c``: pair conditioning, invariant readout, spin and charge."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

from dp_multitask.components.blocks.layers import Layer
from dp_multitask.components.blocks.sezm.parts import SeZMTypeEmbedding, SwiGLUMLP, swiglu_width
from dp_multitask.components.core.component import Component
from dp_multitask.components.core.initial import ones, precision_name, unit_normal, zeros
from dp_multitask.components.core.layout import (
    Child,
    Children,
    Field,
    Variable,
    Variables,
    Version,
    block,
)
from dp_multitask.components.core.plan import ChildPlans, Fields, Plan, PlannedVariable, Term

if TYPE_CHECKING:
    import numpy as np

    from dp_multitask.components.core.initial import Array

CHARGES, MULTIPLICITIES = 200, 100
"""How many charges and spin multiplicities have a row of their own."""


def degree_channels(channels: int, lmax: int) -> list[int]:
    """Give the number of channels of each degree, from the scalar one up."""
    exponent = channels.bit_length() - 1
    first = max(4, 1 << ((exponent + 1) // 2))
    return [channels, first, max(4, first >> 1), *[1] * (lmax - 2)]


def probe_ranks(widths: list[int]) -> list[int]:
    """Give the number of probes of each degree above the scalar one."""
    return [widths[2], 2, *[1] * (len(widths) - 3)]


def triangle(width: int) -> int:
    """Count the pairs, in any order, of `width` things."""
    return width * (width + 1) // 2


def bispectrum_width(ranks: list[int]) -> int:
    """Count the products of three probes that a rotation and a mirror leave alone."""
    total = 0
    degrees = range(1, len(ranks) + 1)
    for triple in itertools.combinations_with_replacement(degrees, 3):
        if triple[2] > triple[0] + triple[1] or sum(triple) % 2:
            continue
        number = 1
        for degree in set(triple):
            times = triple.count(degree)
            number *= math.comb(ranks[degree - 1] + times - 1, times)
        total += number
    return total


class OrderedPairFiLM(Component):
    """From the types of a pair to the scales and shifts of its radial functions."""

    essential = ("channels", "radial_modes", "spin_channels")
    layout = (
        *block("OrderedPairFiLM", Version(1, 1, 1)),
        Field("channels", "size"),
        Field("radial_modes", "size"),
        Field("spin_channels", "size"),
        Field("precision", "str"),
        Field("trainable", "bool"),
        Child("network", SwiGLUMLP),
        Variables(always=True),
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan the network from two types to all that conditions the pair."""
        channels = fields["channels"]
        width = channels * (2 + fields["radial_modes"]) + 2 * fields["spin_channels"]
        network = SwiGLUMLP.planned(
            [2 * channels, swiglu_width(2 * channels), width],
            fields["precision"],
            trainable=fields["trainable"],
            output_scale=0.1,
        )
        return {"network": network}

    @classmethod
    def variables_of(cls, fields: Fields) -> dict[str, PlannedVariable]:
        """Give the anchors of the spin channels: ``+-artanh(1/2)``."""
        number = fields["spin_channels"]
        if not number:
            return {}

        def anchors(rng: np.random.Generator, shape: tuple[int, ...], dtype: Any) -> Array:
            return (math.atanh(0.5) * (rng.integers(0, 2, size=shape) * 2.0 - 1.0)).astype(dtype)

        shape = (Term("spin_channels", number),)
        names = ("adam_spin_scale_anchor", "adam_spin_shift_anchor")
        return dict.fromkeys(names, (shape, anchors))


class InvariantReadout(Component):
    """The layers that align and probe the channels of each degree."""

    essential = ("channels", "lmax")
    layout = (
        *block("InvariantReadout", Version(1, 1, 1)),
        Field("channels", "size"),
        Field("lmax", "depth"),
        Field("precision", "str"),
        Field("trainable", "bool"),
        Children("channel_alignment", Layer),
        Children("probe_projections", Layer),
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan an alignment of degrees 1 and 2, and probes where they are fewer than channels."""
        widths = degree_channels(fields["channels"], fields["lmax"])
        precision, trainable = fields["precision"], fields["trainable"]
        sizes = [Term(f"channels of degree {degree}", width) for degree, width in enumerate(widths)]
        alignment: list[Plan | None] = [
            Layer.planned(size, size, precision, bias=False, resnet=True, trainable=trainable)
            for size in sizes[1:3]
        ]
        probes: list[Plan | None] = [
            None
            if rank == size
            else Layer.planned(
                size,
                Term("number of probes", rank),
                precision,
                bias=False,
                trainable=trainable,
                initial=orthonormal,
            )
            for size, rank in zip(sizes[1:], probe_ranks(widths), strict=True)
        ]
        return {"channel_alignment": alignment, "probe_projections": probes}


def orthonormal(rng: np.random.Generator, shape: tuple[int, ...], dtype: Any) -> Array:
    """Draw orthonormal columns, evenly over all directions."""
    import numpy as np

    columns, triangular = np.linalg.qr(rng.standard_normal(shape), mode="reduced")
    return np.asarray(columns * np.where(np.diag(triangular) < 0.0, -1.0, 1.0), dtype=dtype)


class SpinChannels(Component):
    """The weights of each type's spin."""

    essential = ("ntypes", "degree_channels")
    layout = (
        *block("SpinChannels", Version(1, 1, 1)),
        Field("ntypes", "size"),
        Field("degree_channels", "sizes"),
        Field("use_spin", "list"),
        Field("precision", "str"),
        Field("trainable", "bool"),
        Variables(
            {
                "spin_reference": Variable(("ntypes + 1",), ones),
                "adam_spin_vector_weight": Variable(("ntypes + 1",), unit_normal),
                "adam_spin_quadrupole_weight": Variable(("ntypes + 1",), unit_normal),
                "spin_gate": Variable((1,), zeros),
            }
        ),
    )

    @classmethod
    def terms(cls, fields: Fields) -> dict[str, int]:
        """Give the number of types and the padding."""
        return {"ntypes + 1": fields["ntypes"] + 1}


class ChargeStateEmbedding(Component):
    """From the charge and multiplicity of a frame to what conditions its pairs."""

    essential = ("channels", "pair_hidden_width")
    layout = (
        *block("ChargeStateEmbedding", Version(1, 1, 1)),
        Field("channels", "size"),
        Field("pair_hidden_width", "size"),
        Field("precision", "str"),
        Field("trainable", "bool"),
        Child("charge_embedding", SeZMTypeEmbedding),
        Child("spin_embedding", SeZMTypeEmbedding),
        Child("network", SwiGLUMLP),
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan both tables and a network that begins by doing nothing."""
        channels, precision = fields["channels"], fields["precision"]
        trainable = fields["trainable"]
        widths = [2 * channels, swiglu_width(channels), channels + fields["pair_hidden_width"]]
        plans: ChildPlans = {
            name: SeZMTypeEmbedding.planned(
                rows, channels, precision, trainable=trainable, padding=False
            )
            for name, rows in (("charge_embedding", CHARGES), ("spin_embedding", MULTIPLICITIES))
        }
        plans["network"] = SwiGLUMLP.planned(widths, precision, trainable=trainable, last=zeros)
        return plans


def common(fields: Fields) -> dict[str, Any]:
    """Give the fields that every block keeps."""
    return {
        "channels": fields["channels"],
        "precision": precision_name(fields["precision"]),
        "trainable": fields["trainable"],
    }
