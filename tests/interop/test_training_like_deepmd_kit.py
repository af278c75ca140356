# SPDX-License-Identifier: LGPL-3.0-or-later
"""DeePMD-kit trains the same with our resolver in place of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.interop

pytest.importorskip("deepmd", reason="needs DeePMD-kit, which trains")
pytest.importorskip("torch", reason="needs PyTorch, with which DeePMD-kit trains")

TRAIN = """
import sys
from deepmd.pt.entrypoints import main as entry_points
from deepmd.pt.utils.multi_task import get_class_name
from dp_multitask import preprocess_shared_params

calls = []

def ours(model_config):
    calls.append(model_config)
    return preprocess_shared_params(model_config, class_of=get_class_name)

if sys.argv[1] == "ours":
    entry_points.preprocess_shared_params = ours
entry_points.train("input.json", None, None, None, None, "", skip_neighbor_stat=True)
print("resolved by us:", len(calls))
"""

FRAMES, ATOMS = 4, 6


def write_system(folder: Path, seed: int) -> None:
    """Write a system in DeePMD-kit's npy format: random atoms in a box, random labels."""
    rng = np.random.default_rng(seed)
    (folder / "set.000").mkdir(parents=True)
    arrays = {
        "coord": rng.uniform(0, 6, (FRAMES, ATOMS * 3)),
        "box": np.tile(np.diag([6.0, 6.0, 6.0]).ravel(), (FRAMES, 1)),
        "energy": rng.normal(-10, 1, (FRAMES, 1)),
        "force": rng.normal(0, 1, (FRAMES, ATOMS * 3)),
    }
    for name, array in arrays.items():
        np.save(folder / "set.000" / f"{name}.npy", array)
    (folder / "type.raw").write_text("\n".join("001011") + "\n")
    (folder / "type_map.raw").write_text("O\nH\n")


def training_input() -> dict:
    loss = {"type": "ener", "start_pref_e": 1, "limit_pref_e": 1, "start_pref_f": 10}
    fitting = {"neuron": [6, 6], "dim_case_embd": 3, "seed": 3}
    return {
        "model": {
            "shared_dict": {
                "elements": ["O", "H"],
                "des": {
                    "type": "dpa1", "rcut": 4.0, "rcut_smth": 0.5, "sel": 20, "tebd_dim": 4,
                    "neuron": [4, 8], "axis_neuron": 2, "attn_layer": 0, "seed": 1,
                },
                "fit": {"neuron": [8, 8], "dim_case_embd": 3, "seed": 2},
            },
            "model_dict": {
                "partly": {"type_map": "elements", "descriptor": "des:1", "fitting_net": fitting},
                "wet": {"type_map": "elements", "descriptor": "des", "fitting_net": "fit"},
                "dry": {"type_map": "elements", "descriptor": "des", "fitting_net": "fit"},
            },
            "data_stat_nbatch": 2,
        },
        "learning_rate": {"type": "exp", "start_lr": 0.01, "stop_lr": 0.001, "decay_steps": 2},
        "loss_dict": dict.fromkeys(("partly", "wet", "dry"), loss),
        "training": {
            "model_prob": {"partly": 0.4, "wet": 0.3, "dry": 0.3},
            "data_dict": {
                name: {"training_data": {"systems": [f"../{name}"], "batch_size": 1}}
                for name in ("partly", "wet", "dry")
            },
            "numb_steps": 6, "disp_freq": 1, "save_freq": 100, "seed": 10,
        },
    }  # fmt: skip


def learning_curve(folder: Path, resolver: str) -> bytes:
    """Train in a process of its own and give ``lcurve.out``."""
    folder.mkdir()
    (folder / "input.json").write_text(json.dumps(training_input()))
    done = subprocess.run(
        [sys.executable, "-c", TRAIN, resolver],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
    assert f"resolved by us: {int(resolver == 'ours')}" in done.stdout
    return (folder / "lcurve.out").read_bytes()


def test_the_same_learning_curve_byte_for_byte(tmp_path):
    for seed, name in enumerate(("partly", "wet", "dry")):
        write_system(tmp_path / name, seed)
    theirs = learning_curve(tmp_path / "with_theirs", "theirs")
    assert len(theirs.splitlines()) > 6
    assert learning_curve(tmp_path / "with_ours", "ours") == theirs
