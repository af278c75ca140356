# SPDX-License-Identifier: LGPL-3.0-or-later
"""Broken and hostile files are refused with a named error; memory is bounded and nothing hangs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

import dp_multitask
from dp_multitask.errors import ChecksumError, FileAccessError
from hostile_files import CASES
from model_trees import LINKS, difference, single, without_metadata
from systems import posix_only


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_file_is_refused(tmp_path: Path, name: str) -> None:
    make, error, says = CASES[name]
    target = tmp_path / "m.dp"
    make(target)
    with pytest.raises(error, match=says) as caught:
        dp_multitask.load_model(target)
    assert str(target) in str(caught.value)
    if error is not FileAccessError:
        assert dp_multitask.verify_model(target) != []


_ALL_OF_THEM = """
import resource, sys
from pathlib import Path
import dp_multitask
from dp_multitask.errors import DPMultitaskError
dp_multitask.load_model, dp_multitask.verify_model
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sorted(Path(sys.argv[1]).glob("*.dp")):
    try:
        dp_multitask.load_model(path)
        print("loaded", path)
    except DPMultitaskError:
        pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@posix_only
def test_reading_all_of_them_takes_little_memory_and_ends(tmp_path: Path) -> None:
    for number, (make, _, _) in enumerate(CASES.values()):
        make(tmp_path / f"{number:03d}.dp")
    done = subprocess.run(
        [sys.executable, "-c", _ALL_OF_THEM, tmp_path],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert int(done.stdout) < 200_000  # KiB


def test_a_thousand_names_for_one_dataset_are_one_array(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "m.dp", "w") as file:
        file["v"] = np.ones(1 << 20)
        for number in range(300):
            file[f"v{number}"] = file["v"]
        names = ",".join(f'"{number}":"/v{number}"' for number in range(300))
        file.attrs["json"] = f'{{"model":{{"@variables":{{{names}}}}}}}'
    variables = dp_multitask.load_model(tmp_path / "m.dp")["model"]["@variables"]
    assert len({id(array) for array in variables.values()}) == 1


def test_compact_data_is_read(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "m.dp", "w") as file:
        plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plan.set_layout(h5py.h5d.COMPACT)
        space = h5py.h5s.create_simple((3,))
        made = h5py.h5d.create(file.id, b"w", h5py.h5t.IEEE_F64LE, space, plan)
        made.write(h5py.h5s.ALL, h5py.h5s.ALL, np.arange(3.0))
        file.attrs["json"] = '{"model":{"@variables":{"w":"/w"}}}'
    loaded = dp_multitask.load_model(tmp_path / "m.dp")
    assert loaded["model"]["@variables"]["w"].tolist() == [0, 1, 2]


def test_flat_files_of_every_element_type_are_read(tmp_path: Path) -> None:
    names = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"]
    with h5py.File(tmp_path / "m.dp", "w") as file:
        for name in names:
            file[name] = np.array([0, 1], name)
        named = ",".join(f'"{name}":"/{name}"' for name in names)
        file.attrs["json"] = f'{{"model":{{"@variables":{{{named}}}}}}}'
    loaded = dp_multitask.load_model(tmp_path / "m.dp")["model"]["@variables"]
    assert {name: array.dtype for name, array in loaded.items()} == {
        name: np.dtype(name) for name in names
    }


@pytest.mark.parametrize("libver", ["earliest", "v108", "v110", "v112", "v114", "latest"])
def test_flat_files_of_every_hdf5_version_are_read(tmp_path: Path, libver: str) -> None:
    with h5py.File(tmp_path / "m.dp", "w", libver=libver) as file:
        for number in range(20):
            file[f"variable_{number:04d}"] = np.full(3, float(number))
        names = ",".join(f'"{n}":"/variable_{n:04d}"' for n in range(20))
        file.attrs["json"] = f'{{"model":{{"@variables":{{{names}}}}}}}'
    loaded = dp_multitask.load_model(tmp_path / "m.dp")["model"]["@variables"]
    assert [array[0] for array in loaded.values()] == list(range(20))


def test_a_group_that_another_program_copied_is_read_and_still_checked(tmp_path: Path) -> None:
    parts = {"water": single(1), "ice": single(2)}
    dp_multitask.merge_branches(parts, tmp_path / "m.dp", shared_links=LINKS)
    with h5py.File(tmp_path / "m.dp") as source, h5py.File(tmp_path / "c.dp", "w") as target:
        branch = source["model_dict/ice"]
        for member in branch:
            source.copy(branch[member], target, name=member)
        target.attrs["json"] = branch.attrs["json"]
    loaded = dp_multitask.load_model(tmp_path / "c.dp")
    assert difference(without_metadata(loaded), parts["ice"]) is None
    with h5py.File(tmp_path / "c.dp", "r+") as file:
        file["model/@variables/out_bias"][0, 0, 0] += 1
    with pytest.raises(ChecksumError, match="out_bias"):
        dp_multitask.load_model(tmp_path / "c.dp")
