# SPDX-License-Identifier: LGPL-3.0-or-later
"""Small native trees to save and load, and the comparison that the tests mean by "equal"."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

METADATA = ("software", "version", "module", "time", "model_def_version", "origin")
LINKS = {
    "my_descriptor": {
        "type": "DescrptSeA",
        "links": [
            {"model_key": "water", "shared_type": "descriptor", "shared_level": 0},
            {"model_key": "ice", "shared_type": "descriptor", "shared_level": 0},
        ],
    }
}


def layer(rng: np.random.Generator, n_in: int, n_out: int) -> dict[str, Any]:
    return {
        "@class": "Layer",
        "@version": 2,
        "activation_function": "tanh",
        "@variables": {
            "w": rng.standard_normal((n_in, n_out)),
            "b": rng.standard_normal(n_out),
            "idt": None,
        },
    }


def descriptor(seed: int = 1) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        "@class": "Descriptor",
        "type": "se_e2_a",
        "rcut": 6.0,
        "sel": [46, 92],
        "embeddings": {"networks": [{"layers": [layer(rng, 1, 4)]}, None]},
        "@variables": {"davg": rng.standard_normal((2, 3, 4)), "dstd": np.ones((2, 3, 4))},
    }


def model(seed: int = 1) -> dict[str, Any]:
    rng = np.random.default_rng(seed + 1000)
    return {
        "@class": "Model",
        "type": "standard",
        "type_map": ["O", "H"],
        "@variables": {"out_bias": rng.standard_normal((1, 2, 1)), "out_std": np.ones((1, 2, 1))},
        "descriptor": descriptor(),
        "fitting": {
            "@class": "Fitting",
            "type": "ener",
            "nets": {"networks": [{"layers": [layer(rng, 4, 3), layer(rng, 3, 1)]}]},
            "@variables": {"bias_atom_e": rng.standard_normal((2, 1)), "case_embd": None},
        },
    }


def single(seed: int = 1, aliases: tuple[str, ...] = ()) -> dict[str, Any]:
    """A payload as DeePMD-kit freezes one; all have the same descriptor."""
    return {
        "backend": "PyTorch",
        "model": model(seed),
        "model_def_script": {"type_map": ["O", "H"], "model_branch_alias": list(aliases)},
        "@variables": {"min_nbor_dist": np.float64(0.88)},
    }


def multitask() -> dict[str, Any]:
    """A payload of two branches that share their descriptor."""
    return {
        "model": {"model_dict": {"water": model(1), "ice": model(2)}},
        "model_def_script": {
            "model_dict": {
                "water": {"model_branch_alias": ["H2O", "liquid"]},
                "ice": {"model_branch_alias": ["solid"]},
            },
            "shared_dict": {"my_descriptor": {"type": "se_e2_a"}},
        },
        "shared_links": copy.deepcopy(LINKS),
        "@variables": {},
    }


def without_metadata(tree: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in tree.items() if key not in METADATA}


def difference(one: Any, other: Any, path: str = "") -> str | None:
    """Say where two trees differ: in type, key order, element type, shape or bits."""
    if type(one) is not type(other):
        return f"{path}: {type(one).__name__} and {type(other).__name__}"
    if isinstance(one, dict):
        if list(one) != list(other):
            return f"{path}: keys {list(one)} and {list(other)}"
        pairs = [(key, one[key], other[key]) for key in one]
    elif isinstance(one, list):
        if len(one) != len(other):
            return f"{path}: {len(one)} and {len(other)} items"
        pairs = [(i, a, b) for i, (a, b) in enumerate(zip(one, other, strict=True))]
    elif isinstance(one, (np.ndarray, np.generic)):
        same = one.dtype == other.dtype and one.shape == other.shape
        return None if same and one.tobytes() == other.tobytes() else f"{path}: values"
    elif isinstance(one, float):
        return None if one.hex() == other.hex() else f"{path}: {one} and {other}"
    else:
        return None if one == other else f"{path}: {one!r} and {other!r}"
    for key, a, b in pairs:
        found = difference(a, b, f"{path}/{key}")
        if found:
            return found
    return None
