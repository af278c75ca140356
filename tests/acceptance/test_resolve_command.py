# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask resolve`` as a user runs it."""

import json
import shutil
import subprocess

import pytest
import yaml

from dp_multitask.config.training_input import resolve_input

INPUT = """{
  "model": {
    "shared_dict": {"types": ["O", "H"], "des": {"type": "dpa1", "sel": 120}},
    "model_dict": {
      "wasser_ä": {"type_map": "types", "descriptor": "des", "fitting_net": {}},
      "ice": {"type_map": "types", "descriptor": "des:1", "fitting_net": {}}
    }
  },
  "training": {"numb_steps": 1}
}
"""
BROKEN = INPUT.replace('"des:1"', '"dse:1"')


def test_every_real_input_resolves(run_command, real_inputs):
    assert len(real_inputs) >= 3
    for file in real_inputs:
        result = run_command("resolve", file)
        assert (result.returncode, result.stderr) == (0, b"")
        assert json.loads(result.stdout) == resolve_input(json.loads(file.read_text()))


def test_key_order_and_text_are_kept(call_command):
    result = call_command("resolve", "-", stdin=INPUT)
    resolved = json.loads(result.stdout)
    assert list(resolved) == ["model", "training", "shared_links"]
    assert list(resolved["model"]["model_dict"]) == ["wasser_ä", "ice"]
    assert "wasser_ä".encode() in result.stdout


def test_text_is_utf_8_whatever_the_locale(run_command):
    result = run_command("resolve", "-", stdin=INPUT, LC_ALL="C", PYTHONIOENCODING="ascii")
    assert result.returncode == 0
    assert "wasser_ä" in result.stdout.decode()


def test_json_that_is_piped_in_is_read_as_json_whatever_the_result(call_command):
    text = INPUT.replace('"numb_steps": 1', '"numb_steps": 1, "x": 1e-08')
    result = call_command("resolve", "-", "--format", "yaml", stdin=text)
    assert (result.returncode, result.stderr) == (0, b"")
    assert yaml.safe_load(result.stdout)["training"]["x"] == 1e-08


def test_links_alone_as_yaml(call_command):
    result = call_command("resolve", "-", "--links-only", "--format", "yaml", stdin=INPUT)
    assert yaml.safe_load(result.stdout) == {
        "des": {
            "type": "DescrptDPA1",
            "links": [
                {"model_key": "wasser_ä", "shared_type": "descriptor", "shared_level": 0},
                {"model_key": "ice", "shared_type": "descriptor", "shared_level": 1},
            ],
        }
    }


def test_the_output_file_tells_its_format(call_command, tmp_path):
    (tmp_path / "input.json").write_text(INPUT)
    result = call_command("resolve", "input.json", "-o", "out.yaml")
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    again = call_command("resolve", "input.json", "--output", "out.json")
    assert again.returncode == 0
    from_yaml = yaml.safe_load((tmp_path / "out.yaml").read_text())
    assert from_yaml == json.loads((tmp_path / "out.json").read_text())


def test_the_backend_names_the_classes(call_command):
    result = call_command("resolve", "-", "--links-only", "--backend", "tf", stdin=INPUT)
    assert json.loads(result.stdout)["des"]["type"] == "DescrptSeAtten"


def test_an_error_has_file_line_column_path_and_remedy(run_command, tmp_path):
    (tmp_path / "input.json").write_text(BROKEN)
    result = run_command("resolve", "input.json", "-o", "out.json")
    assert result.returncode == 1
    assert result.stderr.decode() == (
        "error: input.json:6:50: model/model_dict/ice/descriptor: the descriptor "
        "'dse' is no entry of shared_dict\n  hint: Did you mean 'des'?\n"
    )
    assert not (tmp_path / "out.json").exists()


