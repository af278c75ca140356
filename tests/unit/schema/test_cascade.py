# SPDX-License-Identifier: LGPL-3.0-or-later
"""Keys directly under a multitask ``model`` are checked for the branches that they reach."""

from __future__ import annotations

import copy

import pytest
from jsonschema import Draft202012Validator

from dp_multitask.checks.schema.findings import walk_input
from dp_multitask.checks.schema.json_schema import json_schema
from dp_multitask.checks.schema.multitask_model import check_model
from dp_multitask.checks.schema.table import load_table
from dp_multitask.checks.schema.walk import Walk
from schema_samples import MULTITASK, changed

DPA4 = {
    "use_compile": False,
    "bridging_method": "zbl",
    "shared_dict": {
        "type_map": ["O", "H"],
        "descriptor": {"type": "dpa4", "sel": 120, "so2_layers": 4, "_comment": "shared"},
        "fit": {"type": "dpa4_ener", "neuron": [0], "dim_case_embd": 2},
    },
    "model_dict": {
        "a": {"type": "SeZM", "type_map": "type_map", "descriptor": "descriptor",
              "fitting_net": "fit"},
        "b": {"type": "dpa4", "type_map": "type_map", "descriptor": "descriptor:1",
              "fitting_net": "fit"},
    },
}  # fmt: skip

BELOW = "model/model_dict/b"


def dpa4_input(**changes: object) -> dict:
    return {**copy.deepcopy(MULTITASK), "model": {**copy.deepcopy(DPA4), **changes}}


def found(config: dict) -> list[tuple[str, str]]:
    return [(each.code, "/".join(map(str, each.path))) for each in walk_input(config).findings]


@pytest.fixture(scope="module")
def validator():
    return Draft202012Validator(json_schema())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"lora": {"rank": 4}}, [("DPM516", "model/lora")]),
        ({"use_compile": "no"}, [("DPM013", "model/use_compile")]),
        ({"use_compil": True}, [("DPM011", "model/use_compil")]),
        ({"_note": "x", "$schema": "s.json"}, []),
        ({"type": "standard"}, []),  # the branches have types of their own
    ],
)
def test_what_reaches_every_branch_is_checked_once(changes, expected):
    assert found(dpa4_input(**changes)) == expected


def test_a_type_from_above_decides_what_branches_may_have():
    config = dpa4_input(type="dpa4")
    for branch in config["model"]["model_dict"].values():
        del branch["type"]
    assert found(config) == []
    config["model"]["type"] = "standard"
    assert found(config) == [("DPM011", "model/use_compile")]


def test_a_key_that_only_some_branches_can_take_names_the_others():
    config = dpa4_input()
    config["model"]["model_dict"]["b"]["type"] = "standard"
    findings = walk_input(config).findings
    (finding,) = [each for each in findings if each.path == ("model", "use_compile")]
    assert finding.message == "unknown key 'use_compile' in branch 'b', which gets it from here"
    config["model"]["model_dict"]["b"]["use_compile"] = True
    assert ("DPM011", f"{BELOW}/use_compile") in found(config)


def test_editors_accept_what_comes_from_above(validator):
    assert validator.is_valid(dpa4_input())
    assert not validator.is_valid(dpa4_input(use_compil=True))
    assert not validator.is_valid(dpa4_input(use_compile="no"))


def test_an_entry_used_by_branches_of_two_types_is_checked_for_both():
    config = changed(dpa4_input(), "model/model_dict/b/type", "standard")
    config = changed(config, "model/shared_dict/fit", {"neuron": [0], "bias_out": True})
    config["model"].pop("use_compile")
    assert found(config) == [("DPM011", "model/shared_dict/fit/bias_out")]


def test_branches_without_a_mapping_do_not_disturb_the_others():
    walk = Walk(load_table())
    check_model(walk, {"model_dict": {"a": None, "b": [], "c": "x"}, "type": 3})
    assert [each.path[-1] for each in walk.findings] == ["type", "a", "b", "c"]
