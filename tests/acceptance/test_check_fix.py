# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask check --fix`` as a user runs it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from dp_multitask.errors import FileAccessError

YAML = """\
# trained on everything
model:
  shared_dict:
    types: [O, H, No]
  model_dict:
    water: {type_map: types, descriptor: {type: se_e2_a, sel: [1, 1, 1]}, fitting_net: {}}
loss_dict:
  water: {}
learning_rate: {type: exp, start_lr: 1e-3}  # the usual
training:
  numb_steps: 1_000
  data_dict:
    water: {training_data: {systems: [a]}}
"""


@pytest.fixture
def input_yaml(tmp_path: Path) -> Path:
    file = tmp_path / "input.yaml"
    file.write_text(YAML)
    return file


def test_fix_changes_what_is_wrong_and_nothing_else(run_command, input_yaml):
    input_yaml.chmod(0o640)
    result = run_command("check", "--fix", "input.yaml", "--output-format", "concise")
    fixed = YAML.replace("1e-3", "1.0e-3").replace("H, No", "H, 'No'").replace("1_000", "1000")
    assert input_yaml.read_text() == fixed
    if os.name == "posix":
        assert input_yaml.stat().st_mode & 0o777 == 0o640
    assert b"input.yaml: 3 findings fixed\n" in result.stderr
    assert (result.returncode, result.stdout) == (0, b"")
    again = run_command("check", "--fix", "input.yaml")
    assert input_yaml.read_text() == fixed
    assert b"fixed" not in again.stderr


def test_diff_shows_the_changes_and_writes_nothing(call_command, input_yaml):
    result = call_command("check", "--fix", "--diff", "input.yaml")
    assert input_yaml.read_text() == YAML
    assert result.returncode == 0
    lines = result.stdout.decode().split("\n")
    assert lines[:2] == ["--- input.yaml", "+++ input.yaml"]
    assert "-learning_rate: {type: exp, start_lr: 1e-3}  # the usual" in lines
    assert "+learning_rate: {type: exp, start_lr: 1.0e-3}  # the usual" in lines


def test_standard_input_can_be_shown_fixed_but_not_changed(call_command):
    shown = call_command("check", "-", "--fix", "--diff", stdin=YAML.encode())
    assert b"+learning_rate: {type: exp, start_lr: 1.0e-3}" in shown.stdout
    refused = call_command("check", "-", "--fix", stdin=YAML.encode())
    assert refused.returncode == 2
    assert b"cannot be changed in place" in refused.stderr
    assert b"Traceback" not in refused.stderr


def test_the_reports_say_what_can_be_fixed(call_command, input_yaml):
    full = call_command("check", "input.yaml")
    assert b"= fix: write 1.0e-3 (--fix)" in full.stdout
    assert b"can be fixed: 4 with --fix\n" in full.stderr
    report = json.loads(call_command("check", "input.yaml", "--output-format", "json").stdout)
    fixes = [each["fix"] for each in report["files"][0]["findings"] if each["fix"]]
    assert {
        "title": "write 1.0e-3",
        "safety": "safe",
        "edits": [{"kind": "replace", "path": ["learning_rate", "start_lr"], "value": 0.001}],
    } in fixes
    fixed = call_command("check", "--fix", "input.yaml", "--output-format", "json")
    listed = json.loads(fixed.stdout)["files"][0]
    assert (len(listed["fixed"]), listed["findings"]) == (3, [])


def test_a_file_that_cannot_be_written_is_told_and_left(call_command, input_yaml, monkeypatch):
    def refuse(target, text):
        msg = "cannot be written: no space left"
        raise FileAccessError(msg, source=target)

    monkeypatch.setattr("dp_multitask.cli.check.write_text", refuse)
    result = call_command("check", "--fix", "input.yaml")
    assert result.returncode == 2
    assert b"error: input.yaml: cannot be written: no space left" in result.stderr
    assert b"fixed" not in result.stderr
    assert input_yaml.read_text() == YAML


def test_other_files_are_fixed_beside_one_that_cannot_be_read(call_command, input_yaml):
    result = call_command("check", "--fix", "absent.json", "input.yaml")
    assert result.returncode == 2
    assert "1.0e-3" in input_yaml.read_text()
