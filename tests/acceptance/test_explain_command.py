# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask explain`` as a user runs it."""

import json

import pytest

from small_inputs import multitask


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "input.json").write_text(json.dumps(multitask(), indent=2))
    return tmp_path


def test_a_place_by_its_path(call_command, folder):
    result = call_command("explain", "input.json", "ice/descriptor/sel")
    assert (result.returncode, result.stderr) == (0, b"")
    rows = result.stdout.decode()
    assert rows.startswith("model/model_dict/ice/descriptor/sel\n  How many neighbours")
    assert "  value in force   [3, 6]\n" in rows
    assert "model/shared_dict/des, referenced as 'des'; input.json:" in rows
    assert "  also of          water\n" in rows


def test_a_place_by_line_and_column(call_command, folder):
    lines = (folder / "input.json").read_text().splitlines()
    line = next(n for n, text in enumerate(lines, 1) if '"rcut"' in text)
    column = lines[line - 1].index('"rcut"') + 1
    for place in (f"input.json:{line}:{column}", f"input.json:{line}"):
        result = call_command("explain", place)
        assert result.returncode == 0
        assert result.stdout.decode().startswith("model/shared_dict/des/rcut\n  The cut-off")


def test_what_check_finds_there(call_command, folder):
    text = (folder / "input.json").read_text().replace('"rcut": 4.0', '"rcut": "far"')
    result = call_command("explain", "-", "model/shared_dict/des/rcut", stdin=text)
    assert "  error            DPM013: " in result.stdout.decode()


def test_a_code_as_before(call_command):
    result = call_command("explain", "dpm101")
    assert result.stdout.startswith(b"DPM101 (error)")
    assert b"DPM101" in call_command("explain").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["DPM10"], 2, "Did you mean DPM"),
        (["nothing"], 2, "no code and no file 'nothing'"),
        (["input.json"], 2, "no place in the input is named"),
        (["input.json", "ice/descriptr"], 1, "Did you mean 'model/model_dict/ice/descriptor'"),
        (["nowhere.json", "model"], 2, "no such file"),
        (["input.json:9999:1"], 2, "there is no line 9999"),
        (["input.json", "model", "--schema", "1.0"], 2, "unknown schema"),
    ],
)
def test_errors(call_command, folder, arguments, code, message):
    result = call_command("explain", *arguments)
    assert message in result.stderr.decode()
    assert result.returncode == code
    assert b"Traceback" not in result.stderr
