# SPDX-License-Identifier: LGPL-3.0-or-later
"""How long checking takes, beside an installed DeePMD-kit's own argument check.

Run with a Python that has deepmd-kit 3.2: ``python benchmarks/check.py``. The reference gets its
input already expanded in the first table. In the second, whole processes are compared: the
PyTorch backend's own way to the check (its ``dp train`` does the same and more), and the fastest
way there is, which expands with the backend-neutral function and imports no backend at all.

A third table has ``check --paths`` of 6,000 systems beside ``find`` and ``cat``, which walk over
the same folders and read the same files.

``python benchmarks/check.py --against FOLDER`` compares the whole command with that of another
source tree, such as the ``src`` of an earlier checkout, in CPU time; it needs no deepmd-kit.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import warnings
from copy import deepcopy
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

import numpy as np
from timing import (
    SOURCE_FOLDER,
    children_seconds,
    format_seconds,
    print_table,
    python,
    time_commands,
    time_functions,
)

from dp_multitask.checks.check import check
from dp_multitask.config.resolve import preprocess_shared_params

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "tests" / "data" / "inputs" / "water_sharefit.json"
SINGLE = {
    "model": {
        "type_map": ["O", "H"],
        "descriptor": {"type": "se_e2_a", "rcut": 4.0, "sel": [3, 6]},
        "fitting_net": {},
    },
    "learning_rate": {"start_lr": 1e-3, "stop_lr": 1e-8},
    "loss": {},
    "training": {"numb_steps": 2, "training_data": {"systems": "data"}},
}

REFERENCE = """
import json, sys, warnings
warnings.simplefilter("ignore")
from deepmd.utils.argcheck import normalize
{importing}
config = json.load(open(sys.argv[1]))
config["model"], _ = preprocess_shared_params(config["model"]{arguments})
normalize(config, multi_task=True)
"""
PYTORCH = REFERENCE.format(
    importing="from deepmd.pt.utils.multi_task import preprocess_shared_params", arguments=""
)
NEUTRAL = REFERENCE.format(
    importing="from deepmd.dpmodel.utils.multi_task import preprocess_shared_params",
    arguments=", lambda kind, params: kind, cascade_defaults=True",
)


def many_branches(count: int) -> dict[str, Any]:
    """Give the sample input with `count` branches."""
    config = json.loads(SAMPLE.read_text(encoding="utf-8"))
    names = [f"MPtraj_v026_{index:02}-mix-Utype" for index in range(count)]
    sections = (config["model"], "model_dict"), (config, "loss_dict")
    sections += (config["training"], "data_dict"), (config["training"], "model_prob")
    for holder, key in sections:
        one = holder[key]["water_2"]
        holder[key] = {name: deepcopy(one) for name in names}
    config["model"]["shared_dict"]["shared_fit_with_id"]["dim_case_embd"] = count
    return config


def many_systems(folder: Path, count: int) -> Path:
    """Write `count` small systems, and an input that trains on all of them; give its path."""
    arrays = {"coord": 18, "box": 9, "energy": 1, "force": 18}
    for number in range(count):
        frames = folder / "data" / f"{number:06}" / "set.000"
        frames.mkdir(parents=True)
        for name, width in arrays.items():
            np.save(frames / f"{name}.npy", np.ones((1, width)))
        (frames.parent / "type.raw").write_text("0\n0\n1\n0\n1\n1\n", encoding="utf-8")
        (frames.parent / "type_map.raw").write_text("O\nH\n", encoding="utf-8")
    file = folder / "input.json"
    file.write_text(json.dumps(SINGLE), encoding="utf-8")
    return file


def compare_with_find(count: int) -> None:
    """Measure and print looking at the data of an input beside what the system's programs do."""
    with tempfile.TemporaryDirectory() as place:
        file = many_systems(Path(place), count)
        read = ["find", place, "-name", "type*.raw", "-exec", "cat", "{}", "+"]
        check_paths = python("-m", "dp_multitask", "check", "--paths", str(file))
        timings = time_commands({"check --paths": check_paths, "find and cat": read})
    rows = [[name, format_seconds(timings.median(name))] for name in timings.seconds]
    print_table(f"{count:,} systems, whole process", ["", "median"], rows)
    ratio = timings.ratio("check --paths", "find and cat")
    print(f"check --paths takes {ratio:.1f} times as long")


def compare_with(folder: str) -> None:
    """Measure and print the whole command beside that of another source tree."""
    run = "import sys; sys.path.insert(0, {!r}); from dp_multitask.cli.main import main; main()"
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "input.json"
        file.write_text(json.dumps(many_branches(31), indent=2), encoding="utf-8")
        timings = time_commands(
            {
                name: python("-c", run.format(str(source)), "check", str(file))
                for name, source in (("check", SOURCE_FOLDER), (folder, folder))
            },
            rounds=15,
            clock=children_seconds,
        )
    _print("31 branches, whole process, CPU time", timings)
    print(f"this tree takes {timings.ratio('check', folder):.2f} times as long as {folder}")


def main() -> int:
    """Measure and print the tables, or the comparison that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", metavar="FOLDER", help="the src of another checkout")
    other = parser.parse_args().against
    if other is not None:
        compare_with(other)
        return 0
    warnings.simplefilter("ignore")
    from deepmd.utils.argcheck import normalize

    config = many_branches(300)
    expanded = deepcopy(config)
    expanded["model"], _ = preprocess_shared_params(config["model"])
    if check(config):
        print("the benchmark's input has findings", file=sys.stderr)
        return 1
    in_process = time_functions(
        {
            "check": lambda: check(config),
            "deepmd-kit": lambda: normalize(expanded, multi_task=True),
        }
    )
    _print("300 branches, in process", in_process)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "input.json"
        file.write_text(json.dumps(many_branches(31), indent=2), encoding="utf-8")
        commands = time_commands(
            {
                "check": python("-m", "dp_multitask", "check", str(file)),
                "deepmd-kit, PyTorch": python("-c", PYTORCH, str(file)),
                "deepmd-kit, no backend": python("-c", NEUTRAL, str(file)),
            }
        )
    _print("31 branches, whole process", commands)
    compare_with_find(6000)
    return 0


def _print(title: str, timings: Any) -> None:
    rows = [
        [name, format_seconds(timings.median(name)), f"{timings.ratio(name, 'check'):.1f}"]
        for name in timings.seconds
    ]
    print_table(title, ["", "median", "times check"], rows)


if __name__ == "__main__":
    sys.exit(main())
