# SPDX-License-Identifier: LGPL-3.0-or-later
"""Files are read without the HDF5 library, beside whoever has them open, in any process."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import dp_multitask
from dp_multitask.errors import (
    BranchNameError,
    FileAccessError,
    FormatVersionError,
    ModelFileError,
    UnsafeFileError,
)
from dp_multitask.modelfile.flat import save_flat
from dp_multitask.modelfile.hdf5.file import Hdf5File
from dp_multitask.modelfile.opened_file import OpenedFile
from dp_multitask.modelfile.reading.hdf5_model import refuse_other_files
from example_counts import examples
from model_trees import LINKS, difference, single, without_metadata
from systems import posix_only

READ_ALL = """
import sys
sys.modules["h5py"] = None
import dp_multitask
from dp_multitask.cli.main import main
folder = sys.argv[1]
dp_multitask.load_model(f"{folder}/m.dp")
dp_multitask.load_model(f"{folder}/flat.dp")
assert dp_multitask.verify_model(f"{folder}/m.dp") == []
for arguments in (
    ["show", "m.dp"], ["verify", "m.dp"], ["split-branch", "m.dp", "ice", "-o", "ice.dp"],
    ["merge", "a=ice.dp", "--share-nothing", "-o", "merged.dp"],
    ["convert", "flat.dp", "-o", "c.yaml"],
):
    names = [f"{folder}/{each}" if each.endswith((".dp", ".yaml")) and "=" not in each else each
             for each in arguments]
    names = [each.replace("a=", f"a={folder}/") for each in names]
    assert main(names) in (0, 1), names
"""


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    branches = {"water": single(1), "ice": single(2)}
    dp_multitask.merge_branches(branches, tmp_path / "m.dp", shared_links=LINKS)
    return tmp_path / "m.dp"


def run(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_no_command_that_reads_needs_h5py(model_file: Path, tmp_path: Path) -> None:
    save_flat(tmp_path / "flat.dp", single())
    done = run(READ_ALL, tmp_path)
    assert done.returncode == 0, done.stderr


def test_telling_what_a_file_holds_needs_no_numpy(model_file: Path) -> None:
    code = """
