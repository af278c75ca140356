# SPDX-License-Identifier: LGPL-3.0-or-later
"""The messages of the descriptor ``dpa4``: mixing in each pair's frame, then attention."""

from __future__ import annotations

import math

from dp_multitask.components.blocks.sezm.arrays import (
    Arrays,
    fan_in,
    index,
    kernel_places,
    kernel_size,
    orders,
    promoted,
    truncated,
    under,
)
from dp_multitask.components.blocks.sezm.layers import (
    SMALL,
    Grid,
    channel_linear,
    depth_attention,
    gated,
    grid_net,
    matrix,
    order_norm,
    scalar_norm,
    so3_linear,
)
from dp_multitask.components.core.initial import constant, zeros
from dp_multitask.components.core.plan import Fields

NULL_MASS = 0.5413
"""Its softplus is 1: what attention to nothing weighs at first."""

CARTESIAN_DEGREES = (1, 2)
"""The degrees that have a form as tensors."""


def focus_width(config: Fields) -> int:
    """Give the width of one focus."""
    width: int = config["focus_dim"] or config["channels"]
    return width


def attention_widths(config: Fields) -> tuple[int, int]:
    """Give the width of attention and how many of that width there are."""
    width, focuses = focus_width(config), config["n_focus"]
    if config["atten_f_mix"] and config["n_atten_head"]:
        return width * focuses, 1
    return width, focuses


def cartesian_layers(spec: str) -> int:
    """Count the layers that ``node_cartesian`` asks for: ``none``, ``3``, ``parity:3``.

    Raises
    ------
    ValueError
        It is none of these.
    """
    text = spec.strip().lower()
    if text in ("", "none"):
        return 0
    kind, colon, number = text.partition(":")
    if not colon and text.isdigit():
        kind, number = "default", text
    kind, layers = kind.strip() or "default", int(number.strip()) if colon or number else 1
    if kind not in ("default", "parity") or layers < 0:
        raise ValueError(spec)
    return layers


def convolution(config: Fields, degree: int, order: int) -> Arrays:
    """Plan the messages of a block of degrees and orders up to these."""
    channels, hidden = config["channels"], config["n_focus"] * focus_width(config)
    bias = config["mlp_bias"]
    tensors = config["edge_cartesian"] and degree in CARTESIAN_DEGREES
    arrays: Arrays = {}
    if tensors:
        product = _tensor_product(config, degree, config["mixing_layers"])
        arrays |= under("edge_cartesian_tp", product)
    layers = cartesian_layers(config["node_cartesian"])
    if layers and degree in CARTESIAN_DEGREES:
        arrays |= under("node_cartesian_tp", _tensor_product(config, degree, layers))
    if config["n_atten_head"]:
        arrays |= promoted(_attention(config, degree))
    if config["n_focus"] > 1 and config["edge_norm"]:
        norm = scalar_norm(config["n_focus"], focus_width(config))
        arrays |= promoted(under("focus_compete_norm", norm))
    if hidden != channels:
        arrays |= under("radial_hidden_proj", channel_linear(channels, hidden))
    if not tensors and config["radial_so2_mode"] != "none":
        arrays |= under("radial_degree_mixer", _radial_mixer(config, degree, order, hidden))
    arrays |= promoted(_grid_products(config, degree))
    arrays |= under("pre_focus_mix", so3_linear(degree, channels, hidden, bias=bias))
    last = so3_linear(degree, hidden, channels, bias=bias, cleared=True)
    arrays |= under("post_focus_mix", last)
    if not tensors:
        arrays |= _mixing(config, degree, order)
    return arrays | promoted(_weights(config))


def _tensor_product(config: Fields, degree: int, layers: int) -> Arrays:
    """Plan linear layers whose features are multiplied as tensors, with gates between them."""
    width, focuses, bias = focus_width(config), config["n_focus"], config["mlp_bias"]
    arrays: Arrays = {}
    # a matrix for each focus, side by side: the deviation is that of all of them
    linear = so3_linear(degree, width, focuses * width, bias=bias)
    for number in range(layers):
        arrays |= under(f"linears.{number}", linear)
    gates = promoted(gated(degree, width, focuses=focuses, bias=bias))
    for number in range(layers - 1):
        arrays |= under(f"activations.{number}", gates)
    return arrays


def _attention(config: Fields, degree: int) -> Arrays:
    """Plan the projections and normalisations of attention."""
    width, focuses = attention_widths(config)
    hidden = config["n_focus"] * focus_width(config)
    arrays = under("attn_qk_norm", scalar_norm(focuses, width))
    for name in ("attn_q_proj", "attn_k_proj"):
        arrays |= under(name, matrix(width, focuses * width, fan_in(width)))
    if config["atten_f_mix"]:
        arrays |= under("attn_focus_mix", so3_linear(degree, hidden, hidden))
    for name in ("atten_v_proj", "atten_o_proj"):
        if config[name]:
            linear = so3_linear(degree, width, focuses * width)
            arrays |= under(name.replace("atten", "attn"), linear)
    return arrays | under("attn_output_gate_norm", scalar_norm(focuses, width))


