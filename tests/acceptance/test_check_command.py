# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask check`` and ``explain`` as a user runs them."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest
import yaml

from data_systems import write_system

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "data" / "check"
BROKEN = ROOT / "examples" / "broken" / "input.json"
VALID = ROOT / "tests" / "data" / "inputs" / "water.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a broken input, a valid one and one that is no JSON."""
    shutil.copy(BROKEN, tmp_path / "broken.json")
    shutil.copy(VALID, tmp_path / "valid.json")
    (tmp_path / "cut.json").write_text('{\n  "model": {"type_map": ["O",],}\n}\n')
    return tmp_path


@pytest.mark.parametrize("format", ["full", "concise", "json", "github"])
def test_each_format_writes_what_the_golden_file_says(call_command, folder, format):
    result = call_command("check", "broken.json", "valid.json", "--output-format", format)
    golden = GOLDEN / f"broken.{format}.txt"
    if os.environ.get("DPMT_REWRITE_GOLDEN"):
        golden.write_bytes(result.stdout)
    assert result.returncode == 1
    assert result.stdout.decode() == golden.read_text(encoding="utf-8")


def test_findings_go_to_stdout_and_the_count_to_stderr(call_command, folder):
    result = call_command("check", "broken.json", "--output-format", "concise")
    assert result.stderr.decode() == (
        "8 errors, 2 warnings in 1 file\ncan be fixed: 1 with --fix, 5 with --fix --unsafe-fixes\n"
    )
    assert len(result.stdout.splitlines()) == 10


def test_every_real_input_is_fine(call_command, real_inputs):
    result = call_command("check", *real_inputs)
    assert (result.returncode, result.stdout) == (0, b"")


def test_warnings_alone_are_fine(call_command, tmp_path):
    data = json.loads(VALID.read_text())
    data["model"]["shared_dict"]["unused"] = ["O"]
    (tmp_path / "input.json").write_text(json.dumps(data))
    result = call_command("check", "input.json", "--output-format", "concise")
    assert result.returncode == 0
    assert b"warning DPM106" in result.stdout


def test_a_file_that_cannot_be_read_does_not_stop_the_others(call_command, folder):
    result = call_command("check", "missing.json", "broken.json", "--output-format", "concise")
    assert result.returncode == 2
    assert b"broken.json:13:59: error DPM402" in result.stdout
    assert result.stderr.decode().startswith("error: missing.json: no such file")


def test_a_file_that_is_no_json_is_a_finding_at_its_place(call_command, folder):
    result = call_command("check", "cut.json", "valid.json")
    assert result.returncode == 1
    shown = result.stdout.decode()
    assert shown.startswith("error[DPM910]: ")
    assert "--> cut.json:2:" in shown
    assert '2 |   "model": {"type_map": ["O",],}' in shown


def test_a_key_given_twice_is_a_finding(call_command, tmp_path):
    (tmp_path / "input.json").write_text('{"model": {},\n "model": {}}')
    result = call_command("check", "input.json", "--output-format", "concise")
    assert result.returncode == 1
    assert b"\ninput.json:2:2: error DPM911 " in result.stdout


def test_standard_input_is_read(run_command):
    result = run_command("check", "-", "--output-format", "concise", stdin=BROKEN.read_bytes())
    assert result.returncode == 1
    assert result.stdout.startswith(b"<stdin>:13:59: error DPM402 ")


def test_standard_input_can_be_read_once_only(call_command):
    result = call_command("check", "-", "-", stdin="{}")
    assert result.returncode == 2
    assert b"can be read only once" in result.stderr


def test_yaml_traps_are_reported_with_the_rest(call_command, tmp_path):
    (tmp_path / "input.yaml").write_text("learning_rate: {start_lr: 1e-3}\nmodel: {}\n")
    result = call_command("check", "input.yaml", "--output-format", "concise")
    assert b"input.yaml:1:27: warning DPM901" in result.stdout


def test_the_backend_decides_on_share_levels(call_command, tmp_path):
    data = json.loads(VALID.read_text())
    for branch in data["model"]["model_dict"].values():
        branch["descriptor"] = {"type": "hybrid", "list": ["dpa2_descriptor"]}
    (tmp_path / "input.json").write_text(json.dumps(data))
    arguments = ("check", "input.json", "--output-format", "concise", "--backend")
    assert b"DPM202" in call_command(*arguments, "pt").stdout
    assert b"DPM202" not in call_command(*arguments, "pt_expt").stdout


