# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tiny systems and inputs, and a few real training steps with DeePMD-kit, in this process."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

TYPE_MAP = ["O", "H", "B"]
ATOM_TYPES = [0, 1, 1, 0, 1, 1]
BOX = 8.0 * np.eye(3)

_LEVELS = {
    "se_e2_a": {"type": "se_e2_a", "sel": [6, 8, 2], "neuron": [4, 8], "axis_neuron": 4},
    "se_e2_r": {"type": "se_e2_r", "sel": [6, 8, 2], "neuron": [4, 8]},
    "se_e3": {"type": "se_e3", "sel": [4, 6, 2], "neuron": [2, 4]},
    "se_atten": {
        "type": "se_atten",
        "sel": 12,
        "neuron": [4, 8],
        "axis_neuron": 4,
        "attn": 8,
        "attn_layer": 1,
        "attn_dotr": True,
        "tebd_dim": 4,
    },
    "se_atten_v2": {
        "type": "se_atten_v2",
        "sel": 12,
        "neuron": [4, 8],
        "axis_neuron": 4,
        "attn": 8,
        "attn_layer": 1,
    },
}

DESCRIPTORS: dict[str, dict[str, Any]] = {
    **{
        name: {**params, "rcut": 4.0, "rcut_smth": 0.5, "seed": 1}
        for name, params in _LEVELS.items()
    },
    "dpa2": {
        "type": "dpa2",
        "seed": 1,
        "repinit": {"rcut": 4.0, "rcut_smth": 0.5, "nsel": 12, "neuron": [4, 8]}
        | {"axis_neuron": 4, "tebd_dim": 4},
        "repformer": {"rcut": 3.0, "rcut_smth": 0.5, "nsel": 8, "nlayers": 2, "g1_dim": 8}
        | {"g2_dim": 4, "attn1_hidden": 8, "attn1_nhead": 2, "attn2_hidden": 4}
        | {"attn2_nhead": 2, "axis_neuron": 4, "update_g1_has_attn": False},
    },
    "dpa3": {
        "type": "dpa3",
        "seed": 1,
        "repflow": {"n_dim": 8, "e_dim": 4, "a_dim": 4, "nlayers": 2, "e_rcut": 4.0}
        | {"e_rcut_smth": 0.5, "e_sel": 12, "a_rcut": 3.0, "a_rcut_smth": 0.5, "a_sel": 8}
        | {"axis_neuron": 2},
    },
    "hybrid": {
        "type": "hybrid",
        "list": [
            {"type": "se_e2_a", "sel": [6, 8, 2], "rcut": 3.5, "rcut_smth": 0.5}
            | {"neuron": [4, 8], "axis_neuron": 4, "seed": 1},
            {"type": "se_e2_r", "sel": [6, 8, 2], "rcut": 4.0, "rcut_smth": 0.5}
            | {"neuron": [4, 8], "seed": 1},
        ],
    },
    "float32": {
        **{"type": "se_e2_a", "sel": [6, 8, 2], "neuron": [4, 8], "axis_neuron": 4},
        **{"rcut": 4.0, "rcut_smth": 0.5, "seed": 1, "precision": "float32"},
    },
    "dpa4": {
        "type": "dpa4",
        "sel": 12,
        "rcut": 4.0,
        "channels": 8,
        "n_radial": 4,
        "lmax": 1,
        "mmax": 1,
        "n_blocks": 1,
        "seed": 1,
    },
}


def write_system(folder: Path, seed: int, *, fparam: int = 0, aparam: int = 0) -> Path:
    """Write a system of four frames of six atoms whose labels are made up."""
    rng = np.random.default_rng(seed)
    frames = 4
    (folder / "set.000").mkdir(parents=True)
    (folder / "type.raw").write_text("\n".join(map(str, ATOM_TYPES)))
    (folder / "type_map.raw").write_text("\n".join(TYPE_MAP))
    arrays = {
        "coord": np.stack([positions(rng).ravel() for _ in range(frames)]),
        "box": np.tile(BOX.ravel(), (frames, 1)),
        "energy": rng.normal(-20.0, 0.1, (frames, 1)),
        "force": rng.normal(0.0, 0.5, (frames, 3 * len(ATOM_TYPES))),
    }
    if fparam:
        arrays["fparam"] = rng.normal(0.0, 1.0, (frames, fparam))
    if aparam:
        arrays["aparam"] = rng.normal(0.0, 1.0, (frames, len(ATOM_TYPES) * aparam))
    for name, array in arrays.items():
        np.save(folder / "set.000" / f"{name}.npy", array)
    return folder


