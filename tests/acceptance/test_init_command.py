# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask init``: the command, as a user runs it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from dp_multitask import load_model
from rule_cases import VALID
from small_inputs import DESCRIPTOR, FITTING, multitask, single


@pytest.fixture
def write(tmp_path):
    def write(config, name="input.json"):
        path = tmp_path / name
        path.write_text(json.dumps(config, indent=2))
        return path

    return write


def test_a_multitask_model_is_stored_with_what_is_shared_once(run_command, write, tmp_path):
    result = run_command("init", write(multitask()), "-o", "model.dp")
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    tree = load_model(tmp_path / "model.dp")
    water, ice = (tree["model"]["model_dict"][name] for name in ("water", "ice"))
    layer = ("embeddings", "networks", 0, "layers", 0, "@variables")
    for part in (water, ice):
        assert part["@class"] == "Model"
    one, other = water["descriptor"], ice["descriptor"]
    for key in layer:
        one, other = one[key], other[key]
    assert one["w"] is other["w"]
    nets = [model["fitting"]["nets"]["networks"][0]["layers"][0] for model in (water, ice)]
    assert not np.array_equal(nets[0]["@variables"]["w"], nets[1]["@variables"]["w"])


def test_what_the_file_says_of_its_input_is_resolved_and_complete(call_command, write, tmp_path):
    call_command("init", write(multitask()), "-o", "model.dp")
    tree = load_model(tmp_path / "model.dp")
    branch = tree["model_def_script"]["model_dict"]["ice"]
    assert branch["type_map"] == ["O", "H"]
    assert branch["descriptor"]["rcut_smth"] == 0.5
    assert tree["shared_links"]["des"]["type"] == "DescrptSeA"
    assert "min_nbor_dist" not in tree["@variables"]


def test_one_model_is_stored_as_one(call_command, write, tmp_path):
    assert call_command("init", write(single()), "-o", "model.dp").returncode == 0
    tree = load_model(tmp_path / "model.dp")
    assert tree["model"]["type"] == "standard"
    assert tree["model_def_script"]["descriptor"]["sel"] == DESCRIPTOR["sel"]


@pytest.mark.parametrize(("arguments", "same"), [(["--seed", "3"], True), (["--seed", "4"], False)])
def test_the_seed_decides_every_number(call_command, write, tmp_path, arguments, same):
    path = write(multitask())
    call_command("init", path, "-o", "one.dp", SOURCE_DATE_EPOCH="0")
    call_command("init", path, "-o", "two.dp", *arguments, SOURCE_DATE_EPOCH="0")
    assert ((tmp_path / "one.dp").read_bytes() == (tmp_path / "two.dp").read_bytes()) is same


def test_each_branch_of_a_shared_fitting_net_knows_its_case(call_command, write, tmp_path):
    config = multitask(fitting={**FITTING, "dim_case_embd": 2})
    call_command("init", write(config), "-o", "model.dp")
    branches = load_model(tmp_path / "model.dp")["model"]["model_dict"]
    cases = {
        name: branch["fitting"]["@variables"]["case_embd"].tolist()
        for name, branch in branches.items()
    }
    assert cases == {"water": [0.0, 1.0], "ice": [1.0, 0.0]}  # by rank of the name


MISTAKES = [
    (
        multitask(descriptor={**DESCRIPTOR, "sel": "auto"}),
        b"model/model_dict/water/descriptor/sel: 'sel' is 'auto', which needs the training data",
        b"give the numbers of neighbours",
    ),
    (
        multitask(descriptor={**DESCRIPTOR, "sel": [3]}),
        b"model/model_dict/water/descriptor/sel: 'sel' has 1 numbers, expected 2",
        b"one for each entry of the type map",
    ),
    (
        multitask(fitting={**FITTING, "dim_case_embd": 1}),
        b"'dim_case_embd' is 1, expected 2",
        b"the number of branches",
    ),
    (
        single(fitting_net={"type": "dipole"}, descriptor={**DESCRIPTOR, "type": "se_e2_r"}),
        b"model/descriptor/axis_neuron",
        b"",
    ),
    (single(fitting_net={"neuron": [4], "trainable": [True]}), b"expected 2", b"'neuron'"),
]


@pytest.mark.parametrize(("config", "message", "hint"), MISTAKES)
def test_what_cannot_be_started_is_refused_where_it_stands(
    call_command, write, tmp_path, config, message, hint
):
    result = call_command("init", write(config), "-o", "model.dp")
    assert result.returncode == 1
    assert message in result.stderr
    assert hint in result.stderr
    assert b"Traceback" not in result.stderr
    assert not (tmp_path / "model.dp").exists()


@pytest.mark.parametrize("seed", ["-1", "1.5", "x"])
def test_a_seed_is_a_non_negative_integer(call_command, write, seed):
    result = call_command("init", write(single()), "-o", "model.dp", "--seed", seed)
    assert result.returncode == 2
    assert f"a seed is a non-negative integer, found '{seed}'".encode() in result.stderr


def test_a_share_level_that_the_class_does_not_have_is_a_fault_of_the_input(call_command, tmp_path):
    data = json.loads(json.dumps(VALID))
    data["model"]["model_dict"]["ice"]["descriptor"] = "des:1"
    (tmp_path / "input.json").write_text(json.dumps(data))
    done = call_command("init", "input.json", "-o", "model.dp")
    assert done.returncode == 1
    assert b"input.json:" in done.stderr
    assert not (tmp_path / "model.dp").exists()


@pytest.mark.parametrize("written", ["1e9", "today", "-1", "9" * 13, "9" * 30, "٣"])
def test_an_epoch_that_is_no_date_is_refused(call_command, tmp_path, written):
    (tmp_path / "input.json").write_text(json.dumps(VALID))
    done = call_command("init", "input.json", "-o", "model.dp", SOURCE_DATE_EPOCH=written)
    assert done.returncode == 2
    assert b"expected seconds since 1970" in done.stderr
    assert not (tmp_path / "model.dp").exists()
