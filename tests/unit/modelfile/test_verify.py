# SPDX-License-Identifier: LGPL-3.0-or-later
"""`verify_model` says everything that is wrong, with paths."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import dp_multitask
from dp_multitask.errors import ModelFileError
from dp_multitask.modelfile.hdf5.encoding import ATTRIBUTE_LENGTH_AT
from dp_multitask.modelfile.index import HEAD_LENGTH
from dp_multitask.modelfile.reading.hdf5_model import Hdf5Model
from model_trees import LINKS, difference, single, without_metadata

W = "model/descriptor/embeddings/networks/0/layers/0/@variables/w"


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    target = tmp_path / "m.dp"
    branches = {"water": single(1), "ice": single(2)}
    dp_multitask.merge_branches(branches, target, shared_links=LINKS)
    return target


def refresh(path: Path, forge: Callable[[dict[str, Any]], Any] = lambda index: None) -> None:
    """Give a file that HDF5 changed indices that pass for untouched: what a forger would do."""
    data = bytearray(path.read_bytes())
    with h5py.File(path) as file:
        groups = ["/", "/model_dict/water", "/model_dict/ice"]
        places = [(file[g]["@index"].id.get_offset(), file[g]["@index"].size) for g in groups]
        texts = [bytes(file[g].attrs["json"]) for g in groups]
    for (at, size), text in reversed(list(zip(places, texts, strict=True))):
        index = json.loads(bytes(data[at + HEAD_LENGTH : at + size]))
        index |= {"file_size": len(data), "address": at, "json_crc32": f"{zlib.crc32(text):08x}"}
        index.pop("structure_crc32", None)
        forge(index)
        body = json.dumps(index, separators=(",", ":")).encode().ljust(size - HEAD_LENGTH)
        data[at : at + size] = f"dp-multitask index {zlib.crc32(body):08x}\n".encode() + body
    path.write_bytes(data)


def other_dataset(file: h5py.File) -> None:
    del file[f"model_dict/ice/{W}"]
    file[f"model_dict/ice/{W}"] = np.ones((1, 4))


def other_type(file: h5py.File) -> None:
    name = "model_dict/ice/model/@variables/out_bias"
    del file[name]
    file[name] = np.ones((1, 2, 1), "f4")


def removed(file: h5py.File) -> None:
    del file["model_dict/ice/model/@variables/out_bias"]


def external(file: h5py.File) -> None:
    removed(file)
    name = "model_dict/ice/model/@variables/out_bias"
    file[name] = h5py.ExternalLink("other.h5", "/x")


def stray(file: h5py.File) -> None:
    file["model_dict/ice/model/secret"] = np.ones(3)


def undeclared(file: h5py.File) -> None:
    name = "model/@variables/out_std"
    del file[f"model_dict/ice/{name}"]
    file[f"model_dict/ice/{name}"] = file[f"model_dict/water/{name}"]


def other_json(file: h5py.File) -> None:
    text = file["model_dict/ice"].attrs["json"].replace(b'"rcut":6.0', b'"rcut":5.0')
    file["model_dict/ice"].attrs.modify("json", text)


@pytest.mark.parametrize(
    ("change", "where", "says"),
    [
        (other_dataset, f"/model_dict/ice/{W}", "index and HDF5 disagree"),
        (other_dataset, f"/model_dict/ice/{W}", "declared shared with .* but stored twice"),
        (other_type, "/model_dict/ice/model/@variables/out_bias", "index and HDF5 disagree"),
        (removed, "/model_dict/ice/model/@variables/out_bias", "does not exist"),
        (external, "/model_dict/ice/model/@variables/out_bias", "soft or external link"),
        (stray, "/model_dict/ice/model/secret", "no part of the model"),
        (undeclared, "/model_dict/ice/model/@variables/out_std", "not declared shared"),
        (other_json, "/model_dict/ice", "its JSON and the root's differ under 'model'"),
    ],
)
def test_what_a_forged_index_hides_is_found(
    model_file: Path, change: Callable[[h5py.File], Any], where: str, says: str
) -> None:
    with h5py.File(model_file, "r+") as file:
        change(file)
    refresh(model_file)
    import re

    problems = dp_multitask.verify_model(model_file)
    assert [p for p in problems if p.path == where and re.search(says, p.message)], problems


def test_everything_is_said_in_one_run(model_file: Path) -> None:
    data = bytearray(model_file.read_bytes())
    with dp_multitask.open_model(model_file) as file:
        rows = file.source.stored("").index.rows
    for row in rows[:2]:
        data[row.offset] ^= 1
    model_file.write_bytes(data)
    problems = dp_multitask.verify_model(model_file)
    assert [p.path for p in problems] == [
        "model/model_dict/water/@variables/out_bias",
        "model/model_dict/water/@variables/out_std",
    ]


def test_values_that_are_not_finite_are_counted(tmp_path: Path) -> None:
    tree = {"model": {"@variables": {"x": np.array([1.0, np.nan, -np.inf])}}}
    dp_multitask.save_model(tmp_path / "m.dp", tree)
    assert dp_multitask.verify_model(tmp_path / "m.dp") == [
        ("model/@variables/x", "2 of 3 values are not finite")
    ]


def test_ambiguous_aliases_are_told(tmp_path: Path) -> None:
    branches = {"water": single(1, ("x", "ice")), "ice": single(2, ("x",))}
    dp_multitask.merge_branches(branches, tmp_path / "m.dp", shared_links={})
    messages = [problem.message for problem in dp_multitask.verify_model(tmp_path / "m.dp")]
    assert messages == [
        "the alias 'x' is ambiguous: it belongs to water, ice",
        "the alias 'ice' is ambiguous: it belongs to water",
    ]


def test_a_flat_file_is_checked_as_far_as_it_can_be(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "m.dp", "w") as file:
        file["variable_0000"] = np.array([np.nan])
        file["other"] = np.ones(1)
        file.attrs["json"] = '{"model":{"@variables":{"x":"/variable_0000"}}}'
    assert dp_multitask.verify_model(tmp_path / "m.dp") == [
        ("model/@variables/x", "1 of 1 values are not finite"),
        ("/other", "is no part of the model"),
    ]


def test_a_branch_that_bears_many_names_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "m.dp"
    branches = {f"b{number}": single(number) for number in range(8)}
    branches["b0"]["note"] = "x" * 10_000
    dp_multitask.merge_branches(branches, target, shared_links={})
    with h5py.File(target, "r+") as file:
        for number in range(1, 8):
            del file[f"model_dict/b{number}"]
            file[f"model_dict/b{number}"] = file["model_dict/b0"]
    read = []
    read_group = Hdf5Model.read_group
    monkeypatch.setattr(
        Hdf5Model, "read_group", lambda self, group: read.append(group) or read_group(self, group)
    )
    problems = dp_multitask.verify_model(target)
    assert read == ["", "model_dict/b0"]
    same = [each for each in problems if each.message == "is the same group as another one"]
    assert len(same) == 7


def test_a_file_whose_json_lies_in_a_heap_can_be_edited_by_others(tmp_path: Path) -> None:
    target = tmp_path / "m.dp"
    tree = single() | {"note": "x" * 10_000}
    dp_multitask.save_model(target, tree)
    with h5py.File(target, "r+") as file:
        file["extra"] = 1.0
    assert difference(without_metadata(dp_multitask.load_model(target)), tree) is None
    assert [each.path for each in dp_multitask.verify_model(target)] == ["/extra"]


def one_row_less(index: dict[str, Any]) -> None:
    for column in ("offset", "dtype", "shape"):
        index[column].pop()
    index["kind"], index["crc32"] = index["kind"][:-1], index["crc32"][:-8]


def test_an_index_of_fewer_variables_than_the_json_is_refused(model_file: Path) -> None:
    refresh(model_file, one_row_less)
    with pytest.raises(ModelFileError, match="describe different variables"):
        dp_multitask.load_model(model_file, "ice")


def test_a_heap_that_claims_more_than_the_file_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "m.dp"
    dp_multitask.save_model(target, single() | {"note": "x" * 10_000})
    data = bytearray(target.read_bytes())
    at = data.index(b"FRHP") + ATTRIBUTE_LENGTH_AT
    data[at : at + 8] = (1 << 40).to_bytes(8, "little")
    target.write_bytes(data)
    with pytest.raises(ModelFileError, match="structure is damaged"):
        dp_multitask.load_model(target)
