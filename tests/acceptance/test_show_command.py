# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask show`` as a user runs it."""

import json
import shutil

import pytest

import dp_multitask
from model_trees import LINKS, single
from small_inputs import multitask

INPUT = """{
  "model": {
    "shared_dict": {"types": ["O", "H"], "des": {"type": "dpa1", "sel": 120}},
    "model_dict": {
      "water": {"type_map": "types", "descriptor": "des", "fitting_net": {},
                "model_branch_alias": ["Default"]},
      "ice": {"type_map": "types", "fitting_net": {"type": "dipole"},
              "descriptor": {"type": "hybrid", "list": ["des:1", {"type": "se_e2_a"}]}}
    }
  }
}
"""


@pytest.fixture
def model_file(tmp_path):
    branches = {"water": single(1, aliases=("H2O", "liquid")), "ice": single(2)}
    dp_multitask.merge_branches(branches, tmp_path / "model.dp", shared_links=LINKS)
    return tmp_path / "model.dp"


def test_an_input_in_text(call_command, tmp_path):
    (tmp_path / "input.json").write_text(INPUT)
    result = call_command("show", "input.json")
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.decode() == (
        "input.json: training input, 2 branches\n"
        "\n"
        "water (Default): O H\n"
        "  descriptor         dpa1     DescrptDPA1\n"
        "  fitting_net        ener     EnergyFittingNet\n"
        "ice: O H\n"
        "  descriptor         hybrid   DescrptHybrid\n"
        "  descriptor/list/0  dpa1     DescrptDPA1\n"
        "  descriptor/list/1  se_e2_a  DescrptSeA\n"
        "  fitting_net        dipole   DipoleFittingNet\n"
        "\n"
        "shared\n"
        "  des  DescrptDPA1  level 0: water; level 1: ice (list/0)\n"
        "\n"
        "parameters: not known: "
        "model/model_dict/ice/descriptor/list/1/sel: "
        "'sel' is 'auto', which needs the training data (give the numbers of neighbours)\n"
    )


def test_an_input_in_json_through_a_pipe(run_command):
    shown = json.loads(run_command("show", "-", "--json", stdin=INPUT).stdout)
    assert shown["kind"] == "training input"
    water, ice = shown["branches"]
    assert (water["name"], water["aliases"]) == ("water", ["Default"])
    assert water["type_map"] == ["O", "H"]
    assert ice["components"][-1] == {
        "path": "fitting_net",
        "type": "dipole",
        "class": "DipoleFittingNet",
    }
    assert shown["shared"]["des"]["links"][1]["shared_type"] == "descriptor_hybrid_0"
    assert "bytes" not in shown


def test_a_model_file_is_not_read_from_a_pipe(call_command, data_folder):
    model = (data_folder / "models/water_se_e2_a/model_1.deepmd-kit.dp").read_bytes()
    result = call_command("show", "-", stdin=model)
    assert result.returncode == 1
    assert b"name the file: a model file cannot be read from standard input" in result.stderr


def test_the_backend_names_the_classes_of_an_input(call_command):
    result = call_command("show", "-", "--backend", "tf", stdin=INPUT)
    assert "DescrptSeAtten" in result.stdout.decode()


def test_a_single_task_input(call_command):
    text = '{"model": {"type_map": ["O"], "descriptor": {"type": "dpa3"}, "fitting_net": {}}}'
    result = call_command("show", "-", stdin=text)
    assert result.stdout.decode().startswith("<stdin>: training input, single model\n\nmodel: O\n")


def test_a_model_file_in_text(call_command, model_file):
    result = call_command("show", model_file.name)
    assert (result.returncode, result.stderr) == (0, b"")
    headline, _, *lines = result.stdout.decode().splitlines()
    assert headline.startswith("model.dp: model file, 2 branches, written by dp-multitask")
    assert lines[0] == "water (H2O, liquid): O H, 82 parameters, 656 B"
    cells = ["descriptor", "se_e2_a", "DescrptSeA", "56", "parameters", "448", "B"]
    assert lines[1].split() == cells
    assert "  my_descriptor  DescrptSeA  level 0: water, ice  saves 448 B" in lines
    assert lines[-1] == (
        "the branches hold 1.31 kB, the file stores 864 B: sharing saves 448 B (34%)"
    )


def test_a_model_file_in_json(call_command, model_file):
    shown = json.loads(call_command("show", model_file.name, "--json").stdout)
    assert [branch["name"] for branch in shown["branches"]] == ["water", "ice"]
    assert shown["branches"][0]["parameters"] == 82
    assert shown["bytes"] == {"stored": 864, "branches_together": 1312, "saved": 448}
    assert shown["shared"]["my_descriptor"]["bytes_saved"] == 448
    assert shown["metadata"]["software"] == "dp-multitask"


def test_one_branch_by_its_alias(call_command, model_file):
    result = call_command("show", model_file.name, "--branch", "H2O", "--json")
    assert [branch["name"] for branch in json.loads(result.stdout)["branches"]] == ["water"]


def test_the_tree_marks_what_is_one_object(call_command, model_file):
    lines = call_command("show", model_file.name, "--tree").stdout.decode().splitlines()
    davg = [line.split() for line in lines if line.strip().startswith("davg")]
    assert davg == [
        ["davg", "float64", "2x3x4", "192", "B"],
        ["davg", "float64", "2x3x4", "192", "B", "=", "water"],
    ]
    assert sum(line.strip().startswith("out_std") for line in lines) == 2
    assert not any(line.split()[0] == "out_std" and "=" in line for line in lines if line)


