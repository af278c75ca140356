# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask verify`` as a user runs it."""

import json

import numpy as np
import pytest

import dp_multitask
from dp_multitask.checks.fresh_model import fresh_payload
from model_trees import LINKS, single
from small_inputs import multitask


@pytest.fixture
def folder(tmp_path):
    branches = {"water": single(1), "ice": single(2)}
    dp_multitask.merge_branches(branches, tmp_path / "good.dp", shared_links=LINKS)
    branches["ice"]["model"]["@variables"]["out_bias"][0, 1] = np.nan
    branches["water"]["model"]["@variables"]["out_std"][0, 0] = np.inf
    dp_multitask.merge_branches(branches, tmp_path / "not_finite.dp", shared_links=LINKS)
    damaged = bytearray((tmp_path / "good.dp").read_bytes())
    at = damaged.index(np.ones(6).tobytes())
    damaged[at] ^= 1
    (tmp_path / "damaged.dp").write_bytes(damaged)
    (tmp_path / "cut.dp").write_bytes(damaged[:-100])
    dp_multitask.save_model(tmp_path / "fresh.dp", fresh_payload(multitask(), 1))
    (tmp_path / "text.dp").write_text("no HDF5")
    (tmp_path / "input.json").write_text("{}")
    return tmp_path


def test_a_good_file_is_passed_over_in_silence(call_command, folder):
    result = call_command("verify", "fresh.dp")
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")


def test_what_a_class_does_not_have_is_a_finding(call_command, folder):
    tree = fresh_payload(multitask(), 1)
    ice = tree["model"]["model_dict"]["ice"]
    ice["descriptor"] = ice["descriptor"] | {"@version": 9}
    water = tree["model"]["model_dict"]["water"]["fitting"]["@variables"]
    water["bias_atom_e"] = water["bias_atom_e"][:1]
    tree["shared_links"] = {}
    dp_multitask.save_model(folder / "odd.dp", tree)
    result = call_command("verify", "odd.dp")
    first, second = result.stdout.decode().splitlines()
    assert result.returncode == 1
    assert first.startswith("odd.dp: model/model_dict/water/fitting/@variables/bias_atom_e: ")
    assert "(2, 1)" in first
    assert second.startswith("odd.dp: model/model_dict/ice/descriptor")
    assert "9" in second


def test_a_file_of_deepmd_kit_is_good(call_command, data_folder):
    file = data_folder / "models" / "water_se_e2_a" / "model_1.deepmd-kit.dp"
    assert call_command("verify", file).returncode == 0


def test_everything_that_is_wrong_is_told_with_its_place(call_command, folder):
    result = call_command("verify", "not_finite.dp")
    assert (result.returncode, result.stderr) == (1, b"")
    assert result.stdout.decode().splitlines() == [
        "not_finite.dp: model/model_dict/water/@variables/out_std: 1 of 2 values are not finite",
        "not_finite.dp: model/model_dict/ice/@variables/out_bias: 1 of 2 values are not finite",
    ]


@pytest.mark.parametrize("name", ["damaged.dp", "cut.dp", "text.dp"])
def test_a_broken_file_is_a_finding(call_command, folder, name):
    result = call_command("verify", name)
    assert (result.returncode, result.stderr) == (1, b"")
    assert result.stdout.decode().startswith(f"{name}: ")


def test_what_is_wrong_with_the_whole_file_has_no_path(call_command, folder):
    result = call_command("verify", "text.dp")
    assert result.stdout.startswith(b"text.dp: is neither HDF5 nor a ZIP archive, expected a model")
    assert result.stdout.count(b"\n") == 1


def test_several_files_in_json(run_command, folder):
    result = run_command("verify", "fresh.dp", "damaged.dp", "--json")
    assert result.returncode == 1
    good, damaged = json.loads(result.stdout)
    assert good == {"file": "fresh.dp", "problems": []}
    (problem,) = damaged["problems"]  # of both branches: it is one variable
    assert problem["path"] == "model/model_dict/water/descriptor/@variables/dstd"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.dp"], "nowhere.dp"),
        (["input.json"], "dp-multitask check looks at inputs"),
        (["model.ckpt.pth"], "dp-multitask pack"),
        (["-"], "cannot be read from standard input"),
        ([], "required: FILE"),
        (["."], "."),
    ],
)
def test_errors(call_command, folder, arguments, message):
    result = call_command("verify", *arguments)
    assert result.returncode == 2
    assert message in result.stderr.decode()
    assert b"Traceback" not in result.stderr
    assert result.stdout == b""


def test_a_file_that_cannot_be_read_hides_nothing_of_the_others(call_command, folder):
    alone = call_command("verify", "damaged.dp")
    result = call_command("verify", "nowhere.dp", "damaged.dp")
    assert result.returncode == 2
    assert "nowhere.dp: cannot be read" in result.stderr.decode()
    assert result.stdout == alone.stdout != b""
