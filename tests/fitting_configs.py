# SPDX-License-Identifier: LGPL-3.0-or-later
"""Random configs of every fitting net; each key that decides a shape is given."""

from __future__ import annotations

from hypothesis import strategies as st

from component_configs import TYPE_MAPS, booleans, neurons, precisions, widths

activations = st.sampled_from(["tanh", "gelu", "silu", "relu"])
numbers = st.integers(0, 2)


def common(ntypes):
    return {
        "neuron": neurons(),
        "resnet_dt": booleans,
        "numb_fparam": numbers,
        "numb_aparam": numbers,
        "dim_case_embd": numbers,
        "activation_function": activations,
        "precision": precisions,
        "rcond": st.none() | st.just(1e-3),
    }


def trainable(ntypes):
    return {**common(ntypes), "trainable": booleans, "use_aparam_as_mask": booleans}


def exclusion(ntypes):
    return {"exclude_types": st.lists(st.integers(0, ntypes - 1), max_size=1)}


def energies(ntypes):
    each = st.none() | st.floats(-9.0, 9.0)
    return {"atom_ener": st.just([]) | st.lists(each, min_size=ntypes, max_size=ntypes)}


def ener(ntypes):
    return {**trainable(ntypes), **energies(ntypes), **exclusion(ntypes)}


def dos(ntypes):
    return {**common(ntypes), **exclusion(ntypes), "numb_dos": widths, "trainable": booleans}


def dipole(ntypes):
    # differentiable by the cell is more than differentiable by the coordinates
    differentiable = {"r_differentiable": st.just(True), "c_differentiable": booleans}
    return {**common(ntypes), **exclusion(ntypes), **differentiable, "embedding_width": widths}


def polar(ntypes):
    scale = st.floats(0.5, 2.0)
    return {
        **common(ntypes),
        **exclusion(ntypes),
        "embedding_width": widths,
        "fit_diag": booleans,
        "shift_diag": booleans,
        "scale": scale | st.lists(scale, min_size=ntypes, max_size=ntypes),
    }


def property(ntypes):
    return {
        **common(ntypes),
        "trainable": booleans,
        "task_dim": widths,
        "intensive": booleans,
        "distinguish_types": booleans,
        "property_name": st.sampled_from(["gap", "band_prop"]),
    }


def invar(ntypes):
    return {**trainable(ntypes), **energies(ntypes), "var_name": st.just("energy")} | {
        "dim_out": widths
    }


def dpa4_ener(ntypes):
    gated = {"neuron": st.lists(st.integers(0, 4), max_size=2), "bias_out": booleans}
    return {**trainable(ntypes), **energies(ntypes), **gated, "case_film_embd": booleans}


def population(ntypes):
    return {**common(ntypes), "trainable": booleans}


FITTINGS = {
    "ener": ener,
    "dos": dos,
    "dipole": dipole,
    "polar": polar,
    "property": property,
    "invar": invar,
    "dpa4_ener": dpa4_ener,
    "population": population,
}


@st.composite
def fitting_configs(draw, type_name: str, backend: str = "pytorch"):
    """Draw a config of a type for a backend, with the sizes that a model gives it."""
    type_map = draw(TYPE_MAPS)
    keys = FITTINGS[type_name](len(type_map))
    config = {"type": type_name, **draw(st.fixed_dictionaries(keys))}
    if backend == "numpy" and type_name == "dpa4_ener":  # numpy cannot tell cases apart there
        config |= {"dim_case_embd": 0, "case_film_embd": False}
    if config["numb_fparam"] and type_name != "population" and draw(booleans):
        config["default_fparam"] = [0.5] * config["numb_fparam"]
    config |= {
        "ntypes": len(type_map),
        "dim_descrpt": draw(st.integers(1, 6)),
        "mixed_types": draw(booleans),
        "type_map": type_map,
    }
    return config
