# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every command of the page "A multitask model's whole life" does what the page says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import multitask_training as mt
from dp_multitask import load_model
from dp_multitask.modelfile.tree import iter_variables

pytestmark = pytest.mark.interop

pytest.importorskip("deepmd", reason="needs DeePMD-kit, whose commands the page runs")
pytest.importorskip("torch", reason="needs PyTorch, whose checkpoints are packed")
pytest.importorskip("jax", reason="needs JAX, to which the page converts")
pytest.importorskip("ase", reason="needs ASE, which the page uses")

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "whole-life.md").read_text()
PROGRAMS = {"dp": [sys.executable, "-m", "deepmd"], "dp-multitask": ["-m", "dp_multitask"]}
PROGRAMS["dp-multitask"].insert(0, sys.executable)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def printed(command: str) -> str:
    """Give what the page says that a command prints."""
    pattern = rf"<!-- output: {re.escape(command)} -->\n```text\n(.*?)^```"
    found = re.search(pattern, PAGE, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def test_every_command_of_the_page_runs(tmp_path: Path) -> None:
    config = mt.shared_descriptor_input(tmp_path, "se_e2_a")
    (tmp_path / "input.json").write_text(json.dumps(config))
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]),
        "OMP_NUM_THREADS": "1",
    }

    def run(command: list[str]) -> str:
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout

    first, *rest = blocks("sh")  # what the page begins with needs the checkpoint of its training
    training = next(i for i, block in enumerate(rest) if "dp --pt train input.json\n" in block)
    ordered = [*rest[: training + 1], first, *rest[training + 1 :]]
    commands = [line for block in ordered for line in block.splitlines()]
    assert len(commands) == 16
    made = {"ice.dp"}  # made twice, from the checkpoint and from the model file
    for line in commands:
        program, *arguments = line.split()
        if "--restart" in arguments:
            config["training"]["numb_steps"] += 2
            (tmp_path / "input.json").write_text(json.dumps(config))
        if "-o" in arguments and (target := arguments[-1]) in made and (tmp_path / target).exists():
            (tmp_path / target).unlink()
        output = run([*PROGRAMS[program], *arguments])
        assert printed(line) in ("", output)
    assert len(mt.losses(tmp_path)) > config["training"]["numb_steps"] - 2
    old, new = (
        dict(iter_variables(load_model(tmp_path / f"{name}.dp")["model"]))
        for name in ("model", "again")
    )
    assert list(old) == list(new)
    for path, array in old.items():
        np.testing.assert_array_equal(array, new[path], strict=True)

    (use_in_ase,) = blocks("python")
    energy = float(run([sys.executable, "-c", use_in_ase]).split()[0])
    assert np.isfinite(energy)
