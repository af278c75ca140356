# SPDX-License-Identifier: LGPL-3.0-or-later
"""Training inputs of models that are small enough to initialise by the hundred."""

from __future__ import annotations

import copy

DESCRIPTOR = {"type": "se_e2_a", "sel": [3, 6], "rcut": 4.0, "neuron": [2, 4], "axis_neuron": 2}
FITTING = {"neuron": [4, 4]}
TRAINING = {"numb_steps": 1, "data_dict": {}}


def system():
    return {"training_data": {"systems": ["data"], "batch_size": 1}}


def multitask(*, descriptor=None, fitting=None, branches=("water", "ice"), level=0):
    """Give an input whose branches share a descriptor, and a fitting net if one is given."""
    shared = {"types": ["O", "H"], "des": descriptor or DESCRIPTOR}
    if fitting is not None:
        shared["fit"] = fitting
    return copy.deepcopy(
        {
            "model": {
                "shared_dict": shared,
                "model_dict": {
                    name: {
                        "type_map": "types",
                        "descriptor": f"des:{level}" if level else "des",
                        "fitting_net": FITTING if fitting is None else "fit",
                    }
                    for name in branches
                },
            },
            "loss_dict": {name: {} for name in branches},
            "learning_rate": {"type": "exp", "start_lr": 1e-3, "stop_lr": 1e-8},
            "training": {
                "numb_steps": 1,
                "data_dict": {name: system() for name in branches},
                "seed": 3,
            },
        }
    )


def single(**model):
    """Give an input of one model."""
    return copy.deepcopy(
        {
            "model": {
                "type_map": ["O", "H"],
                "descriptor": DESCRIPTOR,
                "fitting_net": FITTING,
                **model,
            },
            "learning_rate": {"type": "exp", "start_lr": 1e-3, "stop_lr": 1e-8},
            "loss": {},
            "training": {"numb_steps": 1, **system()},
        }
    )
