# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every disagreement with the schema is reported, at its exact place, in one run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dp_multitask.checks.codes import codes_beside_rules
from dp_multitask.checks.schema.findings import walk_input
from dp_multitask.checks.schema.messages import WARNINGS
from dp_multitask.errors import UsageError
from schema_samples import BRANCH_A, CHANGES, MULTITASK, SE_E2_A, SHARED, SINGLE_TASK, changed

INPUTS = sorted((Path(__file__).parents[2] / "data" / "inputs").glob("*.json"))


def found(config: object, **options: str) -> list[tuple[str, str]]:
    return [
        (each.code, "/".join(map(str, each.path)))
        for each in walk_input(config, **options).findings
    ]


@pytest.mark.parametrize("config", [MULTITASK, SINGLE_TASK])
@pytest.mark.parametrize("version", ["3.2", "3.1", "3.0"])
def test_a_right_input_has_no_findings(config, version):
    assert found(config, version=version) == []


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.stem)
def test_real_inputs_have_no_findings(path):
    assert found(json.loads(path.read_text())) == []


@pytest.mark.parametrize(("place", "value", "code", "at"), CHANGES)
def test_one_change_gives_one_finding(place, value, code, at):
    expected = [] if code is None else [(code, at or place)]
    assert found(changed(MULTITASK, place, value)) == expected


@pytest.mark.parametrize(
    ("place", "value", "code"),
    [
        ("training/numb_epoch", 2, "DPM511"),
        ("training/numb_steps", ..., "DPM509"),
        ("training/data_dict", {}, "DPM011"),
        ("loss_dict", {}, "DPM011"),
        ("model/type_map", "types", "DPM107"),
        ("model/descriptor", "des", "DPM107"),
        ("model", ..., "DPM012"),
        ("model", "x", "DPM013"),
        ("model/descriptor/sel", ..., None),
        ("model/preset_out_bias", {"energy": [None, 0.0, [1.0]]}, None),
        ("model/preset_out_bias", {"energy": ["x"]}, "DPM013"),
    ],
)
def test_single_task_inputs_are_checked_too(place, value, code):
    assert found(changed(SINGLE_TASK, place, value)) == ([] if code is None else [(code, place)])


def test_every_problem_is_reported_in_one_run():
    config = changed(MULTITASK, f"{SHARED}/des/rcutt", 6.0)
    config = changed(config, f"{SHARED}/fit/neuron", "24")
    config = changed(config, "model/model_dict/b/fitting_net/type", "enr")
    config = changed(config, "training/data_dict/b/training_data/systems", 5)
    config = changed(config, "optimiser", {})
    assert {place for _, place in found(config)} == {
        f"{SHARED}/des/rcutt",
        f"{SHARED}/fit/neuron",
        "model/model_dict/b/fitting_net/type",
        "training/data_dict/b/training_data/systems",
        "optimiser",
    }


def test_a_misspelt_key_is_one_problem_and_hides_none_in_its_value():
    branch = {"type_map": "types", "descriptr": "des", "fitting_net": "fit"}
    config = changed(MULTITASK, BRANCH_A, branch)
    assert found(config) == [("DPM011", f"{BRANCH_A}/descriptr")]
    branch["descriptr"] = {**SE_E2_A, "rcut": "6"}
    assert found(config) == [
        ("DPM011", f"{BRANCH_A}/descriptr"),
        ("DPM013", f"{BRANCH_A}/descriptr/rcut"),
    ]


def test_a_shared_entry_is_reported_once_whoever_uses_it():
    config = changed(MULTITASK, f"{SHARED}/des/rcut", [6])
    assert found(config) == [("DPM013", f"{SHARED}/des/rcut")]


def test_a_shared_entry_is_checked_as_what_it_is_used_for():
    config = changed(MULTITASK, f"{BRANCH_A}/descriptor", "fit")
    assert found(config) == [("DPM012", f"{SHARED}/fit/type")]
    config = changed(MULTITASK, f"{BRANCH_A}/descriptor", "types")
    assert found(config) == [("DPM013", f"{SHARED}/types")]


def test_an_unused_shared_entry_gives_warnings_only():
    config = changed(MULTITASK, f"{SHARED}/spare", {**SE_E2_A, "rcutt": 1.0})
    (finding,) = walk_input(config).findings
    assert finding.path == ("model", "shared_dict", "spare", "rcutt")
    assert finding.severity == "warning"
    config = changed(MULTITASK, f"{SHARED}/spare", 5)
    assert [each.severity for each in walk_input(config).findings] == ["warning"]


