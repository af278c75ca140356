# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask merge`` as a user runs it."""

import json

import numpy as np
import pytest

import dp_multitask
from model_trees import LINKS, difference, single, without_metadata
from small_inputs import multitask

INPUT = multitask(branches=("water", "ice", "steam"))


@pytest.fixture
def folder(tmp_path):
    for seed, name in enumerate(["water", "ice", "steam"]):
        dp_multitask.save_model(tmp_path / f"{name}.dp", single(seed))
    other = single(3)
    other["model"]["descriptor"]["@variables"]["davg"] += 1
    dp_multitask.save_model(tmp_path / "other.dp", other)
    (tmp_path / "input.json").write_text(json.dumps(INPUT))
    (tmp_path / "links.json").write_text(json.dumps(LINKS))
    return tmp_path


def merge(call_command, *arguments):
    return call_command("merge", *arguments, "-o", "model.dp")


def shared(file, *names):
    model = dp_multitask.load_model(file)["model"]["model_dict"]
    arrays = [model[name]["descriptor"]["@variables"]["davg"] for name in names]
    return all(array is arrays[0] for array in arrays)


def test_the_input_says_what_is_shared(call_command, folder):
    names = ["water", "ice", "steam"]
    result = merge(call_command, *(f"{name}={name}.dp" for name in names), "--config", "input.json")
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    assert shared(folder / "model.dp", *names)
    assert dp_multitask.verify_model(folder / "model.dp") == []
    script = dp_multitask.load_model(folder / "model.dp")["model_def_script"]
    assert script["shared_dict"] == INPUT["model"]["shared_dict"]


def test_what_was_split_off_comes_back(run_command, call_command, folder):
    merge(run_command, "water=water.dp", "ice=ice.dp", "--links", "links.json")
    call_command("split-branch", "model.dp", "ice", "-o", "ice_again.dp")
    again = without_metadata(dp_multitask.load_model(folder / "ice_again.dp"))
    assert difference(again, without_metadata(dp_multitask.load_model(folder / "ice.dp"))) is None


def test_an_alias_of_several_branches_is_warned_of(call_command, folder):
    for name in ("water", "ice"):
        dp_multitask.save_model(folder / f"{name}.dp", single(1, aliases=["Default"]))
    files = ("water=water.dp", "ice=ice.dp")
    result = merge(call_command, *files, "--share-nothing")
    assert result.returncode == 0
    assert "'Default' means several branches, water, ice" in result.stderr.decode()


def test_aliases_are_those_of_the_input(call_command, folder):
    for name in ("water", "ice"):
        dp_multitask.save_model(folder / f"{name}.dp", single(1, aliases=["Default"]))
    config = multitask(branches=("water", "ice"))
    config["model"]["model_dict"]["ice"]["model_branch_alias"] = ["Solid"]
    (folder / "input.json").write_text(json.dumps(config))
    result = merge(call_command, "water=water.dp", "ice=ice.dp", "--config", "input.json")
    assert (result.returncode, result.stderr) == (0, b"")
    with dp_multitask.open_model(folder / "model.dp") as file:
        assert file.aliases == {"Solid": ["ice"]}


def test_branches_of_the_input_may_be_left_out_and_are_named(call_command, folder):
    result = merge(call_command, "steam=steam.dp", "water=water.dp", "--config", "input.json")
    assert result.returncode == 0
    assert result.stderr.decode() == "note: branches that are not merged: ice\n"
    with dp_multitask.open_model(folder / "model.dp") as file:
        assert file.branches == ("steam", "water")
        links = file.shared_links["des"]["links"]
    assert [link["model_key"] for link in links] == ["water", "steam"]
    assert shared(folder / "model.dp", "water", "steam")


def test_nothing_needs_to_be_shared(call_command, folder):
    result = merge(call_command, "a=water.dp", "b=other.dp", "--share-nothing")
    assert result.returncode == 0
    assert not shared(folder / "model.dp", "a", "b")


def test_a_flat_file_of_deepmd_kit_and_yaml_are_sources_too(call_command, folder, data_folder):
    flat = data_folder / "models" / "water_se_e2_a" / "model_1.deepmd-kit.dp"
    dp_multitask.save_model(folder / "ice.yaml", single(1))
    result = merge(call_command, f"water={flat}", "ice=ice.yaml", "--share-nothing")
    assert result.returncode == 0
    loaded = dp_multitask.load_model(folder / "model.dp")["model"]["model_dict"]
    expected = dp_multitask.load_model(flat)["model"]["@variables"]["out_bias"]
    np.testing.assert_array_equal(loaded["water"]["@variables"]["out_bias"], expected)
    assert dp_multitask.verify_model(folder / "model.dp") == []


def test_force_overwrites_but_never_a_source(call_command, folder):
    arguments = ["merge", "water=water.dp", "--share-nothing", "-o"]
    assert call_command(*arguments, "ice.dp").returncode == 2
    assert call_command(*arguments, "ice.dp", "--force").returncode == 0
    before = (folder / "water.dp").read_bytes()
    result = call_command(*arguments, "./water.dp", "--force")
    assert result.returncode == 2
    assert b"would replace the file that it is made from" in result.stderr
    assert (folder / "water.dp").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["water", "--share-nothing"], 2, "expected NAME=FILE, found 'water'"),
        (["=water.dp", "--share-nothing"], 2, "expected NAME=FILE"),
        (["water=", "--share-nothing"], 2, "expected NAME=FILE"),
        (["a=ice.dp", "a=water.dp", "--share-nothing"], 2, "'a' is given twice"),
        (["water=water.dp"], 2, "--config --links --share-nothing is required"),
        (["watr=water.dp", "--config", "input.json"], 2, "Did you mean 'water'?"),
        (["water=nowhere.dp", "--share-nothing"], 2, "nowhere.dp"),
        (["water=input.json", "--share-nothing"], 2, "is a training input, expected a model file"),
        (["water=-", "--share-nothing"], 2, "cannot be read from standard input"),
        (["a.b=water.dp", "--share-nothing"], 2, "the branch name 'a.b' holds '.'"),
        (
            ["water=water.dp", "ice=other.dp", "--config", "input.json"],
            2,
            "1 variable is declared shared but differ",
        ),
        (["water=water.dp", "--links", "links.json"], 2, "names the branch 'ice'"),
        (
            ["water=water.dp", "--links", "input.json"],
            2,
            "input.json:1:11: model: expected a shared entry with its list 'links'\n"
            "  hint: this looks like a training input: did you mean --config?",
        ),
        (["c=multi.dp", "--share-nothing"], 2, "multi.dp: model: the branch 'c' must be one model"),
        (["water=water.dp", "--links", "nowhere.json"], 2, "no such file"),
        (["water=water.dp", "--config", "broken.json"], 1, "broken.json:1:"),
    ],
)
def test_errors(call_command, folder, arguments, code, message):
    dp_multitask.merge_branches({"water": single(1)}, folder / "multi.dp", shared_links={})
    (folder / "broken.json").write_text(json.dumps(INPUT).replace('"des"', '"dse"', 2))
    before = sorted(folder.iterdir())
    result = merge(call_command, *arguments)
    assert result.returncode == code
    assert message in result.stderr.decode()
    assert b"Traceback" not in result.stderr
    assert sorted(folder.iterdir()) == before
