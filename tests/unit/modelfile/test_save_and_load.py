# SPDX-License-Identifier: LGPL-3.0-or-later
"""A tree that is saved comes back exactly, or is refused with the path of what cannot be stored."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import h5py
import ml_dtypes
import numpy as np
import pytest

import dp_multitask
from dp_multitask.errors import (
    BranchNameError,
    FileAccessError,
    ModelTreeError,
    UsageError,
)
from model_trees import difference, multitask, single, without_metadata
from systems import posix_only

VARIABLES = {
    "0-d array": np.array(1.5),
    "0-d bool array": np.array(True),
    "numpy float scalar": np.float64(0.1),
    "numpy half scalar": np.float16(0.5),
    "numpy bool scalar": np.bool_(False),
    "python float": 0.1,
    "python negative zero": -0.0,
    "python int": -7,
    "python bool": True,
    "none": None,
    "empty array": np.zeros((0,)),
    "empty array with a shape": np.zeros((3, 0, 2), np.float32),
    "nan and infinity": np.array([np.nan, np.inf, -np.inf, -0.0]),
    "not contiguous": np.arange(12.0).reshape(3, 4)[::2, ::-1].copy()[:, 1:3],
    "fortran order": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "list of arrays": [np.ones(2), np.zeros((2, 2), np.float32), None],
    "empty list": [],
    "nested": {"deeper": {"x": np.arange(3)}, "list": [[np.ones(1)], []]},
    **{
        f"array of {name}": np.array([[0, 1], [1, 0]]).astype(name)
        for name in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?")
    },
    "odd names": {
        "": np.ones(1), ".": np.ones(2), "..": np.ones(3), "a/b": np.ones(4), "%": np.ones(5),
        "%2F": np.ones(6), "nul\0": np.ones(7), "Größe": np.ones(8), "描述": np.ones(9),
        "type_embedding.weight": np.ones(10), "json": np.ones(11), "@index": np.ones(12),
    },
}  # fmt: skip


@pytest.mark.parametrize("verify", [True, False])
@pytest.mark.parametrize("value", VARIABLES.values(), ids=VARIABLES)
def test_a_variable_comes_back_exactly(tmp_path: Path, value: Any, verify: bool) -> None:
    tree = {"model": {"type": "standard", "@variables": {"x": value}}, "@variables": {}}
    dp_multitask.save_model(tmp_path / "m.dp", tree)
    loaded = dp_multitask.load_model(tmp_path / "m.dp", verify=verify)
    assert difference(without_metadata(loaded), tree) is None


def test_the_tree_that_is_saved_is_not_changed(tmp_path: Path) -> None:
    tree = multitask()
    before = copy.deepcopy(tree)
    dp_multitask.save_model(tmp_path / "m.dp", tree)
    assert difference(tree, before) is None


def test_tuples_come_back_as_lists_because_json_has_no_tuples(tmp_path: Path) -> None:
    tree = {"model": {"exclude_types": ((0, 1),), "@variables": {"x": (np.ones(1),)}}}
    dp_multitask.save_model(tmp_path / "m.dp", tree)
    loaded = dp_multitask.load_model(tmp_path / "m.dp")["model"]
    assert loaded["exclude_types"] == [[0, 1]]
    assert isinstance(loaded["@variables"]["x"], list)


def test_loaded_arrays_can_be_changed_without_changing_the_file(tmp_path: Path) -> None:
    dp_multitask.save_model(tmp_path / "m.dp", single())
    for verify in (True, False):
        loaded = dp_multitask.load_model(tmp_path / "m.dp", verify=verify)
        loaded["model"]["@variables"]["out_std"][:] = 7.0
    again = dp_multitask.load_model(tmp_path / "m.dp")
    assert difference(without_metadata(again), single()) is None


REFUSED = {
    "bfloat16": ("@variables", np.ones(2, ml_dtypes.bfloat16)),
    "float8": ("@variables", np.ones(2, ml_dtypes.float8_e4m3fn)),
    "complex": ("@variables", np.ones(2, complex)),
    "long double": ("@variables", np.ones(2, np.longdouble)),
    "big-endian": ("@variables", np.ones(2, ">f8")),
    "text array": ("@variables", np.array(["a"])),
    "object array": ("@variables", np.array([None])),
    "record": ("@variables", np.zeros(1, [("a", "f4")])),
    "date": ("@variables", np.array(["2026-01-01"], "M8[D]")),
    "masked array": ("@variables", np.ma.masked_array([1.0], [True])),
    "text": ("@variables", "text"),
    "bytes": ("@variables", b"bytes"),
    "complex number": ("@variables", 1j),
    "integer beyond 64 bits": ("@variables", 2**64),
    "object": ("@variables", object()),
    "array outside": ("descriptor", np.ones(2)),
    "numpy integer outside": ("descriptor", np.int64(1)),
    "nan": ("descriptor", float("nan")),
    "infinity": ("descriptor", float("inf")),
    "set": ("descriptor", {1}),
    "bytes outside": ("descriptor", b"x"),
    "key that is no text": ("descriptor", {1: 2}),
    "reserved key": ("descriptor", {"@is_variable": True}),
}


@pytest.mark.parametrize(("place", "value"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("suffix", ["dp", "yaml"])
def test_what_cannot_be_stored_is_refused_with_its_path_and_no_file(
    tmp_path: Path, place: str, value: Any, suffix: str
) -> None:
    tree = {"model": {place: {"here": value}}, "@variables": {}}
    with pytest.raises(ModelTreeError) as caught:
        dp_multitask.save_model(tmp_path / f"m.{suffix}", tree)
    assert f"model/{place}" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_is_no_unicode_cannot_name_a_variable(tmp_path: Path) -> None:
    tree = {"model": {"@variables": {"\ud800": np.ones(1)}}}
    with pytest.raises(ModelTreeError, match="no valid Unicode"):
        dp_multitask.save_model(tmp_path / "m.dp", tree)


def test_preset_out_bias_arrays_are_refused_with_their_path(tmp_path: Path) -> None:
    tree = single()
    tree["model"]["preset_out_bias"] = {"energy": [None, np.array([1.0])]}
    with pytest.raises(ModelTreeError, match="model/preset_out_bias/energy/1: ndarray"):
        dp_multitask.save_model(tmp_path / "m.dp", tree)


def test_a_tree_that_contains_itself_is_refused(tmp_path: Path) -> None:
    tree = single()
    tree["model"]["self"] = tree
    with pytest.raises(ModelTreeError, match="100 levels"):
        dp_multitask.save_model(tmp_path / "m.dp", tree)


@pytest.mark.parametrize("key", ["@index", "model_dict"])
def test_top_level_keys_of_the_format_are_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(ModelTreeError, match="reserved"):
        dp_multitask.save_model(tmp_path / "m.dp", {"model": {}, key: {}})


@pytest.mark.parametrize("name", ["", "a/b", "a.b", ".", "..", "a\0b"])
def test_branch_names_that_no_group_can_have_are_refused(tmp_path: Path, name: str) -> None:
    tree = {"model": {"model_dict": {name: {"@variables": {"x": np.ones(1)}}}}}
    with pytest.raises(BranchNameError, match="branch name"):
        dp_multitask.save_model(tmp_path / "m.dp", tree)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["MPtraj_v026_01-mix-Utype", "水", "a b", "%41", "@index", "json"])
def test_other_branch_names_work(tmp_path: Path, name: str) -> None:
    dp_multitask.merge_branches({name: single()}, tmp_path / "m.dp", shared_links={})
    assert dp_multitask.verify_model(tmp_path / "m.dp") == []
    branch = dp_multitask.load_model(tmp_path / "m.dp", name)
    assert difference(without_metadata(branch), single()) is None


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.dp, \.hdf5"):
        dp_multitask.save_model(tmp_path / "m.xyz", single())


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match="No such file"):
        dp_multitask.save_model(tmp_path / "none" / "m.dp", single())


def test_equal_trees_give_equal_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    for number in (1, 2):
        dp_multitask.save_model(tmp_path / f"{number}.dp", multitask())
    assert (tmp_path / "1.dp").read_bytes() == (tmp_path / "2.dp").read_bytes()


def test_metadata_say_who_wrote_the_file_and_when(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    old = {"software": "deepmd-kit", "version": "3.2.0", "time": "then"}
    dp_multitask.save_model(tmp_path / "m.dp", {**old, **single()})
    with dp_multitask.open_model(tmp_path / "m.dp") as file:
        assert file.metadata == {
            "software": "dp-multitask",
            "version": dp_multitask.__version__,
            "module": "dp_multitask.modelfile",
            "time": "2023-11-14T22:13:20Z",
            "model_def_version": 1,
            "origin": old,
        }


def test_data_is_contiguous_aligned_and_unfiltered(tmp_path: Path) -> None:
    tree = {"model": {"@variables": {f"v{n}": np.ones(n, "f4") for n in range(1, 40)}}}
    dp_multitask.save_model(tmp_path / "m.dp", tree)
    with h5py.File(tmp_path / "m.dp") as file:
        for dataset in file["model/@variables"].values():
            assert dataset.chunks is None
            assert dataset.compression is None
            assert dataset.id.get_offset() % 8 == 0


def test_a_variable_lies_at_its_place_in_the_tree(tmp_path: Path) -> None:
    dp_multitask.save_model(tmp_path / "m.dp", single())
    dp_multitask.save_model(tmp_path / "n.dp", multitask())
    place = "model/descriptor/embeddings/networks/0/layers/0/@variables/w"
    with h5py.File(tmp_path / "m.dp") as file:
        assert file[place].shape == (1, 4)
        assert isinstance(file.attrs["json"], np.bytes_)
    with h5py.File(tmp_path / "n.dp") as file:
        assert file[f"model_dict/ice/{place}"] == file[f"model_dict/water/{place}"]
        assert f'"{place}"'.encode() in file["model_dict/ice"].attrs["json"]
        assert f'"/model_dict/ice/{place}"'.encode() in file.attrs["json"]


@posix_only
def test_the_mode_of_the_file_that_is_replaced_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "m.dp"
    dp_multitask.save_model(target, single(1))
    target.chmod(0o640)
    dp_multitask.save_model(target, single(2))
    assert target.stat().st_mode & 0o777 == 0o640


def test_yaml_round_trips_arrays_and_numbers(tmp_path: Path) -> None:
    tree = single()
    tree["model"]["extra"] = {"a": [1, 1.5, "1e-3", None, True], "no": "No"}
    dp_multitask.save_model(tmp_path / "m.yaml", tree)
    loaded = without_metadata(dp_multitask.load_model(tmp_path / "m.yaml"))
    tree["@variables"]["min_nbor_dist"] = np.array(0.88)  # YAML has no numpy scalars
    assert difference(loaded, tree) is None


@pytest.mark.parametrize("key", ["model", "model_def_script"])
def test_what_has_its_place_elsewhere_is_refused_among_a_branchs_extras(
    key: str, tmp_path: Path
) -> None:
    tree = multitask()
    tree["branches"] = {"water": {key: {"@variables": {"a": np.ones(2)}}}}
    with pytest.raises(ModelTreeError, match=f"branches/water/{key}: .* {key}/model_dict/water"):
        dp_multitask.save_model(tmp_path / "a.dp", tree)