def test_a_long_tree_is_cut_unless_asked_for(call_command, model_file):
    cut = call_command("show", model_file.name, "--tree", "--limit", "5").stdout.decode()
    whole = call_command("show", model_file.name, "--tree", "--limit", "0").stdout.decode()
    assert cut.splitlines()[-1].startswith("... and ")
    left_out = int(cut.splitlines()[-1].split()[2])
    assert len(whole.splitlines()) == len(cut.splitlines()) - 1 + left_out


def test_the_variables_in_json(call_command, model_file):
    result = call_command("show", model_file.name, "--tree", "--json", "--limit", "1")
    shown = json.loads(result.stdout)
    assert len(shown["variables"]) == 24
    shared = {each["path"] for each in shown["variables"] if each["shared_with"] == "water"}
    assert shared == {
        "model/descriptor/embeddings/networks/0/layers/0/@variables/w",
        "model/descriptor/embeddings/networks/0/layers/0/@variables/b",
        "model/descriptor/@variables/davg",
        "model/descriptor/@variables/dstd",
    }


def test_a_yaml_model_is_told_from_a_yaml_input(call_command, tmp_path):
    dp_multitask.save_model(tmp_path / "model.yaml", single())
    (tmp_path / "input.yaml").write_text("model: {type_map: [O], descriptor: {}, fitting_net: {}}")
    shutil.copy(tmp_path / "model.yaml", tmp_path / "nameless")
    for name, kind in [("model.yaml", "model file"), ("input.yaml", "training input")]:
        assert kind in call_command("show", name).stdout.decode()


def test_a_model_of_deepmd_kit(call_command, data_folder):
    file = data_folder / "models" / "water_se_e2_a" / "model_1.deepmd-kit.dp"
    text = call_command("show", file).stdout.decode()
    assert "single model, written by deepmd-kit 3.2.0" in text
    assert "model: O H B, 18,109 parameters, 145 kB" in text
    assert "sharing" not in text


def test_many_types_are_cut_in_text_only(call_command, tmp_path):
    config = json.loads(INPUT)
    config["model"]["shared_dict"]["types"] = [f"X{i}" for i in range(118)]
    text = json.dumps(config)
    assert "X11 ... (118 types)" in call_command("show", "-", stdin=text).stdout.decode()
    shown = json.loads(call_command("show", "-", "--json", stdin=text).stdout)
    assert len(shown["branches"][0]["type_map"]) == 118


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["nowhere.dp"], 2, "nowhere.dp"),
        (["nowhere.json"], 2, "no such file"),
        (["model.ckpt.pth"], 2, "dp-multitask pack"),
        (["input.json", "--tree"], 2, "--tree is for model files"),
        (["input.json", "--branch", "watr"], 2, "Did you mean 'water'?"),
        (["broken.json"], 1, "broken.json:5:"),
        (["text.dp"], 2, "text.dp"),
        (["single.dp", "--branch", "x"], 2, "it is a single model"),
        ([], 2, "required: FILE"),
    ],
)
def test_errors(call_command, tmp_path, arguments, code, message):
    (tmp_path / "input.json").write_text(INPUT)
    (tmp_path / "broken.json").write_text(INPUT.replace('"des",', '"dse",'))
    (tmp_path / "text.dp").write_text("no HDF5")
    dp_multitask.save_model(tmp_path / "single.dp", single())
    result = call_command("show", *arguments)
    assert result.returncode == code
    assert message in result.stderr.decode()
    assert b"Traceback" not in result.stderr
    assert result.stdout == b""


def test_parameters_of_an_input_are_those_of_its_fresh_model(call_command, tmp_path):
    config = multitask(fitting={"neuron": [4, 4]})
    (tmp_path / "input.json").write_text(json.dumps(config))
    assert call_command("init", "input.json", "-o", "model.dp").returncode == 0
    counted = json.loads(call_command("show", "input.json", "--json").stdout)
    stored = json.loads(call_command("show", "model.dp", "--json").stdout)
    for branch in stored["branches"]:
        numbers = counted["parameters"]["branches"][branch["name"]]
        assert sum(numbers.values()) == branch["parameters"]
    text = call_command("show", "input.json").stdout.decode()
    trained = counted["parameters"]["total"]["parameters"]
    assert f"{trained:,} trained" in text.split("all, what is shared once")[1]


def test_parameters_that_cannot_be_known_are_said_so(call_command, tmp_path):
    config = multitask(descriptor={"type": "se_e2_a", "sel": "auto"})
    (tmp_path / "input.json").write_text(json.dumps(config))
    result = call_command("show", "input.json")
    assert result.returncode == 0
    assert "parameters: not known: model/model_dict/water" in result.stdout.decode()
    assert "auto" in result.stdout.decode()


def test_a_branch_without_a_name_is_counted_like_others(call_command, tmp_path):
    branch = {"type_map": "types", "descriptor": {"type": "se_e2_a", "sel": [4, 8]},
              "fitting_net": {}}  # fmt: skip
    model = {"shared_dict": {"types": ["O", "H"]}, "model_dict": {"": branch, "ice": branch}}
    (tmp_path / "input.json").write_text(json.dumps({"model": model}))
    for form in ("text", "svg", "mermaid", "html"):
        assert call_command("show", "input.json", "--format", form).returncode == 0
