# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checkpoints that want to run code, fill the memory or never end: refused, by name, at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dp_multitask import open_model
from dp_multitask.errors import ModelFileError
from systems import posix_only
from torch_archive import HOSTILE

_MOST_SECONDS = 2.0
"""Of the processor."""

_MOST_MEGABYTES = 200

_READ = """
import resource, sys
from dp_multitask.errors import DPMultitaskError
from dp_multitask import open_model
import dp_multitask.checkpoint.reading

def peak():
    try:  # the peak that getrusage tells begins with that of the process that started this one
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

before, memory = resource.getrusage(resource.RUSAGE_SELF), peak()
try:
    with open_model(sys.argv[1]) as file:
        file.tree()
except DPMultitaskError as err:
    print(err)
    after = resource.getrusage(resource.RUSAGE_SELF)
    print(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    print((peak() - memory) / 1024)
"""


# refused for what costs time and memory, in a process that is measured
COSTLY = [
    *("a million lists", "millions of operations", "parameters that double", "compressed"),
    *("keys of megabytes that are compared", "storages of megabytes that are compared"),
]


@pytest.mark.parametrize("name", [name for name in HOSTILE if name not in COSTLY])
def test_a_hostile_checkpoint_is_refused(name: str, tmp_path: Path) -> None:
    make, says = HOSTILE[name]
    make(tmp_path / "model.ckpt.pt")
    with pytest.raises(ModelFileError, match=says) as caught:
        open_model(tmp_path / "model.ckpt.pt")
    assert caught.value.hint
    assert not (tmp_path / "owned").exists()


@posix_only
@pytest.mark.parametrize("name", COSTLY)
def test_it_costs_neither_time_nor_memory(name: str, tmp_path: Path) -> None:
    make, says = HOSTILE[name]
    make(tmp_path / "model.ckpt.pt")
    command = [sys.executable, "-c", _READ, str(tmp_path / "model.ckpt.pt")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    *said, seconds, megabytes = done.stdout.splitlines()
    assert says in "\n".join(said)
    assert float(seconds) < _MOST_SECONDS
    assert float(megabytes) < _MOST_MEGABYTES
