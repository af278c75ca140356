# SPDX-License-Identifier: LGPL-3.0-or-later
"""``pack`` and ``unpack`` as far as they go without a DeePMD-kit."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from dp_multitask import save_model, verify_model

WATER = Path(__file__).parents[1] / "data" / "models" / "water_se_e2_a" / "model.ckpt.pt"


@pytest.fixture
def without(tmp_path: Path):
    """Make an environment in which a package is not installed."""

    def hide(package: str) -> dict[str, str]:
        code = f"raise ModuleNotFoundError('hidden by a test', name={package!r})"
        folder = tmp_path / "hidden"
        folder.mkdir(exist_ok=True)
        (folder / f"{package}.py").write_text(code)
        sources = Path(__file__).parents[2] / "src"
        return {"PYTHONPATH": f"{folder}{os.pathsep}{sources}"}

    return hide


def model_file(folder: Path) -> Path:
    tree = {"model": {"@variables": {"w": np.ones(2)}}, "model_def_script": {}, "@variables": {}}
    save_model(folder / "model.dp", tree)
    return folder / "model.dp"


def test_what_to_install_is_said(run_command, without, tmp_path) -> None:
    (tmp_path / "model.ckpt.pth").write_bytes(b"")
    done = run_command("pack", "model.ckpt.pth", "-o", "out.dp", **without("deepmd"))
    assert done.returncode == 2
    assert "DeePMD-kit is not" in done.stderr.decode()
    assert "pip install 'dp-multitask[deepmd-kit]' torch" in done.stderr.decode()
    assert not (tmp_path / "out.dp").exists()


def test_what_is_not_installed_is_not_blamed_on_the_input(run_command, without, tmp_path) -> None:
    (tmp_path / "model.ckpt.pth").write_bytes(b"")
    (tmp_path / "input.json").write_text('{"model": {}}')
    arguments = ("pack", "model.ckpt.pth", "--config", "input.json", "-o", "out.dp")
    done = run_command(*arguments, **without("deepmd"))
    assert done.returncode == 2
    assert done.stderr.decode().startswith("error: this command works through")


def test_a_checkpoint_needs_nothing_installed(run_command, without, tmp_path) -> None:
    shutil.copy(WATER, tmp_path / "model.ckpt.pt")
    hidden = {**without("torch"), **without("deepmd")}
    done = run_command("pack", "model.ckpt.pt", "-o", "out.dp", **hidden)
    assert done.returncode == 0, done.stderr
    assert "note: model.ckpt.pt: the optimizer's state is left out" in done.stderr.decode()
    assert verify_model(tmp_path / "out.dp") == []


def test_unpack_says_it_too(run_command, without, tmp_path) -> None:
    model_file(tmp_path)
    done = run_command("unpack", "model.dp", "-o", "out.pt", **without("torch"))
    assert done.returncode == 2
    assert "PyTorch is not installed" in done.stderr.decode()
    assert not (tmp_path / "out.pt").exists()


def test_a_suffix_that_is_no_checkpoints(run_command, tmp_path) -> None:
    model_file(tmp_path)
    done = run_command("unpack", "model.dp", "-o", "out.pth")
    assert done.returncode == 2
    assert "a checkpoint's suffix is .pt or .jax, found '.pth'" in done.stderr.decode()
    assert "dp convert-backend" in done.stderr.decode()


def test_a_training_input_is_no_checkpoint(run_command, tmp_path) -> None:
    (tmp_path / "input.json").write_text('{"model": {}}')
    done = run_command("pack", "input.json", "-o", "out.dp")
    assert done.returncode == 2
    assert "input.json: is a training input, expected a trained model" in done.stderr.decode()


def test_a_missing_checkpoint(run_command) -> None:
    done = run_command("pack", "nowhere.pt", "-o", "out.dp")
    assert done.returncode == 2
    assert done.stderr.decode() == "error: nowhere.pt: cannot be read: no such file\n"


def test_the_checkpoint_is_not_replaced(run_command, tmp_path) -> None:
    (tmp_path / "model.dp").write_bytes(b"keep me")
    done = run_command("pack", "model.dp", "-o", "model.dp")
    assert done.returncode == 2
    assert (tmp_path / "model.dp").read_bytes() == b"keep me"