def positions(rng: np.random.Generator) -> np.ndarray:
    """Give six atoms, none of them close to another."""
    grid = np.array([[i, j, k] for i in range(2) for j in range(2) for k in range(2)])
    return grid[: len(ATOM_TYPES)] * 2.0 + 1.0 + rng.normal(0.0, 0.15, (len(ATOM_TYPES), 3))


def training_input(
    folder: Path,
    branches: dict[str, dict[str, Any]],
    shared: dict[str, Any],
    *,
    fparam: int = 0,
    aparam: int = 0,
    steps: int = 3,
) -> dict[str, Any]:
    """Make a multitask input with one system of its own for every branch."""
    data = {}
    for seed, name in enumerate(branches):
        system = write_system(folder / f"data_{name}", seed, fparam=fparam, aparam=aparam)
        data[name] = {"training_data": {"systems": [str(system)], "batch_size": 1}}
    loss = {"type": "ener", "start_pref_e": 0.1, "limit_pref_e": 1, "start_pref_f": 10}
    loss |= {"limit_pref_f": 1, "start_pref_v": 0, "limit_pref_v": 0}
    return {
        "model": {"shared_dict": {"type_map_all": TYPE_MAP} | shared, "model_dict": branches},
        "learning_rate": {"type": "exp", "start_lr": 1e-3, "stop_lr": 1e-5, "decay_steps": 10},
        "loss_dict": {name: dict(loss) for name in branches},
        "training": {
            "model_prob": dict.fromkeys(branches, 1.0),
            "data_dict": data,
            "numb_steps": steps,
            "seed": 7,
            "disp_file": "lcurve.out",
            "disp_freq": 1,
            "save_freq": 1000,
        },
    }


@contextmanager
def _working_in(folder: Path):
    before = Path.cwd()
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def train(
    folder: Path, config: dict[str, Any], *, restart: Path | None = None, **options: Any
) -> Path:
    """Train as ``dp --pt train`` does, without starting a process; give the last checkpoint.

    `options` are those of ``dp --pt train``: ``init_model``, ``finetune``, ``model_branch`` ...
    """
    from deepmd.pt.entrypoints.main import train as dp_train

    with _working_in(folder):
        Path("input.json").write_text(json.dumps(config))
        arguments = {
            "init_model": None,
            "finetune": None,
            "init_frz_model": None,
            "model_branch": "",
            "restart": None if restart is None else str(restart),
        }
        dp_train("input.json", **arguments | options)
    return folder / f"model.ckpt-{config['training']['numb_steps']}.pt"


def shared_descriptor_input(folder: Path, descriptor: str, **options: Any) -> dict[str, Any]:
    """Make an input of two or three branches that share the descriptor of this name.

    For ``se_atten`` a third branch shares at level 1; for ``dpa3`` the fitting net is shared too,
    told apart by ``dim_case_embd``.
    """
    shared = {"des": DESCRIPTORS[descriptor]}
    fitting: dict[str, Any] = {"neuron": [6, 6], "seed": 1}
    if descriptor == "float32":
        fitting["precision"] = "float32"
    fitting |= {f"numb_{kind}": options[kind] for kind in ("fparam", "aparam") if kind in options}
    branch: dict[str, Any] = {"type_map": "type_map_all", "descriptor": "des"}
    if descriptor == "dpa3":
        shared["fit"] = fitting | {"dim_case_embd": 2}
        branch["fitting_net"] = "fit"
    elif descriptor == "dpa4":
        branch |= {"type": "dpa4", "fitting_net": {"type": "dpa4_ener", "neuron": [6], "seed": 1}}
    else:
        branch["fitting_net"] = fitting
    branches = {
        "water": branch | {"model_branch_alias": ["liquid"]},
        "ice": branch | {"model_branch_alias": ["solid"]},
    }
    if descriptor == "se_atten":
        branches["gas"] = branch | {"descriptor": "des:1"}
    return training_input(folder, branches, shared, **options)


def losses(folder: Path) -> list[list[float]]:
    """Give the rows of the learning curve of the last job in a folder."""
    return np.loadtxt(folder / "lcurve.out", ndmin=2).tolist()
