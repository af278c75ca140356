# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask diff`` as a user runs it."""

import json

import pytest

from small_inputs import multitask


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "one.json").write_text(json.dumps(multitask()))
    other = multitask()
    other["model"]["shared_dict"]["des"]["rcut"] = 5.0
    (tmp_path / "other.json").write_text(json.dumps(other))
    return tmp_path


def test_the_same(call_command, folder):
    result = call_command("diff", "one.json", "-", stdin=(folder / "one.json").read_text())
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout == b"one.json and - say the same\n"


def test_differences_exit_1(call_command, folder):
    result = call_command("diff", "one.json", "other.json")
    assert result.returncode == 1
    assert result.stdout.decode() == (
        "values in force\n"
        "  water/descriptor/rcut: 4.0 | 5.0\n"
        "  ice/descriptor/rcut: 4.0 | 5.0\n"
    )


def test_json(call_command, folder):
    result = call_command("diff", "one.json", "other.json", "--json")
    assert result.returncode == 1
    told = json.loads(result.stdout)
    assert told["same"] is False
    assert told["differences"][0] == {
        "kind": "config",
        "path": ["water", "descriptor", "rcut"],
        "one": 4.0,
        "other": 5.0,
    }


def test_models_and_inputs_in_any_combination(call_command, folder):
    for seed in ("1", "2"):
        call_command("init", "one.json", "-o", f"{seed}.dp", "--seed", seed)
    call_command("convert", "1.dp", "-o", "1.yaml")
    call_command("split-branch", "1.dp", "ice", "-o", "ice.dp")
    for pair in (("one.json", "1.dp"), ("1.dp", "1.yaml"), ("1.dp:ice", "ice.dp")):
        result = call_command("diff", *pair)
        assert result.returncode == 0, result.stdout
    result = call_command("diff", "1.dp", "2.dp", "--limit", "1")
    assert result.returncode == 1
    heading, first, more, *_ = result.stdout.decode().splitlines()
    assert heading == "numbers"
    assert "differ, by at most" in first
    assert more.startswith("  and ")
    result = call_command("diff", "other.json", "1.dp")
    assert "water/descriptor/rcut: 5.0 | 4.0" in result.stdout.decode()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["one.json", "nowhere.json"], 2, "no such file"),
        (["one.json", "nowhere.dp"], 2, "nowhere.dp"),
        (["-", "-"], 2, "only once"),
        (["one.json:gas", "other.json"], 2, "there is no branch 'gas'"),
        (["single.json:Default", "other.json"], 2, "a single model\n  hint: take it as it is"),
        (["one.json", "broken.json"], 1, "broken.json:1:"),
        (["one.json", "model.pth"], 2, "dp-multitask pack"),
    ],
)
def test_errors(call_command, folder, arguments, code, message):
    text = json.dumps(multitask()).replace('"descriptor": "des"', '"descriptor": "dess"')
    (folder / "broken.json").write_text(text)
    (folder / "single.json").write_text('{"model": {"descriptor": {"type": "se_e2_a"}}}')
    (folder / "model.pth").write_bytes(b"PK\x03\x04")
    result = call_command("diff", *arguments)
    assert message in result.stderr.decode()
    assert result.returncode == code
    assert b"Traceback" not in result.stderr
