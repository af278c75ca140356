# SPDX-License-Identifier: LGPL-3.0-or-later
"""One branch of a training input as a single-task input."""

import copy
import json

import pytest

from dp_multitask import branch_input
from dp_multitask.config.training_input import resolve_input
from dp_multitask.errors import (
    ConfigError,
    ConfigTypeError,
    MissingKeyError,
    UnknownBranchError,
    UnknownSharedKeyError,
)

INPUT = {
    "_comment": "two waters",
    "model": {
        "shared_dict": {
            "types": ["O", "H"],
            "des": {"type": "dpa1", "sel": 120, "neuron": [8, 16]},
        },
        "data_stat_protect": 0.01,
        "model_dict": {
            "water": {
                "type_map": "types",
                "descriptor": "des",
                "fitting_net": {"neuron": [8]},
                "model_branch_alias": ["Default", "H2O"],
                "info": {"observed_type": ["H", "O"]},
            },
            "ice": {
                "type_map": "types",
                "descriptor": {"type": "hybrid", "list": ["des:1", {"type": "se_e2_a"}]},
                "fitting_net": {"neuron": [8], "dim_case_embd": 2},
                "finetune_head": "water",
                "model_branch_alias": ["frozen"],
            },
        },
    },
    "learning_rate": {"type": "exp", "start_lr": 0.001},
    "loss_dict": {"water": {"type": "ener"}, "ice": {"type": "ener", "start_pref_e": 2}},
    "training": {
        "model_prob": {"water": 0.5, "ice": 0.5},
        "data_dict": {
            "water": {
                "training_data": {"systems": ["a"]},
                "validation_data": {"systems": ["b"]},
                "stat_file": "water.hdf5",
            },
            "ice": {"training_data": {"systems": ["c"]}, "_comment": "no validation"},
        },
        "numb_steps": 100,
        "seed": 10,
    },
}


def changed(**sections):
    config = copy.deepcopy(INPUT)
    config.update(sections)
    return config


def test_every_section_becomes_that_of_the_branch_at_the_same_place():
    single = branch_input(INPUT, "water")
    assert single == {
        "_comment": "two waters",
        "model": {
            "type_map": ["O", "H"],
            "descriptor": {"type": "dpa1", "sel": 120, "neuron": [8, 16]},
            "fitting_net": {"neuron": [8]},
            "info": {"observed_type": ["H", "O"]},
            "data_stat_protect": 0.01,
        },
        "learning_rate": {"type": "exp", "start_lr": 0.001},
        "loss": {"type": "ener"},
        "training": {
            "training_data": {"systems": ["a"]},
            "validation_data": {"systems": ["b"]},
            "stat_file": "water.hdf5",
            "numb_steps": 100,
            "seed": 10,
        },
    }
    assert list(single) == ["_comment", "model", "learning_rate", "loss", "training"]
    assert next(iter(single["training"])) == "training_data"


def test_members_of_a_hybrid_are_written_out_and_fine_tuning_keys_stay():
    single = branch_input(INPUT, "ice")
    assert single["model"]["descriptor"]["list"][0] == INPUT["model"]["shared_dict"]["des"]
    assert single["model"]["finetune_head"] == "water"
    assert single["model"]["fitting_net"]["dim_case_embd"] == 2
    assert single["training"]["_comment"] == "no validation"


@pytest.mark.parametrize(
    ("name", "branch"), [("H2O", "water"), ("Default", "water"), ("frozen", "ice")]
)
def test_an_alias_names_its_branch(name, branch):
    assert branch_input(INPUT, name) == branch_input(INPUT, branch)


def test_a_name_goes_before_the_alias_of_another_branch():
    config = changed()
    config["model"]["model_dict"]["ice"]["model_branch_alias"] = ["water"]
    assert branch_input(config, "water")["loss"] == {"type": "ener"}


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("watr", "there is no branch 'watr'", "Did you mean 'water'? branches: water, ice"),
        ("WATER", "there is no branch 'WATER'", "Did you mean 'water'?"),
        ("froze", "there is no branch 'froze'", "Did you mean 'frozen'?"),
        ("xyz", "there is no branch 'xyz'", "branches: water, ice; aliases: Default, H2O, frozen"),
        ("", "there is no branch ''", "branches: water, ice"),
    ],
)
def test_an_unknown_branch_is_told_with_the_list_and_a_suggestion(name, message, hint):
    with pytest.raises(UnknownBranchError, match=message) as error:
        branch_input(INPUT, name)
    assert hint in error.value.hint
    assert isinstance(error.value, KeyError)


