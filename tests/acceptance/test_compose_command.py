# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask compose`` as a user runs it."""

import json

import pytest
import yaml

import dp_multitask
from small_inputs import multitask, single

BASE = """\
# two phases
model:
  shared_dict:
    types: [O, H]  # water
    des: {type: se_e2_a, sel: [3, 6], rcut: 4.00, neuron: [2, 4], axis_neuron: 2}
  model_dict:
    ice:
      type_map: types
      descriptor: des
      fitting_net: {neuron: [4, 4]}  # small
    gas:
      type_map: types
      descriptor: des
      fitting_net: {neuron: [4, 4]}
loss_dict:
  ice: {type: ener}
  gas: {type: ener}
learning_rate: {type: exp, start_lr: 1.0e-3, stop_lr: 1.0E-8}
training:
  data_dict:
    ice: {training_data: {systems: [ice_data]}}
    gas: {training_data: {systems: [gas_data]}}
  model_prob: {ice: 1, gas: 1}
  numb_steps: 1_000
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "base.yaml").write_text(BASE)
    (tmp_path / "multi.json").write_text(json.dumps(multitask(branches=("a", "b")), indent=2))
    for name in ("ice", "gas"):
        config = single()
        config["loss"] = {"type": "ener"}
        config["training"]["training_data"]["systems"] = [f"{name}_data"]
        (tmp_path / f"{name}.json").write_text(json.dumps(config, indent=2))
    (tmp_path / "other.json").write_text("something of value")
    return tmp_path


def test_two_inputs_become_one(call_command, folder):
    result = call_command("compose", "ice=ice.json", "gas=gas.json", "-o", "out.json")
    assert (result.returncode, result.stdout) == (0, b"")
    assert b"--share fitting_net would make them one" in result.stderr
    data = json.loads((folder / "out.json").read_text())
    assert list(data["model"]["model_dict"]) == ["ice", "gas"]
    assert call_command("check", "out.json").returncode == 0


def test_the_parts_are_what_split_branch_gives(call_command, folder):
    for name in ("a", "b"):
        call_command("split-branch", "multi.json", name, "-o", f"{name}.json")
    result = call_command("compose", "a=a.json", "b=b.json")
    model = json.loads(result.stdout)["model"]
    resolved, _ = dp_multitask.preprocess_shared_params(model)
    whole, _ = dp_multitask.preprocess_shared_params(multitask(branches=("a", "b"))["model"])
    assert resolved["model_dict"] == whole["model_dict"]


def test_a_branch_is_added_dropped_and_renamed_in_the_text(call_command, folder):
    result = call_command(
        "compose", "base.yaml", "liquid=multi.json:a", "--drop", "gas", "--rename", "ice=ice_Ih"
    )
    assert result.returncode == 0, result.stderr
    text = result.stdout.decode()
    assert text.startswith("# two phases\n")
    for kept in ("rcut: 4.00", "# small", "stop_lr: 1.0E-8", "numb_steps: 1_000", "# water"):
        assert kept in text
    data = yaml.safe_load(text)
    assert list(data["model"]["model_dict"]) == ["ice_Ih", "liquid"]
    assert data["model"]["model_dict"]["liquid"]["descriptor"] == "des"
    assert data["training"]["model_prob"] == {"ice_Ih": 1, "liquid": 1.0}
    assert "gas" not in text
    assert b"model/model_dict/ice: renamed to 'ice_Ih'" in result.stderr


def test_numbers_are_written_as_before(call_command, folder):
    for name in ("ice", "gas"):
        path = folder / f"{name}.json"
        path.write_text(path.read_text().replace("1e-08", "1.00E-8").replace("4.0", "4.00"))
    text = call_command("compose", "ice=ice.json", "gas=gas.json").stdout.decode()
    assert '"stop_lr": 1.00E-8' in text
    assert '"rcut": 4.00' in text
    (folder / "base.json").write_text(text)
    more = call_command("compose", "base.json", "snow=ice.json", "--share", "none").stdout.decode()
    assert more.count('"rcut": 4.00') == 2
    assert call_command("compose", "ice=ice.json", "-o", "out.yaml").returncode == 0
    assert yaml.safe_load((folder / "out.yaml").read_text())["learning_rate"]["stop_lr"] == 1e-8


def test_a_branch_of_a_model_file_has_no_data(call_command, folder):
    assert call_command("init", "multi.json", "-o", "multi.dp").returncode == 0
    call_command("split-branch", "multi.json", "b", "-o", "ice.json", "--force")
    result = call_command("compose", "a=multi.dp:a", "ice=ice.json", "-o", "out.json")
    assert result.returncode == 1
    assert b"training/data_dict/a: left to you: the input has no 'training_data'" in result.stderr
    model = json.loads((folder / "out.json").read_text())["model"]
    assert model["model_dict"]["a"]["descriptor"] == "shared_descriptor"


def test_paths_to_data_are_written_from_the_new_place(call_command, folder):
    (folder / "far" / "ice_data").mkdir(parents=True)
    (folder / "ice.json").rename(folder / "far" / "ice.json")
    result = call_command("compose", "ice=far/ice.json", "gas=gas.json", "-o", "out.json")
    assert result.returncode == 0
    assert b"1 paths to data are written from ." in result.stderr
    data = json.loads((folder / "out.json").read_text())["training"]["data_dict"]
    assert data["ice"]["training_data"]["systems"] == ["far/ice_data"]
    assert data["gas"]["training_data"]["systems"] == ["gas_data"]


def test_an_input_from_standard_input(call_command, folder):
    text = (folder / "gas.json").read_text()
    result = call_command("compose", "ice=ice.json", "gas=-", "--prob", "gas=0.25", stdin=text)
    assert result.returncode == 0
    assert json.loads(result.stdout)["training"]["model_prob"] == {"ice": 1.0, "gas": 0.25}


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["ice=ice.json", "-o", "other.json"], 2, "overwrite it with --force"),
        (["ice=ice.json", "-o", "ice.json", "-f"], 2, "replace the file that it is made from"),
        (["ice=ice.json", "ice=gas.json"], 2, "the branch 'ice' is given twice"),
        (["base.yaml", "multi.json"], 2, "two inputs without a name"),
        (["=ice.json"], 2, "expected NAME=INPUT"),
        (["a=multi.json"], 2, "expected a branch of it: a, b"),
        (["a=multi.json:c"], 2, "there is no branch 'c'"),
        (["base.yaml", "ice=ice.json"], 1, "the base has a branch 'ice' already"),
        (["ice=ice.json", "--drop", "gas"], 2, "are about the branches of a BASE"),
        (["base.yaml", "--drop", "steam"], 2, "there is no branch 'steam'"),
        (["base.yaml", "--rename", "ice"], 2, "expected OLD=NEW"),
        (["base.yaml", "--rename", "ice=gas"], 1, "'gas' is a branch"),
        (["ice=ice.json", "--prob", "ice=often"], 2, "a number of at least 0"),
        (["ice=ice.json", "--share", "loss"], 2, "expected PART"),
        (["ice=ice.json", "c=carbon.json"], 1, "--unite-type-maps takes the union"),
        (["ice=nowhere.json"], 2, "no such file"),
    ],
)
def test_errors(call_command, folder, arguments, code, message):
    (folder / "carbon.json").write_text(json.dumps(single(type_map=["C", "H"])))
    before = sorted(folder.iterdir())
    result = call_command("compose", *arguments)
    assert message in result.stderr.decode()
    assert result.returncode == code
    assert b"Traceback" not in result.stderr
    assert sorted(folder.iterdir()) == before
