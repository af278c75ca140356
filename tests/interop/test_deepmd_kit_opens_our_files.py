# SPDX-License-Identifier: LGPL-3.0-or-later
"""DeePMD-kit's own commands and classes on a multitask model file, through the entry point."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from dp_multitask import load_model, save_model, split_branch

pytestmark = [
    pytest.mark.interop,
    # DeePMD-kit and PyTorch warn of things that are none of ours
    pytest.mark.filterwarnings("ignore"),
]

pytest.importorskip("deepmd", reason="needs DeePMD-kit, which opens the files")
pytest.importorskip("torch", reason="needs PyTorch, which evaluates")

WATER = Path(__file__).parents[1] / "data" / "models" / "water_se_e2_a"
SOURCES = Path(__file__).parents[2] / "src"
POINT = "[deepmd.backend]\ndp_multitask = dp_multitask.deepmd_kit.backend\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a multitask file, a single one, and the entry point as installed."""
    folder = tmp_path_factory.mktemp("opens")
    tree = load_model(WATER / "model.ckpt.pt")
    tree["model_def_script"]["model_dict"]["model_2"]["model_branch_alias"] = ["ice"]
    save_model(folder / "all.dp", tree)
    split_branch(folder / "all.dp", "model_1", folder / "one.dp")
    info = folder / "site" / "dp_multitask_entry-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: dp-multitask-entry\nVersion: 1\n")
    (info / "entry_points.txt").write_text(POINT)
    return folder


def run(folder: Path, code: str) -> str:
    """Run code in a process that has the entry point."""
    paths = [str(folder / "site"), str(SOURCES), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stderr + done.stdout


def dp(folder: Path, *arguments: str) -> str:
    return run(folder, f"from deepmd.main import main\nmain({list(arguments)!r})")


EVALUATE = """
import numpy as np
from deepmd.infer import DeepPot
given = np.load({expected!r})
for head in ("model_1", "model_2"):
    for name, file in (("ours", "all.dp"), ("theirs", {checkpoint!r})):
        found = DeepPot(file, head=head).eval(given["coord"], given["box"], given["atype"])
        np.savez(f"{{name}}_{{head}}.npz", energy=found[0], force=found[1], virial=found[2])
"""


def test_a_head_has_the_checkpoints_energies_forces_and_virials(folder: Path) -> None:
    files = {"expected": str(WATER / "expected.npz"), "checkpoint": str(WATER / "model.ckpt.pt")}
    run(folder, EVALUATE.format(**files))
    for head in ("model_1", "model_2"):
        ours, theirs = (np.load(folder / f"{name}_{head}.npz") for name in ("ours", "theirs"))
        for part in ("energy", "force", "virial"):
            # what PyTorch compiles first may add up in another order
            np.testing.assert_allclose(ours[part], theirs[part], rtol=0, atol=1e-14)


@pytest.mark.skipif(find_spec("ase") is None, reason="needs ASE")
def test_ase_takes_a_head_by_its_alias(folder: Path) -> None:
    code = """
from ase import Atoms
from deepmd.calculator import DP
water = Atoms("OH2", [[0, 0, 0], [1, 0, 0], [0, 1, 0]], cell=[20] * 3, pbc=True)
water.calc = DP(model="all.dp", head="ice")
print(water.get_potential_energy(), abs(water.get_forces()).max(), water.get_stress().shape)
"""
    energy, force, *shape = run(folder, code).splitlines()[-1].split()
    assert np.isfinite([float(energy), float(force)]).all()
    assert float(force) > 0
    assert shape == ["(6,)"]


def test_show_lists_the_branches(folder: Path) -> None:
    said = dp(folder, "show", "all.dp", "model-branch", "type-map")
    assert "Available model branches are ['model_1', 'model_2', 'RANDOM']" in said
    assert "The type_map of branch model_2 is ['O', 'H', 'B']" in said


def test_a_missing_or_unknown_head_lists_the_branches(folder: Path) -> None:
    code = """
from deepmd.infer import DeepPot
for head in (None, "gas"):
    try:
        DeepPot("all.dp", head=head)
    except KeyError as err:
        print(err)
"""
    lines = run(folder, code).splitlines()
    assert sum("its branches: model_1, model_2" in line for line in lines) == 2


def test_convert_backend_takes_a_multitask_file(folder: Path) -> None:
    dp(folder, "convert-backend", "all.dp", "again.yaml")
    again = load_model(folder / "again.yaml")
    assert list(again["model"]["model_dict"]) == ["model_1", "model_2"]


def test_test_takes_a_head(folder: Path) -> None:
    given = np.load(WATER / "expected.npz")
    system = folder / "system"
    shutil.rmtree(system, ignore_errors=True)
    (system / "set.000").mkdir(parents=True)
    atoms = given["atype"].reshape(-1)
    frames = given["coord"].reshape(-1, 3 * len(atoms)).shape[0]
    np.savetxt(system / "type.raw", atoms, fmt="%d")
    (system / "type_map.raw").write_text("O\nH\nB\n")
    np.save(system / "set.000" / "coord.npy", given["coord"].reshape(frames, -1))
    np.save(system / "set.000" / "box.npy", given["box"].reshape(frames, 9))
    np.save(system / "set.000" / "energy.npy", given["energy_model_1"].reshape(frames))
    np.save(system / "set.000" / "force.npy", given["force_model_1"].reshape(frames, -1))
    said = dp(folder, "test", "-m", "all.dp", "--head", "model_1", "-s", "system", "-n", "1")
    line = next(each for each in said.splitlines() if "Force  RMSE" in each)
    assert float(line.split(":")[-1].split()[0]) < 1e-12


def test_single_models_stay_with_deepmd_kit(folder: Path) -> None:
    code = """
from deepmd.backend.backend import Backend
for name in ("one.dp", "all.dp", "new.dp"):
    print(Backend.detect_backend_by_model(name).__name__)
"""
    assert run(folder, code).split() == ["DPModelBackend", "MultitaskBackend", "DPModelBackend"]