import sys
sys.modules["numpy"] = sys.modules["h5py"] = None
from dp_multitask.cli.main import main
sys.exit(main(["show", sys.argv[1]]))
"""
    done = run(code, model_file)
    assert (done.returncode, done.stderr) == (0, "")
    assert "branch" in done.stdout


def test_others_can_open_a_file_that_is_open(model_file: Path) -> None:
    with dp_multitask.open_model(model_file) as file:
        lazy = file.branch("ice")["model"]["@variables"]["out_bias"]
        with h5py.File(model_file, "r") as other:
            assert "json" in other.attrs
        with h5py.File(model_file, "r+") as other:
            assert "json" in other.attrs
        assert np.array_equal(lazy.load(), single(2)["model"]["@variables"]["out_bias"])


def test_open_files_and_their_variables_are_sent_to_another_process(model_file: Path) -> None:
    with dp_multitask.open_model(model_file) as file:
        variables = file.branch("ice")["model"]["@variables"]
        text = pickle.dumps((file, variables))
    again, sent = pickle.loads(text)
    assert again.branches == ("water", "ice")
    assert np.array_equal(sent["out_bias"].load(), single(2)["model"]["@variables"]["out_bias"])
    with pytest.raises(ModelFileError, match="closed"):
        pickle.dumps(variables)


def test_a_file_that_was_replaced_is_not_taken_for_the_one_that_was_sent(model_file: Path) -> None:
    with dp_multitask.open_model(model_file) as file:
        text = pickle.dumps(file)
    dp_multitask.save_model(model_file, single())
    with pytest.raises(ModelFileError, match="replaced or changed"):
        pickle.loads(text)


def test_variables_of_two_files_are_kept_apart_in_a_flat_file(tmp_path: Path) -> None:
    trees = [{"model": {"@variables": {"x": np.full(3, n)}}} for n in (1.0, 2.0)]
    for number, tree in enumerate(trees):
        dp_multitask.save_model(tmp_path / f"{number}.dp", tree)
    with (
        dp_multitask.open_model(tmp_path / "0.dp") as one,
        dp_multitask.open_model(tmp_path / "1.dp") as other,
    ):
        both = {"a": one.tree()["model"], "b": other.tree()["model"]}
        save_flat(tmp_path / "flat.dp", {"model": both})
    loaded = dp_multitask.load_model(tmp_path / "flat.dp")["model"]
    assert [float(loaded[key]["@variables"]["x"][0]) for key in "ab"] == [1.0, 2.0]


def test_what_cannot_be_read_of_a_source_is_not_told_of_the_target(
    model_file: Path, tmp_path: Path
) -> None:
    with dp_multitask.open_model(model_file) as file:
        tree = file.branch("ice")
        os.truncate(model_file, 4000)
        with pytest.raises(ModelFileError, match="became shorter") as caught:
            dp_multitask.save_model(tmp_path / "ice.dp", tree)
    assert caught.value.source == str(model_file)
    assert not (tmp_path / "ice.dp").exists()


@posix_only
@pytest.mark.parametrize("name", ["/dev/zero", "/dev/null"])
def test_devices_are_refused(name: str) -> None:
    with pytest.raises(FileAccessError, match="no regular file"):
        dp_multitask.open_model(name)


@pytest.mark.parametrize("version", ["9", 2.0, True, None, 0, -1])
@pytest.mark.parametrize("software", ["deepmd-kit", "dp-multitask"])
def test_a_version_that_is_none_is_refused(tmp_path: Path, version: Any, software: str) -> None:
    import json

    with h5py.File(tmp_path / "m.dp", "w") as file:
        tree = {"software": software, "model_def_version": version, "model": {}}
        file.attrs["json"] = json.dumps(tree)
    with pytest.raises(ModelFileError, match="model_def_version") as caught:
        dp_multitask.load_model(tmp_path / "m.dp")
    assert not isinstance(caught.value, FormatVersionError)


@pytest.mark.parametrize("name", ["@variables", "@is_variable"])
def test_branches_cannot_bear_names_of_the_format(tmp_path: Path, name: str) -> None:
    with pytest.raises(BranchNameError, match="is reserved"):
        dp_multitask.merge_branches({name: single()}, tmp_path / "m.dp", shared_links={})
    for target in ("m.dp", "m.yaml"):
        with pytest.raises(BranchNameError, match="is reserved"):
            dp_multitask.save_model(tmp_path / target, {"model": {"model_dict": {name: {}}}})


def test_groups_that_contain_themselves_come_to_an_end(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "m.dp", "w") as file:
        file["model/v"] = np.ones(2)
        file["model/again"] = file["model"]
        file.attrs["json"] = '{"model":{"@variables":{"x":"/model/v"}}}'
    assert dp_multitask.verify_model(tmp_path / "m.dp") == [
        ("/model/again", "is no part of the model")
    ]


def test_booleans_that_are_neither_are_told(tmp_path: Path) -> None:
    dp_multitask.save_model(tmp_path / "m.dp", {"model": {"@variables": {"x": np.ones(3, "?")}}})
    with h5py.File(tmp_path / "m.dp") as file:
        at = file["model/@variables/x"].id.get_offset()
    data = bytearray((tmp_path / "m.dp").read_bytes())
    data[at] = 7
    (tmp_path / "m.dp").write_bytes(data)
    messages = [each.message for each in dp_multitask.verify_model(tmp_path / "m.dp")]
    assert "the variable's bytes are not those that were written" in messages
    with h5py.File(tmp_path / "flat.dp", "w") as file:
        file["v"] = np.array([7, 1], "u1").view("?")
        file.attrs["json"] = '{"model":{"@variables":{"x":"/v"}}}'
    assert dp_multitask.verify_model(tmp_path / "flat.dp") == [
        ("model/@variables/x", "1 of 2 values are neither true nor false")
    ]


def test_stray_attributes_are_told(model_file: Path, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "flat.dp", "w") as file:
        file["v"] = np.ones(1)
        file.attrs["json"] = '{"model":{"@variables":{"x":"/v"}}}'
        file.attrs["note"] = "x"
    assert dp_multitask.verify_model(tmp_path / "flat.dp") == [
        ("/", "its attribute 'note' is no part of the model")
    ]


# at most 8192 names fit into a tree of two levels, 512 kB of links into a heap's direct blocks
@pytest.mark.parametrize(
    ("libver", "count"),
    [
        *(("earliest", 9), ("earliest", 3000), ("earliest", 9000)),
        *(("v110", 9), ("v110", examples(3000, 25_000))),
    ],
)
def test_flat_files_of_any_number_of_variables_are_read(
    tmp_path: Path, libver: str, count: int
) -> None:
    with h5py.File(tmp_path / "m.dp", "w", libver=libver) as file:
        space = h5py.h5s.create(h5py.h5s.SCALAR)
        for number in range(count):
            name = b"variable_%04d" % number
            h5py.h5d.create(file.id, name, h5py.h5t.IEEE_F64LE, space).write(
                h5py.h5s.ALL, h5py.h5s.ALL, np.array(float(number))
            )
        names = ",".join(f'"{n}":"/variable_{n:04d}"' for n in (0, count // 2, count - 1))
        file.attrs["json"] = f'{{"model":{{"@variables":{{{names}}}}}}}'
    opened = OpenedFile(tmp_path / "m.dp")
    assert len(Hdf5File(opened).group("").members) == count
    opened.close()
    loaded = dp_multitask.load_model(tmp_path / "m.dp")["model"]["@variables"]
    assert [float(each) for each in loaded.values()] == [0.0, count // 2, count - 1]


def test_a_long_text_that_the_library_laid_out_is_read(tmp_path: Path) -> None:
    text = '{"model":{},"note":"' + "x" * 200_000 + '"}'
    with h5py.File(tmp_path / "m.dp", "w", libver="v110") as file:
        file.attrs["json"] = np.bytes_(text.encode())
    assert len(dp_multitask.load_model(tmp_path / "m.dp")["note"]) == 200_000


def test_a_compiled_program_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(bytes(64))
    with h5py.File(tmp_path / "m.hlo", "w") as file:
        file["program"] = np.void(b"abcd")
    refuse_other_files(str(tmp_path / "m.hlo"))
    with h5py.File(tmp_path / "m.hlo", "a") as file:
        file.create_dataset("v", (8,), "f8", external=[(str(tmp_path / "secret"), 0, 64)])
    with pytest.raises(UnsafeFileError, match="in another file"):
        refuse_other_files(str(tmp_path / "m.hlo"))


def test_a_file_changed_by_the_library_is_still_read_branch_by_branch(model_file: Path) -> None:
    with h5py.File(model_file, "a") as file:
        file["model_dict/ice/model/new"] = np.ones(3)
        for number in range(20):
            file["model_dict/ice"].attrs[f"note{number}"] = number
    branch = dp_multitask.load_model(model_file, "ice")
    assert difference(without_metadata(branch), single(2)) is None
    paths = {each.path for each in dp_multitask.verify_model(model_file)}
    assert {"/model_dict/ice/model/new", "/model_dict/ice"} <= paths
