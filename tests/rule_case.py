# SPDX-License-Identifier: LGPL-3.0-or-later
"""Valid inputs, and edits of them that trip a rule or must not."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, NamedTuple

DELETE = object()

SE_A = {"type": "se_e2_a", "sel": [46, 92], "rcut": 6.0, "neuron": [8, 16], "axis_neuron": 4}
DPA1 = {"type": "dpa1", "sel": 120, "rcut": 6.0, "neuron": [8, 16], "axis_neuron": 4}
ENER = {"neuron": [16, 16], "dim_case_embd": 2}

VALID: dict[str, Any] = {
    "model": {
        "shared_dict": {
            "types": ["O", "H"],
            "des": SE_A,
            "fit": ENER,
            "_note": "any text",
        },
        "model_dict": {
            "water": {
                "type_map": "types",
                "descriptor": "des",
                "fitting_net": "fit",
                "model_branch_alias": ["Default", "H2O"],
            },
            "ice": {"type_map": "types", "descriptor": "des", "fitting_net": "fit"},
        },
    },
    "learning_rate": {"type": "exp", "start_lr": 0.001, "stop_lr": 1e-08},
    "loss_dict": {"water": {"type": "ener"}, "ice": {}},
    "training": {
        "model_prob": {"water": 0.5, "ice": 0.5},
        "data_dict": {
            "water": {"training_data": {"systems": ["a"]}},
            "ice": {"training_data": {"systems": ["b"]}},
        },
        "numb_steps": 1000,
    },
}
SINGLE: dict[str, Any] = {
    "model": {"type_map": ["O", "H"], "descriptor": SE_A, "fitting_net": {"neuron": [16]}},
    "learning_rate": {"type": "exp", "start_lr": 0.001, "stop_lr": 1e-08},
    "loss": {"type": "ener"},
    "training": {"training_data": {"systems": ["a"]}, "numb_steps": 1000},
}
LINEAR: dict[str, Any] = {
    "model": {
        "type": "linear_ener",
        "weights": "mean",
        "type_map": ["O", "H"],
        "shared_dict": {"des": SE_A},
        "models": [
            {"descriptor": DPA1, "fitting_net": {"neuron": [16]}},
            {"descriptor": DPA1, "fitting_net": {"neuron": [16]}},
        ],
    },
    "learning_rate": {"type": "exp", "start_lr": 0.001, "stop_lr": 1e-08},
    "loss": {"type": "ener"},
    "training": {"training_data": {"systems": ["a"]}, "numb_steps": 1000},
}

WATER = "model/model_dict/water"
ICE = "model/model_dict/ice"
SHARED = "model/shared_dict"


class Case(NamedTuple):
    """Edits of an input, and the places at which the rule must speak (none: it must not)."""

    code: str
    edits: dict[str, Any]
    places: tuple[str, ...] = ()
    base: dict[str, Any] = VALID
    backend: str = "pt"

    @property
    def input(self) -> dict[str, Any]:
        data = deepcopy(self.base)
        for path, value in self.edits.items():
            *parents, last = [int(p) if p.isdigit() else p for p in path.split("/")]
            here: Any = data
            for part in parents:
                here = here[part] if isinstance(here, list) else here.setdefault(part, {})
            if value is DELETE:
                del here[last]
            else:
                here[last] = deepcopy(value)
        return data


FLAT_DPA2 = {"type": "dpa2", "repinit_rcut": 6.0, "repformer_nsel": 40, "tebd_dim": 8}


def hybrid(*members: Any) -> dict[str, Any]:
    return {"type": "hybrid", "list": list(members)}
