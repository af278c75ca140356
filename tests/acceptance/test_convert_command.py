# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask convert`` as a user runs it: nothing is lost in any direction."""

import json

import h5py
import pytest

import dp_multitask
from dp_multitask.checks.fresh_model import fresh_payload
from dp_multitask.modelfile.tree import iter_variables
from model_trees import difference, without_metadata
from small_inputs import multitask, single


@pytest.fixture
def folder(tmp_path):
    dp_multitask.save_model(tmp_path / "multi.dp", fresh_payload(multitask(), 1))
    dp_multitask.save_model(tmp_path / "single.dp", fresh_payload(single(), 1))
    return tmp_path


@pytest.fixture
def flat(data_folder):
    return data_folder / "models" / "water_se_e2_a" / "model_1.deepmd-kit.dp"


def payload(path):
    return without_metadata(dp_multitask.load_model(path))


@pytest.mark.parametrize("source", ["single.dp", "multi.dp"])
@pytest.mark.parametrize("chain", [["x.yaml", "y.dp"], ["x.hdf5", "y.yml", "z.dp"]])
def test_there_and_back(call_command, folder, source, chain):
    before = source
    for name in chain:
        result = call_command("convert", before, "-o", name)
        assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
        before = name
    original = json.loads(_json(folder / source))
    assert set(without_metadata(original)) == set(payload(folder / before))
    assert dp_multitask.verify_model(folder / before) == []
    assert _bits(payload(folder / before)) == _bits(payload(folder / source))


def _json(path):
    with h5py.File(path) as file:
        return file["/"].attrs["json"]


def _bits(node):
    """Make trees comparable; YAML has no numpy scalars, only arrays without dimensions."""
    if isinstance(node, dict):
        return {key: _bits(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_bits(value) for value in node]
    if hasattr(node, "tobytes"):
        return str(node.dtype), node.shape, node.tobytes()
    return node


def test_a_flat_file_becomes_ours_and_the_same_flat_file_again(
    run_command, call_command, folder, flat
):
    assert run_command("convert", flat, "-o", "ours.dp").returncode == 0
    assert difference(payload(folder / "ours.dp"), payload(flat)) is None
    with h5py.File(folder / "ours.dp") as file:
        assert "model/descriptor/@variables/davg" in file
    assert call_command("convert", "ours.dp", "--flat", "-o", "again.dp").returncode == 0
    assert _json(folder / "again.dp") == _json(flat)
    with h5py.File(folder / "again.dp") as again, h5py.File(flat) as original:
        assert sorted(again) == sorted(original)
        for name in original:
            assert again[name].dtype == original[name].dtype
            assert again[name][()].tobytes() == original[name][()].tobytes()


def count_of_variables(tree):
    """Count the variables of a tree, one that branches share once."""
    return len({id(leaf) for _, leaf in iter_variables(tree)})


def test_a_multitask_file_made_flat_stores_what_is_shared_once(call_command, folder):
    assert call_command("convert", "multi.dp", "--flat", "-o", "flat.dp").returncode == 0
    assert difference(payload(folder / "flat.dp"), payload(folder / "multi.dp")) is None
    with h5py.File(folder / "flat.dp") as file:
        stored = count_of_variables(dp_multitask.load_model(folder / "multi.dp"))
        assert sorted(file) == [f"variable_{i:04d}" for i in range(stored)]
    assert call_command("convert", "flat.dp", "-o", "back.dp").returncode == 0
    assert difference(payload(folder / "back.dp"), payload(folder / "multi.dp")) is None
    assert dp_multitask.verify_model(folder / "back.dp") == []


def test_force_overwrites_but_never_the_source(call_command, folder):
    assert call_command("convert", "multi.dp", "-o", "single.dp").returncode == 2
    assert call_command("convert", "multi.dp", "-o", "single.dp", "--force").returncode == 0
    result = call_command("convert", "multi.dp", "-o", "./multi.dp", "--force")
    assert result.returncode == 2
    assert b"would replace the file that it is made from" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.dp", "-o", "x.dp"], "nowhere.dp"),
        (["single.dp", "-o", "x.pth"], "'.pth' is a backend's own format"),
        (["single.dp", "-o", "x"], "unknown model file suffix ''"),
        (["single.dp", "--flat", "-o", "x.yaml"], "--flat is a layout of .dp files"),
        (["single.dp"], "required: -o"),
        (["-", "-o", "x.dp"], "cannot be read from standard input"),
        (["input.json", "-o", "x.dp"], "is a training input"),
        (["model.ckpt.pth", "-o", "x.dp"], "dp-multitask pack"),
        (["single.dp", "--flat", "-o", "nowhere/x.dp"], "cannot be written"),
    ],
)
def test_errors(call_command, folder, arguments, message):
    (folder / "input.json").write_text("{}")
    before = sorted(folder.iterdir())
    result = call_command("convert", *arguments)
    assert result.returncode == 2
    assert message in result.stderr.decode()
    assert b"Traceback" not in result.stderr
    assert sorted(folder.iterdir()) == before


def test_a_yaml_file_that_was_cut_is_refused(call_command, folder):
    assert call_command("convert", "single.dp", "-o", "whole.yaml").returncode == 0
    lines = (folder / "whole.yaml").read_text().splitlines(keepends=True)
    cut = next(number for number, line in enumerate(lines) if line.startswith("  fitting"))
    (folder / "cut.yaml").write_text("".join(lines[:cut]))
    result = call_command("convert", "cut.yaml", "-o", "cut.dp")
    assert result.returncode == 1
    assert result.stderr.decode().startswith("error: cut.yaml: model")
    assert b"fitting" in result.stderr
    assert not (folder / "cut.dp").exists()


@pytest.mark.parametrize(
    ("key", "value", "warned"),
    [
        ("type", "tomorrows", b"tomorrows"),
        ("@class", "Tomorrow", b"unknown class 'Tomorrow'"),
        ("@version", 99, b"has version 99"),
        ("tomorrow", True, b"tomorrow"),
    ],
)
@pytest.mark.parametrize("form", [["x.yaml"], ["--flat", "x.dp"]])
def test_components_that_are_not_known_here_are_converted_with_a_warning(
    call_command, folder, key, value, warned, form
):
    tree = fresh_payload(single(), 1)
    tree["model"]["descriptor"][key] = value
    dp_multitask.save_model(folder / "new.dp", tree)
    assert call_command("convert", "new.dp", *form[:-1], "-o", form[-1]).stderr == b""
    result = call_command("convert", form[-1], "-o", "back.dp")
    assert result.returncode == 0
    assert result.stderr.startswith(f"warning: {form[-1]}: model/descriptor".encode())
    assert warned in result.stderr
    assert difference(payload(folder / "back.dp"), payload(folder / "new.dp")) is None