def test_an_alias_of_several_branches_is_refused():
    config = changed()
    for branch in config["model"]["model_dict"].values():
        branch["model_branch_alias"] = ["both"]
    with pytest.raises(UnknownBranchError, match="alias of several branches: water, ice"):
        branch_input(config, "both")


def test_a_long_list_of_branches_is_cut():
    config = changed()
    branch = config["model"]["model_dict"]["ice"]
    config["model"]["model_dict"] = {f"b{i}": branch for i in range(700)}
    with pytest.raises(UnknownBranchError) as error:
        branch_input(config, "missing")
    assert "b39 and 660 more" in error.value.hint


def test_epochs_of_a_branch_become_its_number_of_epochs():
    training = {"num_epoch_dict": {"water": 2.5, "ice": 1}, "model_prob": {}}
    training["data_dict"] = INPUT["training"]["data_dict"]
    single = branch_input(changed(training=training), "ice")
    assert single["training"]["num_epoch"] == 1
    assert "num_epoch_dict" not in single["training"]
    training["num_epoch_dict"] = {}
    assert "num_epoch" not in branch_input(changed(training=training), "ice")["training"]


def test_a_resolved_input_splits_the_same_way():
    assert branch_input(resolve_input(INPUT), "ice") == branch_input(INPUT, "ice")


def test_the_input_is_left_alone_and_nothing_is_shared_with_it():
    before = copy.deepcopy(INPUT)
    single = branch_input(INPUT, "water")
    single["training"]["training_data"]["systems"].append("x")
    single["loss"]["type"] = "dos"
    single["model"]["descriptor"]["neuron"].append(1)
    single["model"]["info"]["observed_type"].append("X")
    single["learning_rate"]["start_lr"] = 1
    assert before == INPUT


@pytest.mark.parametrize(
    ("sections", "error", "path", "message"),
    [
        ({"loss_dict": {"water": {}}}, MissingKeyError, ("loss_dict",), "no entry for the branch"),
        ({"loss_dict": []}, ConfigTypeError, ("loss_dict",), "must be a mapping, found a list"),
        (
            {"training": {"data_dict": {"icee": {}}}},
            MissingKeyError,
            ("training", "data_dict"),
            "no entry for the branch 'ice'",
        ),
        (
            {"training": {"data_dict": {"ice": 3}}},
            ConfigTypeError,
            ("training", "data_dict", "ice"),
            "must be a mapping, found 3",
        ),
        (
            {"training": {"num_epoch_dict": {"water": 1}}},
            MissingKeyError,
            ("training", "num_epoch_dict"),
            "no entry for the branch",
        ),
        (
            {"training": {"data_dict": {"ice": {"stat_file": "a"}}, "stat_file": "b"}},
            ConfigError,
            ("training", "data_dict", "ice", "stat_file"),
            "given for all branches and for this one",
        ),
        ({"loss": {}}, ConfigError, ("loss_dict",), "'loss' is given for all branches"),
        ({"model": {"descriptor": {}}}, MissingKeyError, ("model",), "has no branches"),
        ({"model": []}, ConfigTypeError, ("model",), "must be a mapping"),
    ],
)
def test_what_cannot_be_split_is_said_with_its_place(sections, error, path, message):
    with pytest.raises(error, match=message) as caught:
        branch_input(changed(**sections), "ice")
    assert caught.value.path == path


def test_an_input_without_a_model_section_is_refused():
    with pytest.raises(MissingKeyError, match="no 'model' section") as caught:
        branch_input({"modle": {}}, "ice")
    assert caught.value.hint == "rename 'modle' to 'model'?"


def test_an_unknown_reference_is_told_with_its_path_in_the_input():
    config = changed()
    config["model"]["model_dict"]["ice"]["descriptor"] = "dse"
    with pytest.raises(UnknownSharedKeyError) as caught:
        branch_input(config, "water")
    assert caught.value.path == ("model", "model_dict", "ice", "descriptor")


def test_every_branch_of_every_real_input_becomes_a_single_task_input(real_inputs):
    for file in real_inputs:
        config = json.loads(file.read_text())
        for name in config["model"]["model_dict"]:
            single = branch_input(config, name)
            assert single["loss"] == config["loss_dict"][name]
            training = config["training"]
            expected = {
                **{key: each for key, each in training.items() if not isinstance(each, dict)},
                **training["data_dict"][name],
            }
            assert single["training"] == expected
