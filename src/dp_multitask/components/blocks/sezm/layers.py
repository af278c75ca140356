# SPDX-License-Identifier: LGPL-3.0-or-later
"""The layers of the descriptor ``dpa4``: which arrays they have, by their names in PyTorch."""

from __future__ import annotations

from typing import NamedTuple

from dp_multitask.components.blocks.sezm.arrays import (
    Arrays,
    degrees,
    degrees_by_order,
    fan_in,
    index,
    truncated,
    under,
)
from dp_multitask.components.core.initial import Initialiser, constant, given, normal, ones, zeros

SMALL = normal(0.01)
"""What gates and the logits of attention are drawn from."""


def matrix(before: int, after: int, initial: Initialiser, *, bias: bool = False) -> Arrays:
    """Plan a linear layer of scalars."""
    arrays: Arrays = {"weight": ((before, after), initial)}
    if bias:
        arrays["bias"] = ((after,), zeros)
    return arrays


def channel_linear(before: int, after: int) -> Arrays:
    """Plan a linear layer over channels, without a bias."""
    return matrix(before, after, fan_in(before))


def so3_linear(
    lmax: int, before: int, after: int, *, bias: bool = False, cleared: bool = False
) -> Arrays:
    """Plan a linear layer that has a matrix for each degree; a bias moves scalars only."""
    initial = zeros if cleared else truncated(before + after)
    arrays: Arrays = {"weight": ((lmax + 1, before, after), initial)}
    if bias:
        arrays["bias"] = ((after,), zeros)
    return {**arrays, "expand_index": index(degrees(lmax))}


def scalar_norm(focuses: int, channels: int) -> Arrays:
    """Plan the factors of a normalisation of scalars."""
    return {"adam_scale": ((focuses, channels), ones)}


def degree_norm(lmax: int, channels: int) -> Arrays:
    """Plan a normalisation in which each degree weighs as much as any other."""
    weights = [1.0 / ((lmax + 1) * channels) / (2 * degree + 1) for degree in degrees(lmax)]
    return {
        "adam_scale": ((lmax + 1, 1, channels), ones),
        "bias": ((1, channels), zeros),
        "expand_index": index(degrees(lmax)),
        "balance_weight": ((len(weights),), given(weights)),
    }


def order_norm(lmax: int, mmax: int, focuses: int, channels: int) -> Arrays:
    """Plan the same for features that stand order by order, of the orders up to `mmax`."""
    found = degrees_by_order(lmax, mmax)
    scale = 1.0 / ((lmax + 1) * channels)
    weights = [scale / (2 * min(degree, mmax) + 1) for degree in found]
    return {
        "degree_index_m": index(found),
        "balance_weight": ((len(weights),), given(weights)),
        "adam_scale": ((focuses, lmax + 1, channels), ones),
        "bias0": ((focuses, channels), zeros),
    }


def gated(
    lmax: int, channels: int, *, mmax: int | None = None, focuses: int = 1, bias: bool = False
) -> Arrays:
    """Plan an activation in which scalars gate the higher degrees, if there are any."""
    found = degrees(lmax) if mmax is None else degrees_by_order(lmax, mmax)
    arrays: Arrays = {"expand_index": index([degree - 1 for degree in found[1:]] if lmax else [])}
    if lmax:
        gate = matrix(channels, focuses * lmax * channels, SMALL, bias=bias)
        arrays |= under("gate_linear", gate)
    return arrays


def depth_attention(channels: int, mode: str, *, bias: bool) -> Arrays:
    """Plan the attention to earlier layers, whose query may depend on the input."""
    arrays = under("key_norm", scalar_norm(1, channels))
    if mode == "dependent":
        return arrays | under("query_proj", matrix(channels, channels, zeros, bias=bias))
    return {**arrays, "adamw_pseudo_query": ((channels,), zeros)}


class Grid(NamedTuple):
    """A product of features on a grid of directions, or of rotations.

    Attributes
    ----------
    lmax : int
        The highest degree.
    channels, focuses : int
        The widths.
    frames : int
        ``2 kmax + 1`` on a grid of rotations, else 1.
    rotations : bool
        Whether it is a grid of rotations.
    mlp : bool
        Whether the product goes through matrices.
    branches : int
        How many products a router chooses from; 0 if there is none.
    bias : bool
        Whether the gate has one.
    """

    lmax: int
    channels: int
    focuses: int = 1
    frames: int = 1
    rotations: bool = False
    mlp: bool = False
    branches: int = 0
    bias: bool = False


def grid_net(grid: Grid, *, cross: bool = False) -> Arrays:
    """Plan a product on a grid, of features with themselves or, `cross`, with others."""
    channels, widened = grid.channels, grid.frames * grid.channels
    gate = matrix(2 * channels, grid.focuses * channels, SMALL, bias=grid.bias)
    arrays = under("scalar_gate", gate)
    if grid.branches:
        for side in ("left_proj", "right_proj"):
            arrays |= under(f"grid_op.{side}", channel_linear(channels, grid.branches * channels))
        arrays |= under("grid_op.router", channel_linear(2 * channels, grid.branches))
        arrays |= under("grid_op.out_proj", channel_linear(channels, channels))
    elif grid.mlp:
        for side in ("left_proj", "right_proj"):
            before = channels if cross else 2 * channels
            arrays |= under(f"grid_op.{side}", channel_linear(before, 2 * channels))
        arrays |= under("grid_op.out_proj", channel_linear(2 * channels, channels))
    if cross and grid.rotations:
        number = grid.lmax + 1
        arrays |= {
            "frame_expand.weight": ((number, channels, widened), fan_in(channels)),
            "frame_contract.weight": ((number, widened, channels), fan_in(widened)),
        }
    if cross:
        arrays["residual_scale"] = ((grid.focuses, channels), constant(0.001))
    return arrays