def _radial_mixer(config: Fields, degree: int, order: int, hidden: int) -> Arrays:
    """Plan how the distance mixes degrees: one kernel, some with a basis, or one each channel."""
    before, kernel = (degree + 1) * hidden, kernel_size(degree, order)
    by_channel, rank = config["radial_so2_mode"] == "degree_channel", config["radial_so2_rank"]
    after = kernel * ((rank or hidden) if by_channel else 1)
    listed, dense = kernel_places(degree, order)
    arrays: Arrays = {
        "weight": ((before, after), truncated(before + after)),
        "kernel_compact_index": index(listed),
        "kernel_dense_index": index(dense),
    }
    if by_channel and rank:
        arrays["channel_basis"] = ((rank, hidden), truncated(rank + hidden))
    return arrays


def _grid_products(config: Fields, degree: int) -> Arrays:
    """Plan the products on grids of neighbours' features, and of messages with the atom's."""
    arrays: Arrays = {}
    for place, name in enumerate(("node_wise", "message_node")):
        rotations = config[f"{name}_so3"]
        if not rotations and not config[f"{name}_s2"]:
            continue
        grid = Grid(
            degree,
            focus_width(config),
            config["n_focus"],
            frames=2 * min(config["kmax"], degree) + 1 if rotations else 1,
            rotations=rotations,
            mlp=config["grid_mlp"][place],
            branches=config["grid_branch"][place],
            bias=config["mlp_bias"],
        )
        arrays |= under(f"{name}_grid_product", grid_net(grid, cross=True))
    return arrays


def _mixing(config: Fields, degree: int, order: int) -> Arrays:
    """Plan the layers that mix degrees within each order."""
    width, focuses, bias = focus_width(config), config["n_focus"], config["mlp_bias"]
    on_grid, layers = config["s2_activation"][0], config["mixing_layers"]
    arrays: Arrays = {}
    for number in range(layers):
        after = 2 * width if on_grid and number < layers - 1 else width
        linear = _order_linear(degree, order, width, after, focuses, bias=bias)
        arrays |= under(f"so2_linears.{number}", linear)
    if config["so2_norm"]:
        norm = promoted(order_norm(degree, order, focuses, width))
        for number in range(layers - 1):
            arrays |= under(f"so2_inter_norms.{number}", norm)
    if on_grid:
        between = grid_net(Grid(degree, width, focuses, bias=bias))
    else:
        between = gated(degree, width, mmax=order, focuses=focuses, bias=bias)
    for number in range(layers - 1):
        arrays |= under(f"non_linearities.{number}", promoted(between))
    if config["so2_attn_res"] != "none":
        attention = depth_attention(focuses * width, config["so2_attn_res"], bias=bias)
        for number in range(layers):
            arrays |= under(f"so2_layer_attn_res.{number}", promoted(attention))
    if config["layer_scale"]:
        for number in range(layers):
            arrays[f"adam_so2_layer_scales.{number}"] = ((focuses, width), constant(0.001))
    return arrays


def _order_linear(
    degree: int, order: int, before: int, after: int, focuses: int, *, bias: bool
) -> Arrays:
    """Plan a layer with a matrix for the order 0, and one of pairs for each order above."""
    positive, negative = orders(degree, order)
    rows, columns = (degree + 1) * before, (degree + 1) * after
    arrays: Arrays = {
        "m0_idx": index(range(degree + 1)),
        "pos_indices": index(positive),
        "neg_indices": index(negative),
        "weight_m0": ((rows, focuses * columns), truncated(rows + columns)),
    }
    if bias:
        arrays["bias0"] = ((focuses * after,), zeros)
    for m in range(1, order + 1):
        number = degree + 1 - m
        rows, columns = number * before, 2 * number * after
        draw = truncated(rows + columns, 1.0 / math.sqrt(2.0))
        arrays[f"weight_m.{m - 1}"] = ((rows, focuses * columns), draw)
    return arrays


def _weights(config: Fields) -> Arrays:
    """Plan the vectors of attention, and those by which focuses compete."""
    arrays: Arrays = {}
    heads, number = config["n_atten_head"], config["n_focus"]
    if heads:
        width, focuses = attention_widths(config)
        arrays["adamw_attn_logit_w"] = ((width, focuses, heads), SMALL)
        arrays["adamw_attn_z_bias_raw"] = ((focuses, heads), constant(NULL_MASS))
        arrays["adamw_attn_gate_w"] = ((width, focuses, heads), SMALL)
    if number > 1:
        arrays["adamw_focus_compete_w"] = ((focus_width(config), number), SMALL)
        if config["mlp_bias"]:
            arrays["focus_compete_bias"] = ((number,), zeros)
    return arrays
