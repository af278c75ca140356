# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask resolve --annotate`` as a user runs it."""

import json

import pytest
import yaml

from small_inputs import multitask


@pytest.fixture
def config(tmp_path):
    made = multitask(branches=("water", "ice"))
    made["model"]["data_stat_nbatch"] = 20
    made["model"]["model_dict"]["ice"]["data_stat_nbatch"] = 5
    made["model"]["model_dict"]["ice"]["descriptor"] = {"type": "hybrid", "list": ["des"]}
    made["training"]["stop_batch"] = made["training"].pop("numb_steps")
    (tmp_path / "input.json").write_text(json.dumps(made, indent=2))
    return made


def test_json_gets_keys(call_command, config):
    result = call_command("resolve", "input.json", "--annotate")
    data = json.loads(result.stdout)
    water = data["model"]["model_dict"]["water"]
    assert water["_origin"]["descriptor"].startswith("model/shared_dict/des, input.json:")
    assert water["_origin"]["descriptor"].endswith(", also of ice")
    assert water["_origin"]["data_stat_nbatch"].startswith("model/data_stat_nbatch, input.json:")
    ice = data["model"]["model_dict"]["ice"]
    assert list(ice["_origin"]) == ["type_map"]
    assert list(ice["descriptor"]["_origin"]) == ["list/0"]
    assert "_origin" not in data["training"]


def test_yaml_gets_comments(call_command, config):
    result = call_command("resolve", "input.json", "--annotate", "--format", "yaml")
    text = result.stdout.decode()
    plain = call_command("resolve", "input.json", "--format", "yaml").stdout.decode()
    assert yaml.safe_load(text) == yaml.safe_load(plain)
    lines = text.splitlines()
    assert [line for line in lines if not line.lstrip().startswith("# ")] == plain.splitlines()
    row = lines.index("      descriptor:")
    assert lines[row - 1].startswith("      # model/shared_dict/des, input.json:")


def test_defaults_are_told(call_command, config):
    result = call_command("resolve", "input.json", "--annotate", "--normalize")
    data = json.loads(result.stdout)
    notes = data["model"]["model_dict"]["water"]["descriptor"]["_origin"]
    assert notes["rcut_smth"] == "default of DeePMD-kit 3.2.0"
    assert "rcut" not in notes
    assert "numb_steps" not in data["training"]["_origin"]
    assert data["training"]["_origin"]["save_freq"] == "default of DeePMD-kit 3.2.0"


def test_what_is_annotated_is_still_an_input(call_command, config):
    result = call_command("resolve", "input.json", "--annotate")
    again = call_command("split-branch", "-", "water", stdin=result.stdout)
    assert again.returncode == 0
