# SPDX-License-Identifier: LGPL-3.0-or-later
"""Whatever happens to a writer, the target is the old file or the new one, whole."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import dp_multitask
from dp_multitask import system_files
from dp_multitask.modelfile.flat import save_flat
from example_counts import examples
from model_trees import difference, single, without_metadata
from systems import posix_only

ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}

WRITE = """
import sys
import dp_multitask
from model_trees import single
print("ready", flush=True)
number = int(sys.argv[2])
for _ in range(int(sys.argv[3])):
    dp_multitask.save_model(sys.argv[1], single(number))
"""

READ = """
import sys
import dp_multitask
from model_trees import difference, single, without_metadata
known = [single(number) for number in (1, 2)]
print("ready", flush=True)
for _ in range(int(sys.argv[2])):
    tree = without_metadata(dp_multitask.load_model(sys.argv[1]))
    if all(difference(tree, each) for each in known):
        sys.exit(3)
"""

FULL_DISK = """
import resource, sys
import dp_multitask
import numpy as np
from dp_multitask.modelfile.flat import save_flat
save = {"ours": dp_multitask.save_model, "flat": save_flat}[sys.argv[2]]
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
for pair in sys.argv[3:]:
    limit, count = map(int, pair.split(":"))
    tree = {"model": {"@variables": {f"v{i}": np.arange(20.0) for i in range(count)}}}
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        save(sys.argv[1], tree)
    except dp_multitask.DPMultitaskError as err:
        said = str(err)
    else:
        said = "written"
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    print(pair, said)
"""


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        text=True,
    )


def is_one_of(path: Path, *numbers: int) -> bool:
    tree = without_metadata(dp_multitask.load_model(path))
    return any(difference(tree, single(number)) is None for number in numbers)


@posix_only
def test_a_killed_writer_leaves_the_old_or_the_new_file(tmp_path: Path) -> None:
    rng = random.Random(4)
    target = tmp_path / "m.dp"
    dp_multitask.save_model(target, single(1))
    for _ in range(examples(3, 100)):
        with start(WRITE, target, 2, 1000) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(rng.random() * 0.05)
            writer.send_signal(signal.SIGKILL)
        assert is_one_of(target, 1, 2)


# Bytes that fit on the disk : variables to write. HDF5 writes the structure of many variables
# while they are created, of few on closing.
LIMITS = ["0:40", "1:40", "4096:40", "8192:40", "10000:80", "4096:6000", "1000000:6000"]


@posix_only
@pytest.mark.parametrize("layout", ["ours", "flat"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path, layout: str) -> None:
    target = tmp_path / "m.dp"
    dp_multitask.save_model(target, single(1))
    with start(FULL_DISK, target, layout, *LIMITS) as writer:
        out, _ = writer.communicate(timeout=100)
    assert writer.returncode == 0
    assert out.splitlines() == [
        f"{each} {target}: cannot be written: File too large" for each in LIMITS
    ]
    assert is_one_of(target, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["m.dp"]


def test_writers_and_readers_at_once_never_meet_half_a_file(tmp_path: Path) -> None:
    target = tmp_path / "m.dp"
    dp_multitask.save_model(target, single(1))
    writers = [start(WRITE, target, number, examples(18, 300)) for number in (1, 2)]
    readers = [start(READ, target, examples(18, 300)) for _ in range(examples(3, 8))]
    for process in (*writers, *readers):
        process.communicate(timeout=300)
        assert process.returncode == 0
    assert is_one_of(target, 1, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["m.dp"]


def test_a_failing_source_leaves_the_old_file(tmp_path: Path) -> None:
    dp_multitask.merge_branches({"water": single(2)}, tmp_path / "many.dp", shared_links={})
    dp_multitask.save_model(tmp_path / "m.dp", single(1))
    with dp_multitask.open_model(tmp_path / "many.dp") as file:
        rows = file.source.stored("").index.rows
    data = bytearray((tmp_path / "many.dp").read_bytes())
    data[rows[-1].offset] ^= 1
    (tmp_path / "many.dp").write_bytes(data)
    with pytest.raises(dp_multitask.DPMultitaskError, match="not those that were written"):
        dp_multitask.split_branch(tmp_path / "many.dp", "water", tmp_path / "m.dp")
    assert is_one_of(tmp_path / "m.dp", 1)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("convert", [dp_multitask.save_model, save_flat])
def test_a_source_that_cannot_be_read_any_more_is_named_not_the_target(
    convert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = str(tmp_path / "source.dp"), tmp_path / "target.dp"
    dp_multitask.save_model(source, single(1))

    def fail(*_: object) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with dp_multitask.open_model(source) as file:
        tree = file.tree()
        monkeypatch.setattr(system_files, "read_into_at", fail)
        with pytest.raises(dp_multitask.DPMultitaskError, match="cannot be read") as caught:
            convert(target, tree)
    assert caught.value.source == source
    assert [each.name for each in tmp_path.iterdir()] == ["source.dp"]
