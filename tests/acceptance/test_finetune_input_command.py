# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask finetune-input`` as a user runs it."""

import json

import pytest

from small_inputs import multitask, single


def write_system(folder, types="0 1 1", names="O H"):
    folder.mkdir(parents=True)
    (folder / "type.raw").write_text(types.replace(" ", "\n"))
    if names:
        (folder / "type_map.raw").write_text(names.replace(" ", "\n"))


@pytest.fixture
def folder(tmp_path, call_command):
    config = multitask(branches=("water", "ice", "gas"))
    config["model"]["model_dict"]["ice"]["model_branch_alias"] = ["solid"]
    for loss in config["loss_dict"].values():
        loss |= {"type": "ener", "start_pref_e": 0.7}
    (tmp_path / "input.json").write_text(json.dumps(config))
    (tmp_path / "single.json").write_text(json.dumps(single() | {"loss": {"type": "ener"}}))
    cases = multitask(fitting={"neuron": [4], "dim_case_embd": 2})
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    for name in ("input", "single", "cases"):
        model = f"{'model' if name == 'input' else name}.dp"
        assert call_command("init", f"{name}.json", "-o", model).returncode == 0
    write_system(tmp_path / "new" / "one")
    write_system(tmp_path / "new" / "two", "1 0", "H O")
    write_system(tmp_path / "carbon", "0 1", "O C")
    write_system(tmp_path / "unnamed", "0 2", None)
    (tmp_path / "empty").mkdir()
    return tmp_path


def test_a_single_task_input(call_command, folder):
    result = call_command(
        "finetune-input", "model.dp", "--from", "solid", "--systems", "new", "-o", "out.json"
    )
    assert result.returncode == 0, result.stderr
    data = json.loads((folder / "out.json").read_text())
    assert data["model"]["finetune_head"] == "ice"
    assert data["model"]["descriptor"]["sel"] == [3, 6]
    assert data["training"]["training_data"]["systems"] == ["new/one", "new/two"]
    assert call_command("check", "out.json").returncode == 0


def test_a_new_branch_beside_those_that_are_kept(call_command, folder):
    result = call_command(
        *("finetune-input", "model.dp", "--from", "ice", "--name", "snow", "--systems", "new/one"),
        *("--keep", "ice", "gas", "--config", "input.json"),
    )
    assert result.returncode == 0, result.stderr
    data = json.loads(result.stdout)
    branches = data["model"]["model_dict"]
    assert list(branches) == ["ice", "gas", "snow"]
    assert branches["snow"]["finetune_head"] == "ice"
    assert "finetune_head" not in branches["ice"]
    assert branches["ice"]["model_branch_alias"] == ["solid"]
    assert {each["descriptor"] for each in branches.values()} == {"shared_descriptor"}
    assert data["loss_dict"]["snow"]["start_pref_e"] == 0.7
    assert data["training"]["data_dict"]["gas"]["training_data"]["systems"] == ["data"]
    assert data["training"]["model_prob"] == {"ice": 0.5, "gas": 0.5, "snow": 1.0}
    assert call_command("check", "-", stdin=result.stdout).returncode == 0


def test_without_the_training_input_the_data_of_kept_branches_is_left(call_command, folder):
    result = call_command(
        *("finetune-input", "model.dp", "--from", "ice", "--name", "snow", "--systems", "new"),
        *("--keep", "gas"),
    )
    assert result.returncode == 1
    assert b"training/data_dict/gas: left to you" in result.stderr


def test_the_case_embedding_is_the_models(call_command, folder):
    common = ("finetune-input", "cases.dp", "--from", "ice", "--systems", "new", "--config",
              "cases.json")  # fmt: skip
    result = call_command(*common, "--name", "snow")
    assert result.returncode == 0, result.stderr
    branch = json.loads(result.stdout)["model"]["model_dict"]["snow"]
    assert branch["fitting_net"]["dim_case_embd"] == 2
    result = call_command(*common, "--name", "snow", "--keep", "ice")
    model = json.loads(result.stdout)["model"]
    assert model["shared_dict"]["shared_fitting"]["dim_case_embd"] == 2
    result = call_command(*common, "--name", "snow", "--keep", "ice", "water")
    assert result.returncode == 1
    assert b"tells 2 branches apart, here are 3" in result.stderr


def test_a_single_task_model(call_command, folder):
    result = call_command("finetune-input", "single.dp", "--systems", "new", "--name", "snow")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["model"]["model_dict"]["snow"]["finetune_head"] == "Default"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["model.dp"], 2, "no branch to start from is named, there are water, ice, gas"),
        (["model.dp", "--from", "icy"], 2, "Did you mean 'ice'"),
        (["model.dp", "--from", "ice", "--keep", "gas"], 2, "the new one has no name"),
        (["model.dp", "--from", "ice", "--name", "RANDOM"], 2, "cannot be called 'RANDOM'"),
        (["model.dp", "--from", "ice", "--name", "gas", "--keep", "gas"], 2, "both called 'gas'"),
        (["model.dp", "--from", "gas", "--name", "solid", "--keep", "ice"], 2, "is an alias"),
        (["model.dp", "--from", "ice", "--systems", "carbon"], 2, "does not know: C"),
        (["model.dp", "--from", "ice", "--systems", "unnamed"], 2, "does not know: type 2"),
        (["model.dp", "--from", "ice", "--systems", "empty"], 2, "no system of data"),
        (["model.dp", "--from", "ice", "--systems", "nowhere"], 2, "no such folder"),
        (["input.json"], 2, "is a training input"),
        (["nowhere.dp"], 2, "nowhere.dp"),
        (["model.dp", "--from", "ice", "-o", "single.json"], 2, "overwrite it with --force"),
    ],
)
def test_errors(call_command, folder, arguments, code, message):
    if "--systems" not in arguments:
        arguments = [*arguments, "--systems", "new"]
    result = call_command("finetune-input", *arguments)
    assert message in result.stderr.decode()
    assert result.returncode == code
    assert b"Traceback" not in result.stderr