def test_a_reference_may_stand_in_a_branch_s_own_hybrid_but_not_in_a_shared_one():
    hybrid = {"type": "hybrid", "list": ["des", {**SE_E2_A, "rcut": 4.0}]}
    assert found(changed(MULTITASK, f"{BRANCH_A}/descriptor", hybrid)) == []
    config = changed(MULTITASK, f"{SHARED}/des", hybrid)
    assert found(config) == [("DPM013", f"{SHARED}/des/list/0")]


def test_keys_directly_under_model_are_checked_where_they_stand():
    config = changed(MULTITASK, "model/data_stat_nbatch", 5)
    assert found(config) == []
    assert found(config, version="3.1") == [("DPM011", "model/data_stat_nbatch")]
    assert found(changed(MULTITASK, "model/data_stat_nbatch", "5")) == [
        ("DPM013", "model/data_stat_nbatch")
    ]
    without = changed(MULTITASK, f"{BRANCH_A}/descriptor")
    assert found(changed(without, "model/descriptor", "des")) == []
    assert found(changed(without, "model/type", "standrd")) == [
        ("DPM014", "model/type"),
        ("DPM012", f"{BRANCH_A}/descriptor"),
    ]


def test_a_key_from_above_must_fit_every_branch_that_gets_it():
    config = changed(MULTITASK, BRANCH_A, {"type": "frozen", "model_file": "a.pt"})
    assert found(config) == []
    config = changed(config, "model/fitting_net", "fit")
    assert found(config) == [("DPM011", "model/fitting_net")]


@pytest.mark.parametrize(
    ("place", "value", "hint"),
    [
        (f"{SHARED}/des/rcut_smt", 6.0, "Did you mean 'rcut_smth'?"),
        (f"{SHARED}/des/type", "se_a2", "Did you mean 'se_a'?"),
        (f"{SHARED}/des/attn_layer", 2, "it is a key of 'se_atten' and 'se_atten_v2'"),
        ("loss", {}, "a multitask input has 'loss_dict' with one loss for each branch"),
        ("training/neighbor_graph_method", "dens", "Did you mean 'dense'?"),
        ("training/disp_freq", "1e3", "write the number without quotes; in YAML write 1.0e-3, "
         "not 1e-3"),
        (f"{SHARED}/des/trainable", "yes", "write true or false without quotes"),
        ("shared_links", {}, "resolving adds it; DeePMD-kit takes the input without it"),
        ("learning_rate/start_lr", ..., "add 'start_lr'"),
        ("training/opt_type", "Adam", "write it in 'optimizer' as 'type'"),
    ],
)
def test_hints_say_what_was_probably_meant(place, value, hint):
    (finding,) = walk_input(changed(MULTITASK, place, value)).findings
    assert finding.hint == hint


def test_messages_say_what_was_found_and_what_was_expected():
    (finding,) = walk_input(changed(MULTITASK, f"{SHARED}/des/neuron", "x" * 100)).findings
    assert finding.message == f"found the string '{'x' * 37}...', expected a list of whole numbers"
    (finding,) = walk_input(changed(MULTITASK, "training/ema_decay", 1.0)).findings
    assert finding.message == "found 1.0, expected a number at least 0 and below 1"


@pytest.mark.parametrize("config", [None, [], 3, "x", {}, {"model": None}])
def test_what_is_no_input_at_all_gives_findings_not_errors(config):
    assert {code for code, _ in found(config)} <= {"DPM012", "DPM013"}
    assert found(config)


def test_keys_that_are_no_text_are_reported():
    config = changed(MULTITASK, "model/model_dict", {1: {}, **MULTITASK["model"]["model_dict"]})
    config["training"][None] = 1
    assert found(config) == [("DPM020", "model/model_dict"), ("DPM020", "training")]


def test_an_unknown_schema_is_refused():
    with pytest.raises(UsageError, match=r"unknown schema '2\.0'.*choose one of 3\.2"):
        walk_input({}, version="2.0")


def test_every_code_is_explained():
    explained = {
        code: each.severity for code, each in codes_beside_rules().items() if each.group == "schema"
    }
    assert sorted(explained) == [f"DPM{number:03}" for number in range(11, 25)]
    assert {code for code, severity in explained.items() if severity == "warning"} == WARNINGS
