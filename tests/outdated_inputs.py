# SPDX-License-Identifier: LGPL-3.0-or-later
"""Inputs as earlier releases of DeePMD-kit took them, small enough to train in seconds."""

from __future__ import annotations

import copy
from typing import Any

TYPE_MAP = ["O", "H", "B"]
SE_A = {"type": "se_e2_a", "sel": [6, 8, 2], "rcut": 4.0, "rcut_smth": 0.5}
SE_A |= {"neuron": [4, 8], "axis_neuron": 4, "type_one_side": True, "seed": 1}
FITTING = {"neuron": [6, 6], "resnet_dt": True, "seed": 1}
RATE = {"type": "exp", "start_lr": 0.001, "stop_lr": 1e-5, "decay_steps": 10}
LOSS = {"start_pref_e": 0.1, "limit_pref_e": 1, "start_pref_f": 10, "limit_pref_f": 1}
LOSS |= {"start_pref_v": 0, "limit_pref_v": 0}
FLAT_DPA2 = {
    "type": "dpa2",
    "tebd_dim": 4,
    "repinit_rcut": 4.0,
    "repinit_rcut_smth": 0.5,
    "repinit_nsel": 12,
    "repinit_neuron": [4, 8],
    "repinit_axis_neuron": 4,
    "repinit_activation": "tanh",
    "repformer_rcut": 3.0,
    "repformer_rcut_smth": 0.5,
    "repformer_nsel": 8,
    "repformer_nlayers": 2,
    "repformer_g1_dim": 8,
    "repformer_g2_dim": 4,
    "repformer_attn1_hidden": 8,
    "repformer_attn1_nhead": 2,
    "repformer_attn2_hidden": 4,
    "repformer_attn2_nhead": 2,
    "repformer_axis_dim": 4,
    "repformer_update_g1_has_attn": False,
    "repformer_do_bn_mode": "no",
    "repformer_bn_momentum": 0.1,
    "repformer_add_type_ebd_to_seq": False,
}
SEQUENCE = {
    "type": "hybrid",
    "hybrid_mode": "sequential",
    "list": [
        {"type": "se_atten", "sel": 12, "rcut": 4.0, "rcut_smth": 0.5, "neuron": [4, 8]}
        | {"axis_neuron": 4, "attn": 5, "attn_layer": 0, "attn_dotr": True, "ffn": False},
        {"type": "se_uni", "sel": [8], "rcut": 3.0, "rcut_smth": 0.5, "nlayers": 2, "g1_dim": 8}
        | {"g2_dim": 4, "axis_dim": 4, "attn2_hidden": 4, "attn2_nhead": 2, "smooth": True},
    ],
}
VERSION_0 = {
    "use_smooth": True,
    "sel_a": [6, 8, 2],
    "rcut": 4.0,
    "rcut_smth": 0.5,
    "filter_neuron": [4, 8],
    "filter_resnet_dt": False,
    "axis_neuron": 4,
    "fitting_neuron": [6, 6],
    "fitting_resnet_dt": True,
    "systems": ["data"],
    "set_prefix": "set",
    "stop_batch": 3,
    "batch_size": 1,
    "start_lr": 0.001,
    "decay_steps": 1,
    "decay_rate": 0.95,
    **LOSS,
    "seed": 1,
    "disp_file": "lcurve.out",
    "disp_freq": 1,
    "numb_test": 1,
    "save_freq": 10,
    "save_ckpt": "model.ckpt",
    "disp_training": True,
    "time_training": True,
}


def version_1() -> dict[str, Any]:
    """Give a single-task input of version 1."""
    training = {"systems": ["data"], "set_prefix": "set", "stop_batch": 3, "batch_size": 1}
    training |= {"seed": 1, "disp_freq": 1, "numb_test": 1, "load_ckpt": "model.ckpt"}
    return copy.deepcopy(
        {
            "with_distrib": False,
            "model": {"type_map": TYPE_MAP, "descriptor": SE_A | {"type": "se_a"},
                      "fitting_net": FITTING},
            "learning_rate": {"type": "exp", "start_lr": 0.001, "decay_steps": 1}
            | {"decay_rate": 0.95},
            "loss": LOSS,
            "training": training,
        }
    )


def version_2(system: str = "data") -> dict[str, Any]:
    """Give a multitask input of version 2 with an energy and a dipole."""
    data = {"training_data": {"systems": [system], "batch_size": 1, "set_prefix": "set"}}
    return copy.deepcopy(
        {
            "model": {
                "type_map": TYPE_MAP,
                "descriptor": SE_A,
                "fitting_net_dict": {
                    "water_ener": FITTING,
                    "water_dipole": {"type": "dipole", "sel_type": [0], "neuron": [6], "seed": 1},
                    "_comment": "two heads",
                },
            },
            "learning_rate": RATE,
            "loss_dict": {
                "water_ener": {"type": "ener", **LOSS},
                "water_dipole": {"type": "tensor", "pref": 1.0, "pref_atomic": 0.0},
            },
            "training": {
                "data_dict": {"water_ener": data, "water_dipole": data},
                "fitting_weight": {"water_ener": 2, "water_dipole": 1},
                "numb_steps": 3,
                "seed": 7,
                "disp_freq": 1,
                "save_freq": 100,
            },
        }
    )


def single(**model: Any) -> dict[str, Any]:
    """Give a single-task input of today, with parts of its model in another form."""
    section = {"type_map": TYPE_MAP, "descriptor": SE_A, "fitting_net": FITTING} | model
    return copy.deepcopy(
        {
            "model": section,
            "learning_rate": RATE,
            "loss": {"type": "ener", **LOSS},
            "training": {
                "training_data": {"systems": ["data"], "batch_size": 1},
                "numb_steps": 3,
                "disp_freq": 1,
            },
        }
    )