def test_paths_are_looked_at_when_asked(call_command, tmp_path):
    data = json.loads(VALID.read_text())
    entry = data["training"]["data_dict"]["water_1"]
    entry["training_data"]["systems"] = ["here", "gone", "here/set.hdf5#/water"]
    entry["stat_file"] = "nowhere/stat.h5"
    entry["validation_data"]["systems"] = "here"
    data["training"]["data_dict"]["water_2"] |= {"stat_file": "gone.h5", "stat_file_mode": "read"}
    data["training"]["data_dict"]["water_2"]["training_data"]["systems"] = "here"
    write_system(tmp_path / "here")
    (tmp_path / "here" / "set.hdf5").touch()
    (tmp_path / "input.json").write_text(json.dumps(data, indent=1))
    (tmp_path / "elsewhere").mkdir()
    arguments = ("check", tmp_path / "input.json", "--output-format", "json")
    quiet = call_command(*arguments, cwd=tmp_path / "elsewhere")
    assert (quiet.returncode, json.loads(quiet.stdout)["errors"]) == (0, 0)
    result = call_command(*arguments, "--paths", cwd=tmp_path / "elsewhere")
    assert result.returncode == 1
    (file,) = json.loads(result.stdout)["files"]
    found = [(each["code"], each["path"][-2:]) for each in file["findings"]]
    assert ("DPM701", ["systems", 1]) in found
    assert ("DPM712", ["systems", 2]) in found
    assert ("DPM702", ["water_2", "stat_file"]) in found
    older = call_command(*arguments, "--paths", "--schema", "3.1", cwd=tmp_path / "elsewhere")
    assert b"DPM703" in older.stdout


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": "", "NO_COLOR": ""}, False),
    ],
)
def test_colour_is_for_terminals_and_for_those_who_ask(run_command, folder, environment, coloured):
    result = run_command("check", "broken.json", **environment)
    assert (b"\033[1;31merror[DPM402]\033[0m" in result.stdout) is coloured


def test_long_lines_are_cut_around_the_carets(call_command, tmp_path):
    text = json.dumps(json.loads(BROKEN.read_text()))
    (tmp_path / "input.json").write_text(text)
    shown = call_command("check", "input.json").stdout.decode().splitlines()
    assert max(map(len, shown)) < 140
    sources = [i for i, line in enumerate(shown) if line.startswith("1 | ")]
    assert sources
    for i in sources:
        caret = shown[i + 1].index("^")
        assert shown[i][caret] in '"23456789'


def test_names_cannot_play_tricks_on_the_terminal(call_command, tmp_path):
    name = "a\u202e\x1b[31mb"
    data = json.loads(VALID.read_text())
    data["loss_dict"][name] = {}
    data["loss_dict"]["x\ny::error::z"] = {}
    (tmp_path / "input.json").write_text(json.dumps(data, ensure_ascii=False))
    for format in ("full", "concise", "github"):
        shown = call_command("check", "input.json", "--output-format", format).stdout.decode()
        assert "DPM502" in shown
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "\ny::" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "1",
        "{}",
        '{"model": null}',
        '{"model": {"model_dict": [1]}}',
        "\x00",
        '{"model": {"model_dict": {"a": null, "b": 3}, "shared_dict": 7}, "training": [], '
        '"loss_dict": 0}',
        "[" * 100_000,
        '{"a":' * 100_000,
    ],
    ids=lambda text: repr(text[:20]),
)
@pytest.mark.parametrize("format", ["json", "yaml"])
def test_no_text_brings_a_traceback(call_command, text, format):
    result = call_command("check", "-", "--format", format, stdin=text)
    assert result.returncode == 1
    assert result.stdout
    assert b"Traceback" not in result.stderr


