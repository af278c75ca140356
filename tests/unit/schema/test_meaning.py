# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a place in an input means."""

from __future__ import annotations

import pytest

from dp_multitask.checks.schema.meaning import meaning_at
from dp_multitask.checks.schema.table import load_table

INPUT = {
    "model": {
        "data_stat_nbatch": 5,
        "shared_dict": {
            "types": ["O", "H"],
            "des": {"type": "dpa2", "repinit": {"rcut": 6.0}},
            "fit": {"neuron": [10]},
            "unused": {"type": "polar"},
        },
        "model_dict": {
            "ice": {"type_map": "types", "descriptor": "des", "fitting_net": "fit:0"},
            "gas": {
                "type_map": "types",
                "descriptor": {"type": "hybrid", "list": [{"type": "se_e2_a"}, "des"]},
                "fitting_net": {"type": "dos"},
            },
        },
    },
    "loss_dict": {"ice": {"type": "dos"}},
    "training": {"data_dict": {"ice": {"training_data": {}}}},
}


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("model", "model"),
        ("model/data_stat_nbatch", "data_stat_nbatch"),
        ("model/shared_dict", "shared_dict"),
        ("model/shared_dict/types", "type_map"),
        ("model/shared_dict/des", "descriptor"),
        ("model/shared_dict/des/repinit/rcut", "rcut"),
        ("model/shared_dict/fit/neuron", "neuron"),
        ("model/shared_dict/unused", "fitting_net"),
        ("model/model_dict/gas/descriptor/list/0/sel", "sel"),
        ("model/model_dict/gas/fitting_net/numb_dos", "numb_dos"),
        ("loss_dict/ice/start_pref_dos", "start_pref_dos"),
        ("training/data_dict/ice/training_data/batch_size", "batch_size"),
        ("training/stop_batch", "numb_steps"),
    ],
)
def test_the_field_of_a_value(path: str, field: str):
    parts = tuple(int(part) if part.isdigit() else part for part in path.split("/"))
    found = meaning_at(load_table(), INPUT, parts).field
    assert found is not None
    assert found.name == field


@pytest.mark.parametrize(
    "path",
    ["nowhere", "model/model_dict/ice/descriptor/sell", "model/shared_dict/none/x", "training/a/b"],
)
def test_what_no_table_has_is_nothing(path: str):
    assert meaning_at(load_table(), INPUT, tuple(path.split("/"))).field is None


@pytest.mark.parametrize(
    ("path", "has", "has_not"),
    [
        ("", "loss_dict", "loss"),
        ("model", "model_dict", "backbone"),
        ("model", "type_map", "neuron"),
        ("model/model_dict/ice", "descriptor", "model_dict"),
        ("model/shared_dict/des", "repformer", "sel"),
        ("model/shared_dict/des/repinit", "nsel", "rcut_typo"),
        ("model/model_dict/gas/fitting_net", "numb_dos", "fit_diag"),
        ("loss_dict/ice", "start_pref_dos", "start_pref_e"),
        ("training/data_dict/ice", "training_data", "systems"),
    ],
)
def test_the_keys_of_a_mapping(path: str, has: str, has_not: str):
    parts = tuple(part for part in path.split("/") if part)
    keys = meaning_at(load_table(), INPUT, parts).keys.fields
    assert has in keys
    assert has_not not in keys


def test_types_are_choices():
    choices = meaning_at(load_table(), INPUT, ("model", "shared_dict", "des", "type")).choices
    assert {"dpa2", "se_atten", "dpa1"} <= set(choices)


@pytest.mark.parametrize(
    ("path", "takes"),
    [
        ("model/model_dict/ice/descriptor", True),
        ("model/descriptor", True),
        ("model/model_dict/gas/descriptor/list/1", True),
        ("model/shared_dict/des", False),
        ("loss_dict/ice", False),
    ],
)
def test_where_references_stand(path: str, takes: bool):
    parts = tuple(int(part) if part.isdigit() else part for part in path.split("/"))
    assert meaning_at(load_table(), INPUT, parts).takes_reference is takes
