# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask upgrade`` as a user runs it."""

import json

import pytest

from outdated_inputs import FLAT_DPA2, single, version_2

OLD = json.dumps(version_2(), indent=2).replace("1e-05", "1.0E-5")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "old.json").write_text(OLD)
    (tmp_path / "other.json").write_text("something of value")
    return tmp_path


def test_an_input_of_version_2_is_written_as_one_of_today(call_command, folder):
    result = call_command("upgrade", "old.json", "-o", "new.json")
    assert (result.returncode, result.stdout) == (0, b"")
    said = result.stderr.decode()
    assert "old.json:3:5: model/type_map: the type map is shared by all branches" in said
    assert "training/fitting_weight: 'fitting_weight' is 'model_prob' today" in said
    text = (folder / "new.json").read_text()
    assert '"stop_lr": 1.0E-5' in text
    assert list(json.loads(text)["model"]["model_dict"]) == ["water_ener", "water_dipole"]
    assert call_command("check", "new.json").returncode == 0
    assert (folder / "old.json").read_text() == OLD


def test_the_result_goes_to_standard_output(call_command, folder):
    result = call_command("upgrade", "old.json")
    assert result.returncode == 0
    again = call_command("upgrade", "-", stdin=result.stdout)
    assert again.stdout == result.stdout
    assert b"<stdin>: nothing to upgrade" in again.stderr


def test_in_place(call_command, folder):
    expected = call_command("upgrade", "old.json").stdout
    assert call_command("upgrade", "old.json", "--in-place").returncode == 0
    assert (folder / "old.json").read_bytes() == expected
    before = (folder / "old.json").stat()
    assert call_command("upgrade", "old.json", "--in-place").returncode == 0
    assert (folder / "old.json").stat().st_mtime_ns == before.st_mtime_ns


def test_the_suffix_tells_the_format(run_command, folder):
    import yaml

    assert run_command("upgrade", "old.json", "-o", "new.yaml").returncode == 0
    data = yaml.safe_load((folder / "new.yaml").read_text())
    assert data["model"]["shared_dict"]["type_map_all"] == ["O", "H", "B"]


def test_an_older_release(call_command, folder):
    result = call_command("upgrade", "old.json", "--to", "3.0", "-o", "new.json")
    assert result.returncode == 0
    assert call_command("check", "new.json", "--schema", "3.0").returncode == 0


def test_what_is_left_is_told_and_exits_1(call_command, folder):
    (folder / "uni.json").write_text(json.dumps(single(descriptor={"type": "se_uni", "sel": 40})))
    result = call_command("upgrade", "uni.json", "-o", "new.json")
    assert result.returncode == 1
    assert "left to you: model/descriptor: a 'dpa2' has a 'repinit' in front" in (
        result.stderr.decode()
    )
    assert json.loads((folder / "new.json").read_text())["model"]["descriptor"]["type"] == "dpa2"


def test_an_input_for_tensorflow_alone_is_fine(call_command, folder):
    descriptor = {"type": "loc_frame", "sel_a": [2, 2, 2], "sel_r": [2, 2, 2], "rcut": 4.0}
    descriptor["axis_rule"] = [0, 1, 0, 0, 1, 1] * 3
    config = single(descriptor=descriptor)
    config["training"]["numb_test"] = 3
    (folder / "tf.json").write_text(json.dumps(config))
    result = call_command("upgrade", "tf.json")
    assert result.returncode == 0
    assert b"only the TensorFlow backend takes the result" in result.stderr


def test_a_text_that_cannot_be_edited_is_written_anew(call_command, folder):
    (folder / "alias.yaml").write_text(
        "model:\n  type_map: [O, H, B]\n  descriptor: &des {type: dpa2, repinit_rcut: 4.0}\n"
        "  other: *des\n"
    )
    result = call_command("upgrade", "alias.yaml", "-o", "new.yaml")
    assert b"the layout is not kept" in result.stderr
    result = call_command("upgrade", "alias.yaml", "--in-place")
    assert result.returncode == 2
    assert b"error: alias.yaml:" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["old.json", "-o", "other.json"], 2, "overwrite it with --force"),
        (["old.json", "-o", "old.json", "--force"], 2, "replace the file that it is made from"),
        (["old.json", "-o", "x.json", "--in-place"], 2, "leave out either -o or --in-place"),
        (["-", "--in-place"], 2, "--in-place needs a file"),
        (["nowhere.json"], 2, "no such file"),
        (["other.json"], 1, "invalid JSON"),
        (["bn.json", "-o", "x.json"], 1, "bn.json:1:"),
        (["bn.json", "-o", "x.json"], 1, "'repformer_do_bn_mode' has no counterpart for 'uniform'"),
    ],
)
def test_errors(call_command, folder, arguments, code, message):
    bn = single(descriptor=FLAT_DPA2 | {"repformer_do_bn_mode": "uniform"})
    (folder / "bn.json").write_text(json.dumps(bn))
    before = sorted(folder.iterdir())
    result = call_command("upgrade", *arguments)
    assert result.returncode == code
    assert message in result.stderr.decode()
    assert b"Traceback" not in result.stderr
    assert sorted(folder.iterdir()) == before