def test_the_pre_commit_hook_runs_the_check(call_command, folder):
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    program, *arguments = hook["entry"].split()
    assert program == "dp-multitask"
    assert call_command(*arguments, "broken.json", "valid.json").returncode == 1
    assert call_command(*arguments, "valid.json").returncode == 0
    names = ("input.json", "water/input_torch.yaml", "package.json", "myinput.json")
    assert [bool(re.search(hook["files"], name)) for name in names] == [True, True, False, False]


def test_explain_says_what_a_code_means(call_command):
    result = call_command("explain", "dpm101")
    assert result.returncode == 0
    assert result.stdout.decode().startswith(
        "DPM101 (error): The reference names no entry of `shared_dict`\n\n"
    )


def test_explain_lists_all_codes(call_command):
    shown = call_command("explain").stdout.decode()
    for code in ("DPM011", "DPM101", "DPM201", "DPM301", "DPM519", "DPM603", "DPM701", "DPM901"):
        assert f"  {code} " in shown


def test_explain_does_not_know_every_code(call_command):
    result = call_command("explain", "DPM1001")
    assert result.returncode == 2
    assert b"there is no code 'DPM1001'" in result.stderr
    assert b"Did you mean DPM101?" in result.stderr


def test_resolve_check_refuses_an_input_with_errors(call_command, folder):
    result = call_command("resolve", "broken.json", "--check", "-o", "out.json")
    assert result.returncode == 1
    assert result.stdout == b""
    assert b"error[DPM402]" in result.stderr
    assert b"8 errors, 2 warnings in 1 file" in result.stderr
    assert not (folder / "out.json").exists()


def test_resolve_check_lets_an_input_with_warnings_pass(call_command, folder):
    data = json.loads(VALID.read_text())
    data["model"]["shared_dict"]["unused"] = ["O"]
    (folder / "input.json").write_text(json.dumps(data))
    result = call_command("resolve", "input.json", "--check")
    assert result.returncode == 0
    assert b"warning[DPM106]" in result.stderr
    assert "shared_links" in json.loads(result.stdout)


def test_resolve_check_says_nothing_of_a_fine_input(call_command, folder):
    plain = call_command("resolve", "valid.json")
    result = call_command("resolve", "valid.json", "--check")
    assert (result.returncode, result.stderr, result.stdout) == (0, b"", plain.stdout)


def test_resolve_normalize_fills_in_defaults_and_usual_names(call_command, folder):
    data = json.loads(VALID.read_text())
    data["training"]["stop_batch"] = data["training"].pop("numb_steps")
    (folder / "input.json").write_text(json.dumps(data))
    result = call_command("resolve", "input.json", "--normalize")
    assert result.returncode == 0
    normalized = json.loads(result.stdout)
    assert normalized["training"]["numb_steps"] == 100000
    assert normalized["training"]["save_ckpt"] == "model.ckpt"
    branch = normalized["model"]["model_dict"]["water_2"]
    assert branch["fitting_net"]["type"] == "ener"
    assert branch["descriptor"]["repinit"]["nsel"] == 120
    assert "_comment" not in branch["descriptor"]
    assert set(normalized["shared_links"]) == {"dpa2_descriptor"}


def test_resolve_normalize_takes_single_task_inputs_too(call_command, folder):
    data = json.loads(VALID.read_text())
    single = {
        "model": {
            "type_map": ["O", "H"],
            "descriptor": {"type": "se_a", "rcut": 6.0},
            "fitting_net": {},
        },
        "learning_rate": data["learning_rate"],
        "loss": {},
        "training": {"training_data": {"systems": ["a"]}, "numb_steps": 1},
    }
    result = call_command("resolve", "-", "--normalize", stdin=json.dumps(single))
    assert result.returncode == 0
    normalized = json.loads(result.stdout)
    assert normalized["model"]["descriptor"]["type"] == "se_e2_a"
    assert "shared_links" not in normalized


def test_resolve_normalize_refuses_what_does_not_follow_the_schema(call_command, folder):
    data = json.loads(VALID.read_text())
    data["training"]["numb_stepps"] = 3
    (folder / "input.json").write_text(json.dumps(data, indent=1))
    result = call_command("resolve", "input.json", "--normalize")
    assert result.returncode == 1
    assert result.stdout == b""
    assert b"numb_stepps" in result.stderr
    assert result.stderr.startswith(b"error: input.json:")
