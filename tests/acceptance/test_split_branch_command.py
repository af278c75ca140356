# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask split-branch`` as a user runs it."""

import json
import os

import pytest
import yaml

import dp_multitask
from model_trees import LINKS, difference, single, without_metadata
from systems import posix_only

INPUT = """{
  "model": {
    "shared_dict": {"types": ["O", "H"], "des": {"type": "dpa1", "sel": 120}},
    "model_dict": {
      "water": {"type_map": "types", "descriptor": "des", "fitting_net": {},
                "model_branch_alias": ["Default", "both"]},
      "ice": {"type_map": "types", "descriptor": "des:1", "fitting_net": {},
              "model_branch_alias": ["both"]}
    }
  },
  "loss_dict": {"water": {"type": "ener"}, "ice": {"type": "ener"}},
  "training": {
    "data_dict": {"water": {"training_data": {"systems": "a"}},
                  "ice": {"training_data": {"systems": "b"}}},
    "numb_steps": 1
  }
}
"""


@pytest.fixture
def folder(tmp_path):
    branches = {"water": single(1, aliases=("H2O",)), "ice": single(2)}
    dp_multitask.merge_branches(branches, tmp_path / "model.dp", shared_links=LINKS)
    (tmp_path / "input.json").write_text(INPUT)
    (tmp_path / "other.dp").write_text("something of value")
    return tmp_path


@pytest.mark.parametrize(
    "naming",
    [["water"], ["H2O"], ["--head", "water"], ["--model-branch", "H2O"], ["ice", "--head", "ice"]],
)
def test_a_branch_of_a_model_file(call_command, folder, naming):
    result = call_command("split-branch", "model.dp", *naming, "-o", "water.dp")
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    split = dp_multitask.load_model(folder / "water.dp")
    expected = single(2 if "ice" in naming else 1)
    assert difference(without_metadata(split)["model"], expected["model"]) is None
    assert dp_multitask.verify_model(folder / "water.dp") == []


def test_a_branch_of_a_model_file_as_yaml(call_command, folder):
    assert call_command("split-branch", "model.dp", "ice", "-o", "ice.yaml").returncode == 0
    split = dp_multitask.load_model(folder / "ice.yaml")
    assert difference(split["model"], single(2)["model"]) is None


def test_a_branch_of_an_input_goes_to_standard_output(call_command, folder):
    result = call_command("split-branch", "input.json", "Default")
    assert (result.returncode, result.stderr) == (0, b"")
    assert json.loads(result.stdout) == dp_multitask.branch_input(json.loads(INPUT), "water")


def test_a_branch_of_an_input_through_a_pipe_as_yaml(run_command, folder):
    result = run_command("split-branch", "-", "ice", "-o", "ice.yaml", stdin=INPUT)
    assert (result.returncode, result.stdout) == (0, b"")
    written = yaml.safe_load((folder / "ice.yaml").read_text())
    assert written["training"]["training_data"] == {"systems": "b"}
    assert written["model"]["descriptor"] == {"type": "dpa1", "sel": 120}


def test_force_overwrites(call_command, folder):
    assert call_command("split-branch", "model.dp", "ice", "-o", "other.dp").returncode == 2
    assert (folder / "other.dp").read_text() == "something of value"
    assert call_command("split-branch", "model.dp", "ice", "-o", "other.dp", "-f").returncode == 0
    assert dp_multitask.verify_model(folder / "other.dp") == []


@pytest.mark.parametrize("force", [[], ["--force"]])
@pytest.mark.parametrize("source", ["model.dp", "input.json"])
def test_the_source_is_never_overwritten(call_command, folder, source, force):
    before = (folder / source).read_bytes()
    os.link(folder / source, folder / f"same{folder.joinpath(source).suffix}")
    output = f"same{folder.joinpath(source).suffix}"
    result = call_command("split-branch", source, "water", "-o", output, *force)
    assert result.returncode == 2
    assert b"would replace the file that it is made from" in result.stderr
    assert (folder / source).read_bytes() == before


@posix_only
def test_a_device_takes_the_result(call_command, folder):
    result = call_command("split-branch", "input.json", "ice", "-o", "/dev/null")
    assert (result.returncode, result.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["model.dp", "watr", "-o", "x.dp"], 2, "Did you mean 'water'? branches: water, ice"),
        (["model.dp", "-o", "x.dp"], 2, "no branch is named"),
        (["model.dp", "ice", "--head", "water", "-o", "x.dp"], 2, "two branches are named"),
        (["model.dp", "ice"], 2, "not written to standard output"),
        (["model.dp", "ice", "-o", "-"], 2, "not written to standard output"),
        (["model.dp", "ice", "-o", "x.json"], 2, "'.json' is a backend's own format"),
        (["model.dp", "ice", "-o", "x.pth"], 2, "x.dp, then: dp convert-backend x.dp x.pth\n"),
        (["model.dp", "ice", "-o", "x.savedmodel"], 2, "dp convert-backend x.dp x.savedmodel"),
        (["model.dp", "ice", "-o", "x.pt"], 2, "x.dp, then: dp-multitask unpack x.dp -o x.pt\n"),
        (["model.dp", "ice", "-o", "x.xyz"], 2, "unknown model file suffix '.xyz'"),
        (["model.dp", "ice", "-o", "nowhere/x.dp"], 2, "cannot be written"),
        (["input.json", "ice", "-o", "x.dp"], 2, "cannot become a model file"),
        (["input.json", "frozen"], 2, "branches: water, ice; aliases: Default, both"),
        (["input.json", "both"], 2, "alias of several branches: water, ice"),
        (["single.dp", "ice", "-o", "x.dp"], 2, "the file holds a single model"),
        (["single.json", "ice"], 1, "single-task input already"),
        (["lossless.json", "ice"], 1, "lossless.json:11:16: loss_dict: 'loss_dict' has no entry"),
        (["model.pth", "ice", "-o", "x.dp"], 2, "dp-multitask pack"),
        (["other.dp", "ice", "-o", "x.dp"], 2, "other.dp"),
        (["nowhere.dp", "ice", "-o", "x.dp"], 2, "nowhere.dp"),
    ],
)
def test_errors(call_command, folder, arguments, code, message):
    dp_multitask.save_model(folder / "single.dp", single())
    (folder / "single.json").write_text('{"model": {"descriptor": {}}}')
    (folder / "lossless.json").write_text(INPUT.replace(', "ice": {"type": "ener"}}', "}"))
    before = sorted(folder.iterdir())
    result = call_command("split-branch", *arguments)
    assert result.returncode == code
    assert message in result.stderr.decode()
    assert b"Traceback" not in result.stderr
    assert sorted(folder.iterdir()) == before


def test_a_misspelt_section_is_told(call_command, folder):
    (folder / "input.json").write_text(INPUT.replace('"loss_dict"', '"loss_dic"'))
    result = call_command("split-branch", "input.json", "ice")
    assert result.returncode == 0
    assert "no 'loss_dict' (did you mean 'loss_dic'?)" in result.stderr.decode()
