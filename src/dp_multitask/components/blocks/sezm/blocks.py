# SPDX-License-Identifier: LGPL-3.0-or-later
"""The blocks of the descriptor ``dpa4``: messages between atoms, then layers on each atom."""

from __future__ import annotations

import math

from dp_multitask.components.blocks.sezm.arrays import Arrays, promoted, under
from dp_multitask.components.blocks.sezm.convolution import convolution
from dp_multitask.components.blocks.sezm.layers import (
    Grid,
    degree_norm,
    depth_attention,
    gated,
    grid_net,
    so3_linear,
)
from dp_multitask.components.core.initial import constant
from dp_multitask.components.core.plan import Fields

LAYER_SCALE = 0.001
"""What outputs are multiplied by at first where layers are scaled."""


def ffn_width(config: Fields, *, gates: bool) -> int:
    """Give the hidden width: 8/3 of the channels with gates, 4 times without, in steps of 32."""
    given: int = config["ffn_neurons"]
    factor = 8 / 3 if gates else 4.0
    return given or 32 * math.ceil(factor * config["channels"] / 32)


def feed_forward(
    lmax: int, channels: int, hidden: int, grid: Grid | None, *, gates: bool, bias: bool
) -> Arrays:
    """Plan two linear layers and what is between them: a product on a grid, or gates.

    The second layer is zero at first, so that the block does nothing.
    """
    frames = grid.frames if grid else 1
    widened = 2 * frames * hidden if grid or gates else hidden
    between = grid_net(grid) if grid else promoted(gated(lmax, hidden, bias=bias))
    if grid:
        between = promoted(between)
    last = so3_linear(lmax, frames * hidden, channels, bias=bias, cleared=True)
    return {
        **under("so3_linear_1", so3_linear(lmax, channels, widened, bias=bias)),
        **under("act", between),
        **under("so3_linear_2", last),
    }


def block_feed_forward(config: Fields, degree: int, node_degree: int) -> Arrays:
    """Plan the layers on each atom of a block whose messages have a lower degree."""
    rotations, directions = config["ffn_so3_grid"], config["s2_activation"][1]
    on_grid = rotations or directions
    gates = on_grid or config["glu_activation"]
    hidden, bias = ffn_width(config, gates=gates), config["mlp_bias"]
    grid = Grid(
        node_degree,
        hidden,
        frames=2 * min(config["kmax"], degree) + 1 if rotations else 1,
        rotations=rotations,
        mlp=config["grid_mlp"][2],
        branches=config["grid_branch"][2],
        bias=bias,
    )
    return feed_forward(
        node_degree,
        config["channels"],
        hidden,
        grid if on_grid else None,
        gates=gates,
        bias=bias,
    )


def readout(config: Fields, degree: int) -> Arrays:
    """Plan a layer of the readout, which takes scalars only or all degrees up to `degree`."""
    kind, gates, bias = config["so3_readout"], config["glu_activation"], config["mlp_bias"]
    hidden = ffn_width(config, gates=gates)
    if kind == "none":
        return feed_forward(0, config["channels"], hidden, None, gates=gates, bias=bias)
    frames = 2 * min(config["kmax"], degree) + 1
    grid = Grid(degree, hidden, frames=frames, rotations=True, mlp=kind == "mlp", bias=bias)
    return feed_forward(degree, config["channels"], hidden, grid, gates=gates, bias=bias)


def attention_mode(config: Fields) -> tuple[str, str]:
    """Give the name and mode of the attention to earlier blocks or layers; one may be there."""
    for name in ("full_attn_res", "block_attn_res"):
        if config[name] != "none":
            return name, config[name]
    return "", "none"


def block(config: Fields, number: int) -> Arrays:
    """Plan a block; its degrees are those of the schedules."""
    degree, order = config["l_schedule"][number], config["m_schedule"][number]
    node_degree = degree + config["extra_node_l"]
    channels = config["channels"]
    before_messages, after_messages, before_ffn, after_ffn = config["sandwich_norm"]
    ffns = range(config["ffn_blocks"])
    arrays: Arrays = {}
    for there, name in (
        (before_messages, "pre_so2_norm"),
        (after_messages, "post_so2_norm"),
    ):
        if there:
            arrays |= under(name, promoted(degree_norm(degree, channels)))
    arrays |= under("so2_conv", convolution(config, degree, order))
    layers = block_feed_forward(config, degree, node_degree)
    for each in ffns:
        arrays |= under(f"ffns.{each}", layers)
    for there, name in ((before_ffn, "pre_ffn_norms"), (after_ffn, "post_ffn_norms")):
        for each in ffns if there else ():
            arrays |= under(f"{name}.{each}", promoted(degree_norm(node_degree, channels)))
    if config["layer_scale"]:
        scale = constant(LAYER_SCALE)
        arrays |= {f"adam_ffn_layer_scales.{each}": ((channels,), scale) for each in ffns}
    name, mode = attention_mode(config)
    if name:
        attention = promoted(depth_attention(channels, mode, bias=config["mlp_bias"]))
        arrays |= under(f"{name}_so2", attention)
        for each in ffns:
            arrays |= under(f"{name}_ffns.{each}", attention)
    return arrays
