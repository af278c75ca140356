# SPDX-License-Identifier: LGPL-3.0-or-later
"""Saving, loading, opening and splitting model files, beside DeePMD-kit's and safetensors.

Run with an installed DeePMD-kit and safetensors::

    python benchmarks/modelfile.py [FOLDER ...]

Every folder (by default a tmpfs, where there is one, and the one for temporary files) is measured
in turn, each section in a process of its own. The other two write in place and do not wait for the
disk; we write a second file, flush it and rename it. "deepmd-kit, flushed" is what DeePMD-kit takes
until its file is as safe. "save" makes a new file, "replace" overwrites one; on a virtual machine
that gives unused memory back to its host, replacing large files on a tmpfs shows what it takes to
get the memory again.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

import numpy as np
from timing import Timings, command_environment, format_seconds, print_table, time_functions

import dp_multitask

LEVEL_0 = {"shared_type": "descriptor", "shared_level": 0}


def layers(make: Callable[[], np.ndarray[Any, Any]], count: int) -> list[dict[str, Any]]:
    """Give native layers with `count` arrays among them."""
    plain = {
        "@class": "Layer", "@version": 2, "bias": True, "use_timestep": False,
        "activation_function": "tanh", "resnet": True, "precision": "float64", "trainable": True,
    }  # fmt: skip
    return [
        plain | {"@variables": {"w": make(), "b": make(), "idt": None}} for _ in range(count // 2)
    ]


def payload(descriptor: list[Any], fitting: list[Any]) -> dict[str, Any]:
    """Give a single model of the given layers."""
    return {
        "model": {
            "@class": "Model",
            "type": "standard",
            "descriptor": {"type": "se_e2_a", "layers": descriptor},
            "fitting": {"type": "ener", "layers": fitting},
        },
        "model_def_script": {},
        "@variables": {},
    }


def flush(path: Path) -> None:
    """Wait until a file is on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def save_and_load(folder: Path, title: str, tree: dict[str, Any]) -> None:
    """Compare with DeePMD-kit and safetensors."""
    from deepmd.dpmodel.utils.serialization import load_dp_model, save_dp_model
    from safetensors.numpy import load_file, save_file

    flat = {
        f"{number}.{key}": layer["@variables"][key]
        for number, layer in enumerate(tree["model"]["descriptor"]["layers"])
        for key in "wb"
    }

    def save_and_flush() -> None:
        save_dp_model(str(theirs), tree)
        flush(theirs)

    ours, theirs, third = folder / "ours.dp", folder / "theirs.dp", folder / "m.safetensors"
    saves: dict[str, Callable[[], object]] = {
        "ours": lambda: dp_multitask.save_model(ours, tree),
        "deepmd-kit": lambda: save_dp_model(str(theirs), tree),
        "deepmd-kit, flushed": save_and_flush,
        "safetensors": lambda: save_file(flat, third),
    }
    files = (ours, theirs, third)
    saving = time_functions(
        saves, clean_up=lambda: [path.unlink(missing_ok=True) for path in files]
    )
    replacing = time_functions(saves)  # the warm-up makes the files
    loading = time_functions(
        {
            "ours": lambda: dp_multitask.load_model(ours),
            "ours, mapped": lambda: dp_multitask.load_model(ours, verify=False),
            "deepmd-kit": lambda: load_dp_model(str(theirs)),
            "safetensors": lambda: load_file(third),
        }
    )
    rows = [_row("save", name, saving, "deepmd-kit") for name in saving.seconds]
    rows += [_row("replace", name, replacing, "deepmd-kit") for name in replacing.seconds]
    rows += [_row("load", name, loading, "deepmd-kit") for name in loading.seconds]
    print_table(f"{folder}: {title}", ["", "", "median", "times faster than deepmd-kit"], rows)


def _row(verb: str, name: str, timings: Timings, rival: str) -> list[str]:
    ratio = timings.ratio(rival, name)
    return [verb, name, format_seconds(timings.median(name)), f"{ratio:.2f}"]


def one_branch_of_many(folder: Path) -> None:
    """Open one branch of a thousand, and of one."""
    rng = np.random.default_rng(1)
    one = payload(layers(lambda: rng.standard_normal((8, 8)), 60), [])
    files = {}
    for count in (1, 1000):
        files[count] = folder / f"{count}.dp"
        branches = {f"branch_{number}": one for number in range(count)}
        dp_multitask.merge_branches(branches, files[count], shared_links={})

    def opening(count: int) -> Callable[[], object]:
        return lambda: dp_multitask.load_model(files[count], f"branch_{count // 2}")

    timings = time_functions({"one of 1": opening(1), "one of 1000": opening(1000)}, rounds=15)
    rows = [
        [name, format_seconds(timings.median(name)), f"{timings.ratio(name, 'one of 1'):.2f}"]
        for name in timings.seconds
    ]
    print_table(f"{folder}: loading one branch", ["", "median", "times one of 1"], rows)


