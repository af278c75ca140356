# SPDX-License-Identifier: LGPL-3.0-or-later
"""Small inputs, and single changes of them with what the schema says."""

from __future__ import annotations

import copy

SE_E2_A = {"type": "se_e2_a", "sel": [46, 92], "rcut": 6.0, "neuron": [25, 50]}

MULTITASK = {
    "model": {
        "shared_dict": {"types": ["O", "H"], "des": SE_E2_A, "fit": {"neuron": [24, 24]}},
        "model_dict": {
            "a": {"type_map": "types", "descriptor": "des", "fitting_net": "fit"},
            "b": {"type_map": "types", "descriptor": "des:0", "fitting_net": {"neuron": [8]}},
        },
    },
    "learning_rate": {"type": "exp", "start_lr": 0.001, "stop_lr": 1e-8},
    "loss_dict": {"a": {"type": "ener"}, "b": {}},
    "training": {
        "data_dict": {
            "a": {"training_data": {"systems": ["a"]}},
            "b": {"training_data": {"systems": "b", "batch_size": "auto:32"}},
        },
        "numb_steps": 100,
    },
}
SINGLE_TASK = {
    "model": {"type_map": ["O"], "descriptor": SE_E2_A, "fitting_net": {"type": "ener"}},
    "learning_rate": {"start_lr": 0.001},
    "loss": {},
    "training": {"training_data": {"systems": ["a"]}, "numb_steps": 1},
}
BRANCH_A = "model/model_dict/a"
SHARED = "model/shared_dict"


def changed(config: dict, place: str, value: object = ...) -> dict:
    """Give a copy with one value set, or removed."""
    result = copy.deepcopy(config)
    *parents, last = place.split("/")
    node = result
    for part in parents:
        node = node[part]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return result


# place of the change, new value (... removes the key), code of the finding (None: it is fine),
# and the finding's place where that is another one
CHANGES = [
    # unknown keys
    (f"{SHARED}/des/rcutt", 6.0, "DPM011", f"{SHARED}/des/rcutt"),
    (f"{BRANCH_A}/descriptr", {}, "DPM011", f"{BRANCH_A}/descriptr"),
    ("training/data_dict/a/training_data/batchsize", 1, "DPM011", None),
    ("lerning_rate", {}, "DPM011", None),
    ("loss", {}, "DPM011", None),
    ("training/training_data", {"systems": "x"}, "DPM011", None),
    ("model/model_dct", {}, "DPM011", None),
    # missing keys
    (f"{SHARED}/des/type", ..., "DPM012", None),
    (f"{BRANCH_A}/descriptor", ..., "DPM012", None),
    ("training/data_dict/a/training_data/systems", ..., "DPM012", None),
    ("training/data_dict", ..., "DPM012", None),
    ("learning_rate/start_lr", ..., "DPM012", None),
    # wrong types
    (f"{SHARED}/des/rcut", "6.0", "DPM013", None),
    (f"{SHARED}/des/neuron", [25, "50"], "DPM013", None),
    (f"{SHARED}/types", ["O", 1], "DPM013", None),
    (BRANCH_A, "des", "DPM013", None),
    (f"{BRANCH_A}/descriptor", 3, "DPM013", None),
    ("model/model_dict", [], "DPM013", None),
    ("model/shared_dict", "none", "DPM013", None),
    ("loss_dict/a", [], "DPM013", None),
    ("training", None, "DPM013", None),
    # unknown choices
    (f"{SHARED}/des/type", "se_a2", "DPM014", None),
    (f"{BRANCH_A}/type", "standrd", "DPM014", None),
    ("loss_dict/a/type", "energy", "DPM014", None),
    # values out of range
    ("training/ema_decay", 1.0, "DPM015", None),
    ("training/neighbor_graph_method", "fast", "DPM015", None),
    ("training/data_dict/a/stat_file_mode", "write", "DPM015", None),
    ("validating", {"validation_metric": "E:MEAN"}, "DPM015", "validating/validation_metric"),
    # two names of one setting
    ("training/stop_batch", 5, "DPM016", None),
    (f"{SHARED}/des/n_axis_neuron", 4, None, None),
    # relations
    ("training/numb_epoch", 1, "DPM510", None),
    ("training/numb_steps", ..., "DPM509", None),
    ("training/num_epoch_dict", {"a": 1, "b": 1}, "DPM508", "training/numb_steps"),
    ("learning_rate/stop_lr_ratio", 0.1, "DPM017", None),
    ("learning_rate/decay_rate", 2.0, "DPM017", None),
    ("learning_rate/decay_steps", 0, "DPM017", None),
    ("training/data_dict/a/stat_file_mode", "read", "DPM017", None),
    ("validating", {"full_validation": True}, "DPM518", "validating/full_validation"),
    # accepted, but not what it should be
    ("training/data_dict/a/training_data/set_prefix", "set", "DPM018", None),
    ("training/numb_test", 5, "DPM018", None),
    ("training/opt_type", "Adam", "DPM018", None),
    ("training/disp_freq", True, "DPM019", None),
    # what is fine
    ("$schema", "https://example.org/schema.json", None, None),
    (f"{SHARED}/des/_comment", "why", None, None),
    ("training/_note", {"x": 1}, None, None),
    ("model/model_dict/_off", 3, None, None),
    (f"{BRANCH_A}/info", {"anything": [1, {"x": None}]}, None, None),
]