def test_yaml_traps_are_warned_of_on_standard_error(call_command, tmp_path):
    (tmp_path / "input.yaml").write_text(yaml.safe_dump(json.loads(INPUT)) + "x: 1e-3\n")
    result = call_command("resolve", "input.yaml")
    assert result.returncode == 0
    assert b"warning: input.yaml:" in result.stderr
    assert json.loads(result.stdout)["x"] == "1e-3"


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "message"),
    [
        (["resolve"], "", 2, "required: INPUT"),
        (["resolv", "x"], "", 2, "invalid choice"),
        (["resolve", "nowhere.json"], "", 2, "no such file"),
        (["resolve", "."], "", 2, "cannot be read"),
        (["resolve", "-", "--backend", "torch"], INPUT, 2, "invalid choice"),
        (["resolve", "-", "-o", "nowhere/out.json"], INPUT, 2, "cannot be written"),
        (["resolve", "-", "-o", "."], INPUT, 2, "no regular file"),
        (["resolve", "-"], "{", 1, "<stdin>:1:2: invalid JSON"),
        (["resolve", "-"], "[1]", 1, "must be a mapping"),
        (["resolve", "-"], "", 1, "the file is empty"),
        (["resolve", "-"], '{"model": {}}', 1, "no 'model_dict'"),
        (["resolve", "-"], '{"model": {"model_dict": 1e999}}', 1, "must be a mapping"),
        (["resolve", "-"], INPUT.replace("1}", "1e999}"), 1, "inf cannot be written"),
        (["resolve", "-"], "[" * 100_000, 1, "<stdin>:1:"),
    ],
)
def test_bad_calls_and_inputs_are_said_in_a_line(call_command, arguments, stdin, code, message):
    result = call_command(*arguments, stdin=stdin)
    assert result.returncode == code
    assert message in result.stderr.decode()
    assert b"Traceback" not in result.stderr
    assert result.stdout == b""


def test_the_input_is_not_overwritten(call_command, tmp_path):
    (tmp_path / "input.json").write_text(INPUT)
    result = call_command("resolve", "input.json", "-o", "./input.json")
    assert result.returncode == 2
    assert b"would replace the file that it is made from" in result.stderr
    assert (tmp_path / "input.json").read_text() == INPUT


def test_it_works_in_a_pipe_with_jq(run_command):
    jq = shutil.which("jq")
    if jq is None:
        pytest.skip("jq is not installed")
    resolved = run_command("resolve", "-", stdin=INPUT).stdout
    names = subprocess.run(
        [jq, "-r", ".shared_links | keys[]"], input=resolved, capture_output=True, check=True
    )
    assert names.stdout == b"des\n"


def test_a_reader_that_goes_away_is_no_error(call_command, tmp_path):
    import os
    import sys

    (tmp_path / "input.json").write_text(INPUT.replace('"O"', '"' + "O" * 500_000 + '"'))
    process = subprocess.Popen(
        [sys.executable, "-m", "dp_multitask", "resolve", str(tmp_path / "input.json")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    process.stdout.read(10)
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 0
    assert errors == b""


def test_types_lists_every_class_and_level(call_command):
    text = call_command("types").stdout.decode()
    rows = json.loads(call_command("types", "--json").stdout)
    for row in rows:
        for name in (row["name"], *row["aliases"], *filter(None, row["classes"].values())):
            assert name in text
    (dpa3,) = [row for row in rows if row["name"] == "dpa3"]
    assert dpa3["classes"]["pt"] == "DescrptDPA3"
    assert dpa3["share_levels"]["pt"] == [0, 1]


@pytest.mark.parametrize("command", ["resolve", "types"])
def test_help_shows_an_example(call_command, command):
    result = call_command(command, "--help")
    assert result.returncode == 0
    assert f"dp-multitask {command}" in result.stdout.decode().split("examples:")[1]


def test_version_is_printed(call_command):
    result = call_command("--version")
    assert result.returncode == 0
    assert result.stdout.startswith(b"dp-multitask ")