def split(folder: Path) -> None:
    """Split a branch of 500 MB off, beside copying that many bytes with and without a flush."""
    rng = np.random.default_rng(2)
    big = payload(layers(lambda: rng.standard_normal((2048, 1024)), 30), [])
    source, target, copy = folder / "two.dp", folder / "split.dp", folder / "copy.dp"
    small = payload(layers(lambda: np.ones((8, 8)), 4), [])
    dp_multitask.merge_branches({"big": big, "small": small}, source, shared_links={})
    del big

    def flushed_copy() -> None:
        shutil.copyfile(source, copy)
        flush(copy)

    timings = time_functions(
        {
            "split": lambda: dp_multitask.split_branch(source, "big", target),
            "copy": lambda: shutil.copyfile(source, copy),
            "copy and flush": flushed_copy,
        },
        rounds=5,
    )
    rows = [
        [name, format_seconds(timings.median(name)), f"{timings.ratio(name, 'copy'):.2f}"]
        for name in timings.seconds
    ]
    print_table(f"{folder}: a branch of 500 MB", ["", "median", "times a copy"], rows)
    peaks = [
        ["split", *_peak(f"d.split_branch({str(source)!r}, 'big', {str(target)!r})", "")],
        ["save", *_peak(f"d.save_model({str(target)!r}, tree)", _BIG_TREE)],
    ]
    print_table(
        f"{folder}: peak memory beyond what was there before (largest variable: 16 MiB)",
        ["", "MiB"],
        peaks,
    )


_BIG_TREE = """
tree = {"model": {"@variables": {str(i): np.ones((2048, 1024)) for i in range(30)}}}
"""
_PEAK = """
import resource, sys
import h5py, numpy as np
import dp_multitask as d
d.save_model, d.split_branch
{prepare}
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak()
{run}
print((peak() - before) / 1024)
"""


def _peak(run: str, prepare: str) -> list[str]:
    code = _PEAK.format(run=run, prepare=prepare)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=command_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return [f"{float(done.stdout):.1f}"]


def shared_size(folder: Path) -> None:
    """Weigh 31 branches that share a descriptor of 5 million parameters."""
    rng = np.random.default_rng(3)
    descriptor = layers(lambda: rng.standard_normal((160, 160)), 200)
    branches = {
        f"MPtraj_v026_{number:02}-mix-Utype": payload(
            descriptor, layers(lambda: rng.standard_normal((240, 240)), 4)
        )
        for number in range(31)
    }
    links = [{"model_key": name, **LEVEL_0} for name in branches]
    target = folder / "31.dp"
    shared = {"my_descriptor": {"type": "DescrptSeA", "links": links}}
    dp_multitask.merge_branches(branches, target, shared_links=shared)
    distinct = 200 * 160 * 160 * 8 + 31 * 4 * 240 * 240 * 8
    size = target.stat().st_size
    rows = [
        ["distinct variables", f"{distinct / 1e6:.1f} MB", ""],
        ["file", f"{size / 1e6:.1f} MB", f"{100 * (size / distinct - 1):+.1f} %"],
    ]
    print_table(f"{folder}: 31 branches, 5.1 million shared parameters", ["", "size", ""], rows)


def small_arrays(folder: Path) -> None:
    """Save and load thousands of small arrays."""
    rng = np.random.default_rng(0)
    tree = payload(layers(lambda: rng.standard_normal((240, 1)), 2000), [])
    save_and_load(folder, "2,000 arrays of 240 numbers", tree)


def large_arrays(folder: Path) -> None:
    """Save and load a few large arrays."""
    rng = np.random.default_rng(0)
    tree = payload(layers(lambda: rng.standard_normal((2048, 1024)), 40), [])
    save_and_load(folder, "40 arrays of 16 MiB", tree)


SECTIONS = {
    each.__name__: each
    for each in (small_arrays, large_arrays, one_branch_of_many, split, shared_size)
}


def main(arguments: list[str]) -> int:
    """Measure every folder, or one section in one folder."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if len(arguments) == 2 and arguments[0] in SECTIONS:
        with tempfile.TemporaryDirectory(dir=arguments[1]) as made:
            SECTIONS[arguments[0]](Path(made))
        return 0
    tmpfs = [name for name in ("/dev/shm",) if Path(name).is_dir()]
    for folder in arguments or [*tmpfs, tempfile.gettempdir()]:
        for section in SECTIONS:
            subprocess.run([sys.executable, __file__, section, folder], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
