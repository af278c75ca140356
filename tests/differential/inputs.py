# SPDX-License-Identifier: LGPL-3.0-or-later
"""The inputs that mutations start from: one of every kind, each trains in well under a second."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

Config = dict[str, Any]

TYPES = ["O", "H"]
ATOMS = [0, 1, 1]
FRAMES = 2
PROPERTY = "band_gap"

SMALL: Config = {"rcut": 4.0, "rcut_smth": 0.5, "neuron": [4, 8], "seed": 1}
SE_A: Config = {"type": "se_e2_a", "sel": [3, 4], "axis_neuron": 4, **SMALL}
SE_R: Config = {"type": "se_e2_r", "sel": [3, 4], **SMALL}
SE_T: Config = {"type": "se_e3", "sel": [2, 3], **SMALL}
SE_T_TEBD: Config = {"type": "se_e3_tebd", "sel": 5, "tebd_dim": 4, **SMALL}
DPA1: Config = {
    **{"type": "dpa1", "sel": 6, "axis_neuron": 4, "tebd_dim": 4, **SMALL},
    **{"attn": 8, "attn_layer": 1, "attn_dotr": True},
}
SE_ATTEN_V2: Config = {
    **{"type": "se_atten_v2", "sel": 6, "axis_neuron": 4, "tebd_dim": 4, **SMALL},
    **{"attn": 8, "attn_layer": 1},
}
DPA2: Config = {
    "type": "dpa2",
    "repinit": {"rcut": 4.0, "rcut_smth": 0.5, "nsel": 6, "neuron": [4, 8]}
    | {"axis_neuron": 4, "tebd_dim": 4},
    "repformer": {"rcut": 3.0, "rcut_smth": 0.5, "nsel": 5, "nlayers": 1, "g1_dim": 8}
    | {"g2_dim": 4, "attn1_hidden": 4, "attn1_nhead": 2, "attn2_hidden": 4, "attn2_nhead": 2}
    | {"axis_neuron": 4},
    "seed": 1,
}
DPA3: Config = {
    "type": "dpa3",
    "repflow": {"n_dim": 8, "e_dim": 4, "a_dim": 4, "nlayers": 1, "axis_neuron": 2}
    | {"e_rcut": 4.0, "e_rcut_smth": 0.5, "e_sel": 6}
    | {"a_rcut": 3.0, "a_rcut_smth": 0.5, "a_sel": 4},
    "seed": 1,
}
DPA4: Config = {
    **{"type": "dpa4", "sel": 6, "rcut": 4.0, "channels": 8, "n_radial": 4, "lmax": 1},
    **{"mmax": 1, "n_blocks": 1, "seed": 1},
}
HYBRID: Config = {"type": "hybrid", "list": [SE_A, SE_R, DPA1]}

FITTING: Config = {"neuron": [6, 6], "seed": 1}
ENERGY: Config = {
    **{"type": "ener", "start_pref_e": 0.02, "limit_pref_e": 1, "start_pref_f": 100},
    **{"limit_pref_f": 1, "start_pref_v": 0, "limit_pref_v": 0},
}
SPIN_LOSS: Config = {
    **{"type": "ener_spin", "start_pref_e": 0.02, "limit_pref_e": 1, "start_pref_fr": 100},
    **{"limit_pref_fr": 1, "start_pref_fm": 10, "limit_pref_fm": 10},
}


def write_system(folder: Path) -> Path:
    """Write a system of three atoms that has every label there is."""
    rng = np.random.default_rng(1)
    (folder / "set.000").mkdir(parents=True)
    (folder / "type.raw").write_text("\n".join(map(str, ATOMS)))
    (folder / "type_map.raw").write_text("\n".join(TYPES))
    corners = np.array([[1.0, 1.0, 1.0], [2.6, 1.2, 0.8], [0.9, 2.7, 1.3]])
    shapes = {
        **{"energy": 1, "force": 9, "virial": 9, "atom_ener": 3, "atom_pref": 3, "drdq": 9},
        **{"dipole": 3, "atom_dipole": 9, "polarizability": 9, "atom_polarizability": 27},
        **{"dos": 4, "atom_dos": 12, PROPERTY: 1, "fparam": 1, "aparam": 3},
        **{"spin": 9, "force_mag": 9, "hessian": 81, "atom_ener_coeff": 3},
    }
    arrays = {name: rng.normal(0.5, 0.2, (FRAMES, width)) for name, width in shapes.items()}
    arrays["coord"] = corners.ravel() + rng.normal(0.0, 0.1, (FRAMES, 9))
    arrays["box"] = np.tile(9.0 * np.eye(3).ravel(), (FRAMES, 1))
    for name, array in arrays.items():
        np.save(folder / "set.000" / f"{name}.npy", array)
    return folder


def write_pair_table(file: Path) -> Path:
    """Write a repulsion for every pair of two types."""
    distances = np.arange(0.05, 4.5, 0.05)
    columns = [distances, *(np.exp(-distances * scale) for scale in (1.0, 1.1, 1.2))]
    np.savetxt(file, np.stack(columns, axis=1))
    return file


def _learning_rate() -> Config:
    return {"type": "exp", "start_lr": 1e-3, "stop_lr": 1e-5, "decay_steps": 1}


def _training(**entries: Any) -> Config:
    return {"numb_steps": 2, **entries, "disp_freq": 1, "save_freq": 100, "seed": 7}


def _data(folder: Path, *, validation: bool = False) -> Config:
    system = str(folder / "system")
    data: Config = {"training_data": {"systems": [system, system], "batch_size": 1}}
    if validation:
        data["validation_data"] = {"systems": [system], "batch_size": "auto", "numb_btch": 1}
    return data


def single(folder: Path, model: Config, loss: Config, **training: Any) -> Config:
    """Make an input of one model."""
    return {
        "model": {"type_map": TYPES, **model},
        "learning_rate": _learning_rate(),
        "loss": loss,
        "training": _training(**_data(folder, validation=True), **training),
    }


def multitask(folder: Path, branches: Config, shared: Config, losses: Config) -> Config:
    """Make an input of several branches, drawn alike."""
    return {
        "model": {"shared_dict": {"types": TYPES, **shared}, "model_dict": branches},
        "learning_rate": _learning_rate(),
        "loss_dict": losses,
        "training": _training(
            numb_steps=max(2, len(branches)),  # each is drawn in its turn
            model_prob=dict.fromkeys(branches, 1.0),
            data_dict={name: _data(folder, validation=not i) for i, name in enumerate(branches)},
        ),
    }


def _shared_descriptor(folder: Path, descriptor: Config, **branch: Any) -> Config:
    written = {"type_map": "types", "descriptor": "des", "fitting_net": FITTING, **branch}
    branches = {"water": written, "ice": {**written, "model_branch_alias": ["solid"]}}
    losses = dict.fromkeys(branches, ENERGY)
    return multitask(folder, branches, {"des": descriptor}, losses)


def _shared_fitting(folder: Path) -> Config:
    shared = {"des": DPA3, "fit": {**FITTING, "dim_case_embd": 2}}
    branch = {"type_map": "types", "descriptor": "des", "fitting_net": "fit"}
    losses = {"water": ENERGY, "ice": {**ENERGY, "loss_func": "mae"}}
    return multitask(folder, dict.fromkeys(losses, branch), shared, losses)


def _kinds(folder: Path) -> Config:
    """Branches of different kinds over one descriptor, one at a share level."""
    fits: Config = {
        "energy": FITTING,
        "gap": {**FITTING, "type": "property", "property_name": PROPERTY, "task_dim": 1},
        "dipole": {**FITTING, "type": "dipole"},
        "dos": {**FITTING, "type": "dos", "numb_dos": 4},
    }
    losses = {
        "energy": ENERGY,
        "gap": {"type": "property", "loss_func": "smooth_mae", "metric": ["mae"]},
        "dipole": {"type": "tensor", "pref": 1.0, "pref_atomic": 1.0},
        "dos": {"type": "dos", "start_pref_dos": 1.0, "limit_pref_dos": 1.0},
    }
    branches = {
        name: {
            "type_map": "types",
            "descriptor": "des:1" if name == "gap" else "des",
            "fitting_net": fit,
        }
        for name, fit in fits.items()
    }
    return multitask(folder, branches, {"des": DPA1}, losses)


def _spin_branches(folder: Path) -> Config:
    branch = {"type_map": "types", "descriptor": "des", "fitting_net": FITTING}
    branch["spin"] = {"use_spin": [True, False], "virtual_scale": [0.3]}
    branches = dict.fromkeys(("iron", "nickel"), branch)
    return multitask(folder, branches, {"des": SE_A}, dict.fromkeys(branches, SPIN_LOSS))


def _tuned(folder: Path) -> Config:
    """An input that fine-tunes: one branch goes on, one starts from it, one at random."""
    config = _shared_descriptor(folder, DPA1)
    branches = config["model"]["model_dict"]
    extra = branches["water"]
    branches["tuned"] = {**extra, "finetune_head": "water"}
    branches["fresh"] = {**extra, "finetune_head": "RANDOM"}
    del branches["ice"]
    return multitask(folder, branches, {"des": DPA1}, dict.fromkeys(branches, ENERGY))


def inputs(folder: Path) -> dict[str, Config]:
    """Give every input by name.

    Parameters
    ----------
    folder : Path
        Where the folder ``system`` and the file ``pairs.txt`` are.
    """
    fit, pairs = FITTING, str(folder / "pairs.txt")
    energies = {
        "se_e2_a": SE_A,
        "se_e2_r": SE_R,
        "se_e3": SE_T,
        "se_e3_tebd": SE_T_TEBD,
        "se_atten_v2": SE_ATTEN_V2,
        "dpa2": DPA2,
        "hybrid": HYBRID,
    }
    made = {
        name: single(folder, {"descriptor": des, "fitting_net": fit}, ENERGY)
        for name, des in energies.items()
    }
    dpa4 = {"type": "dpa4", "descriptor": DPA4, "fitting_net": {"type": "dpa4_ener", **fit}}
    fparam = {**fit, "numb_fparam": 1, "numb_aparam": 1}
    polar = {**fit, "type": "polar"}
    spin = {"use_spin": [True, False], "virtual_scale": [0.3]}
    zbl = {"use_srtab": pairs, "smin_alpha": 0.1, "sw_rmin": 0.5, "sw_rmax": 1.5}
    linear = {"type": "linear_ener", "weights": "mean", "models": [
        {"type_map": TYPES, "descriptor": DPA1, "fitting_net": fit},
        {"type": "pairtab", "tab_file": pairs, "rcut": 4.0, "sel": 6},
    ]}  # fmt: skip
    made |= {
        "dpa4": single(folder, dpa4, ENERGY),
        "parameters": single(folder, {"descriptor": SE_A, "fitting_net": fparam}, ENERGY),
        "polar": single(
            folder,
            {"descriptor": SE_A, "fitting_net": polar},
            {"type": "tensor", "pref": 1.0, "pref_atomic": 0.0},
        ),
        "spin": single(folder, {"descriptor": SE_A, "fitting_net": fit, "spin": spin}, SPIN_LOSS),
        "zbl": single(folder, {"descriptor": DPA1, "fitting_net": fit, **zbl}, ENERGY),
        "linear": single(folder, linear, ENERGY),
        "schedule": _schedule(folder),
        "shared_dpa1": _shared_descriptor(folder, DPA1),
        "shared_dpa2": _shared_descriptor(folder, DPA2),
        "shared_hybrid": _shared_descriptor(folder, {"type": "hybrid", "list": [SE_A, SE_R]}),
        "shared_fitting": _shared_fitting(folder),
        "kinds": _kinds(folder),
        "spin_branches": _spin_branches(folder),
        "fine_tuning": _tuned(folder),
    }
    # no part stands in two places, so that one can be changed alone
    return {name: json.loads(json.dumps(config)) for name, config in made.items()}


def _schedule(folder: Path) -> Config:
    """An input that says much about how to train."""
    config = single(
        folder,
        {"descriptor": SE_A, "fitting_net": FITTING, "data_stat_nbatch": 1},
        {**ENERGY, "loss_func": "mse", "use_huber": False},
        **{"gradient_max_norm": 5.0, "disp_file": "lcurve.out", "time_training": True},
        **{"enable_ema": True, "ema_decay": 0.9, "stat_file": "stat"},
    )
    config["learning_rate"] |= {"warmup_steps": 1, "decay_rate": 0.9}
    config["optimizer"] = {"type": "AdamW", "weight_decay": 0.001}
    config["training"]["training_data"]["auto_prob"] = "prob_sys_size"
    return config


def pretraining(folder: Path) -> Config:
    """Give the input whose checkpoint ``fine_tuning`` starts from."""
    return _shared_descriptor(folder, DPA1)
