# SPDX-License-Identifier: LGPL-3.0-or-later
"""The fix of each finding that has one: what it writes, and how sure it is."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from dp_multitask.checks.check import check
from dp_multitask.checks.mending import mend
from dp_multitask.text.document import parse_document

BRANCH = {"type_map": "types", "descriptor": "my_des", "fitting_net": "my_fit"}
BASE: dict[str, Any] = {
    "model": {
        "shared_dict": {
            "types": ["O", "H"],
            "my_des": {
                "type": "se_e2_a",
                "sel": [46, 92],
                "rcut": 6.0,
                "rcut_smth": 0.5,
                "neuron": [25, 50],
                "axis_neuron": 16,
            },
            "my_fit": {"neuron": [24], "dim_case_embd": 2},
        },
        "model_dict": {"water_1": dict(BRANCH), "water_2": dict(BRANCH)},
    },
    "learning_rate": {"type": "exp", "start_lr": 1e-3},
    "loss_dict": {"water_1": {"type": "ener"}, "water_2": {"type": "ener"}},
    "training": {
        "numb_steps": 10,
        "data_dict": {
            "water_1": {"training_data": {"systems": ["a"]}},
            "water_2": {"training_data": {"systems": ["b"]}},
        },
    },
}
SHARED = ("model", "shared_dict")
WATER = ("model", "model_dict", "water_1")
DES, FIT, MAP = "my_des", "my_fit", "types"


def at(data: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        data = data[part]
    return data


def put(path, value):
    def change(data):
        at(data, path[:-1])[path[-1]] = value

    return change


def renamed(path, new):
    def change(data):
        owner = at(data, path[:-1])
        pairs = [(new if key == path[-1] else key, value) for key, value in owner.items()]
        owner.clear()
        owner.update(pairs)

    return change


@pytest.mark.parametrize(
    ("change", "code", "safety", "expected"),
    [
        (renamed((*SHARED, DES, "rcut_smth"), "rcut_smht"), "DPM011", "safe", "rcut_smth"),
        (renamed((*SHARED, DES, "neuron"), "neurons"), "DPM011", "safe", "neuron"),
        (put((*SHARED, DES, "rcut"), "6.0"), "DPM013", "safe", 6.0),
        (put((*SHARED, DES, "axis_neuron"), 4.0), "DPM013", "safe", 4),
        (put((*SHARED, DES, "type"), "se_e2_aa"), "DPM014", "safe", "se_e2_a"),
        (put((*SHARED, DES, "resnet_dt"), "false"), "DPM013", "safe", False),
        (put((*SHARED, DES, "activation_function"), "tanhh"), None, "safe", "tanh"),
        (put((*WATER, "descriptor"), DES + "x"), "DPM101", "safe", DES),
        (put((*WATER, "descriptor"), DES + ":"), "DPM102", "safe", DES),
        (put((*WATER, "type_map"), MAP + ":0"), "DPM204", "safe", None),
        (put((*SHARED, "old"), {"type": "dpa1"}), "DPM106", "unsafe", None),
        (put((*WATER, "model_branch_alias"), ["water_1"]), "DPM307", "safe", None),
        (renamed(("loss_dict", "water_1"), "watre_1"), "DPM502", "safe", None),
        (put(("loss_dict", "nothing like it"), {"type": "ener"}), "DPM502", "unsafe", None),
        (put(("training", "warmup_steps"), 5), "DPM018", "safe", None),
        (put(("training", "numb_test"), 5), "DPM018", "safe", None),
        (put(("shared_links",), {}), "DPM011", "safe", None),
        (put(("training", "zero_stage"), 1), "DPM517", "unsafe", 0),
        (put((*SHARED, FIT, "dim_case_embd"), 1), "DPM402", "unsafe", 2),
        (put((*WATER, "finetune_head"), "random"), "DPM602", "unsafe", "RANDOM"),
        (put((*SHARED, MAP, 0), "O "), "DPM216", "safe", "O"),
    ],
)
def test_a_fix_is_the_edit_that_a_careful_person_makes(change, code, safety, expected):
    data = deepcopy(BASE)
    before = {each.code for each in check(data)}
    change(data)
    document = parse_document(json.dumps(data, indent=2))
    found = [each for each in check(document) if each.fix and each.code not in before]
    assert before == set()
    assert found, [each.code for each in check(document)]
    if code is not None:
        assert code in {each.code for each in found}
        found = [each for each in found if each.code == code]
    (fix,) = {each.fix for each in found}
    assert fix.safety == safety
    assert fix.title
    if expected is not None:
        assert expected in (fix.edits[0].value, fix.edits[0].key)
    mended = mend(document, check, unsafe=safety == "unsafe")
    assert code not in {each.code for each in mended.findings}
    assert len(mended.findings) <= len(check(document)) - 1
    assert mend(mended.document, check, unsafe=safety == "unsafe").applied == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        # both names are near: neither is sure
        (put(("loss_dict", "water_1", "start_pref_g"), 1), "DPM011"),
        # the value could only be guessed
        (put((*SHARED, DES, "rcut"), "six"), "DPM013"),
        # the place where it belongs is taken
        (put(("numb_steps",), 1), "DPM011"),
    ],
)
def test_what_is_not_sure_has_no_safe_fix(change, code):
    data = deepcopy(BASE)
    change(data)
    found = [each for each in check(data) if each.code == code]
    assert found
    assert all(each.fix is None or each.fix.safety == "unsafe" for each in found)


def test_a_key_in_the_wrong_section_moves_where_it_belongs():
    data = deepcopy(BASE)
    steps = data["training"].pop("numb_steps")
    data["numb_steps"] = steps
    mended = mend(parse_document(json.dumps(data)), check, unsafe=True)
    assert mended.document.data["training"]["numb_steps"] == steps
    assert "numb_steps" not in mended.document.data
