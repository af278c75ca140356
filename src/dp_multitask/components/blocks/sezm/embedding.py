# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the descriptor ``dpa4`` embeds before its blocks: types, charge, spin, distances."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from dp_multitask.components.blocks.sezm.arrays import Arrays, degrees, index, under
from dp_multitask.components.blocks.sezm.layers import scalar_norm
from dp_multitask.components.blocks.sezm.parts import type_table
from dp_multitask.components.core.initial import (
    constant,
    given,
    in_double,
    normal,
    ones,
    unit_normal,
    weight_matrix,
    zeros,
)
from dp_multitask.components.core.plan import Fields, Term

CHARGES, MULTIPLICITIES = 200, 100
"""How many charges and spin multiplicities have a row of their own."""

FILM_STRENGTH = math.log(0.01)


def embedding(rows: int, width: int) -> Arrays:
    """Plan a table with a row for each thing that is embedded."""
    return {"adam_type_embedding": ((rows, width), normal(1.0 / math.sqrt(rows + width)))}


def type_embedding(config: Fields, width: Term) -> Arrays:
    """Plan a table with a row for each type, and one of zeros."""
    ntypes = config["ntypes"]
    shape = (Term("ntypes + 1", ntypes + 1), width)
    return {"adam_type_embedding": (shape, type_table(ntypes, width))}


def charge_spin(channels: int) -> Arrays:
    """Plan the embedding of a system's charge and multiplicity."""
    return {
        **under("charge_embedding", embedding(CHARGES, channels)),
        **under("spin_embedding", embedding(MULTIPLICITIES, channels)),
        "mix_layer.matrix": ((2 * channels, channels), weight_matrix),
        "mix_layer.bias": ((channels,), unit_normal),
    }


def spin(ntypes: int, channels: int) -> Arrays:
    """Plan the embedding of the atoms' spins, which does nothing at first."""
    return {
        "mag_layer1.matrix": ((1, channels), weight_matrix),
        "mag_layer2.matrix": ((channels, channels), zeros),
        "adam_spin_vec_weight": ((ntypes, channels), zeros),
        "adam_spin_nbr_weight": ((ntypes, channels), zeros),
    }


def environment(config: Fields) -> Arrays:
    """Plan the embedding of an atom's surroundings, which scales and shifts the types' one."""
    channels = config["channels"]
    width = min(channels, 128)
    of_types = Term("min(32, max(8, channels // 4))", min(32, max(8, channels // 4)))
    axis = min(4 if width < 64 else 8, max(1, width - 1))
    radial = max(32, width - 2 * of_types)
    joined = radial + 2 * of_types
    hidden = min(256, max(2 * width, joined))
    layers = {
        "rbf_proj_layer1": (config["n_radial"], radial),
        "rbf_proj_layer2": (radial, radial),
        "g_layer1": (joined, hidden),
        "g_layer2": (hidden, width),
    }
    matrices: Arrays = {f"{name}.matrix": (shape, weight_matrix) for name, shape in layers.items()}
    types = under("env_type_embed", type_embedding(config, of_types))
    names = [f"{name}.matrix" for name in layers]
    arrays: Arrays = {
        **{name: matrices[name] for name in names[:2]},
        **types,
        **{name: matrices[name] for name in names[2:]},
        "output_proj.matrix": ((width * axis, 2 * channels), zeros),
    }
    if config["mlp_bias"]:
        arrays |= {
            f"{name}.bias": ((after,), unit_normal) for name, (_, after) in layers.items()
        }
    if config["use_spin"] is not None:
        arrays["spin_scale"] = ((1,), zeros)
    return arrays


def film(config: Fields) -> Arrays:
    """Plan the strength with which the surroundings scale and shift: little at first."""
    arrays: Arrays = {}
    if config["edge_norm"]:
        for name in ("film_scale_norm", "film_shift_norm"):
            arrays |= under(name, scalar_norm(1, config["channels"]))
    for name in ("film_scale_strength_log", "film_shift_strength_log"):
        arrays[name] = ((1,), constant(FILM_STRENGTH))
    return arrays


def radial(widths: Sequence[int], *, norm: bool) -> Arrays:
    """Plan the layers that the radial functions go through.

    They are numbered with the normalisations and activations between them.
    """
    arrays: Arrays = {}
    step = 3 if norm else 2
    last = len(widths) - 2
    for number, (before, after) in enumerate(itertools.pairwise(widths)):
        arrays[f"{step * number}.matrix"] = ((before, after), weight_matrix)
        if norm and number < last:
            arrays[f"{step * number + 1}.adam_scale"] = ((after,), ones)
    return arrays


def rotation() -> Arrays:
    """Plan how the three features of degree 1 stand for x, y and z."""
    signs = (-1.0, -1.0, 1.0)
    outer = given([[one * other for other in signs] for one in signs])
    return {"l1_perm": index((1, 2, 0)), "l1_sign_outer": ((3, 3), in_double(outer))}


def geometry(lmax: int) -> Arrays:
    """Plan the indices by which the neighbours' directions become features above degree 0."""
    found = degrees(lmax)[1:]
    return {
        "non_scalar_row_index": index(range(1, len(found) + 1)),
        "zonal_m0_col_index_for_row": index([degree * (degree + 1) for degree in found]),
        "radial_slot_index_for_row": index([degree - 1 for degree in found]),
    }
