# SPDX-License-Identifier: LGPL-3.0-or-later
"""The commands of docs/one-branch.md do what the page says, with a real DeePMD-kit."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("deepmd", reason="the page's steps 1 and 4 need an installed DeePMD-kit")
pytest.importorskip("torch", reason="the page's checkpoint is PyTorch's")

pytestmark = pytest.mark.interop

PAGE = Path(__file__).parents[2] / "docs" / "one-branch.md"
WATER = Path(__file__).parents[1] / "data" / "models" / "water_se_e2_a"
PROGRAMS = {
    "dp-multitask": "-m dp_multitask",
    "dp": "-W ignore -c 'from deepmd.main import main; main()'",
    "python": "-W ignore",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the page starts from: a checkpoint, its input, a test system, the programs."""
    folder = tmp_path_factory.mktemp("page")
    for name in ("model.ckpt.pt", "input.json"):
        shutil.copy(WATER / name, folder)
    expected = np.load(WATER / "expected.npz")
    (folder / "data" / "set.000").mkdir(parents=True)
    np.savetxt(folder / "data" / "type.raw", expected["atype"], fmt="%d")
    (folder / "data" / "type_map.raw").write_text("O\nH\nB\n")
    for name, values in [
        ("coord", expected["coord"]),
        ("box", expected["box"]),
        ("energy", expected["energy_model_2"]),
        ("force", expected["force_model_2"].reshape(1, -1)),
    ]:
        np.save(folder / "data" / "set.000" / f"{name}.npy", values)
    (folder / "bin").mkdir()
    for name, arguments in PROGRAMS.items():
        program = folder / "bin" / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
        program.chmod(0o755)
    return folder


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)


def test_the_page_from_top_to_bottom(folder: Path) -> None:
    text = PAGE.read_text()
    (script,) = re.findall(r"<!-- save as compare.py -->\n```python\n(.*?)^```$", text, re.S | re.M)
    (folder / "compare.py").write_text(script)
    environment = os.environ | {
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    printed = []
    for block in blocks("sh"):
        ran = subprocess.run(
            ["sh", "-e", "-c", block],
            cwd=folder,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=500,
        )
        assert ran.returncode == 0, (block, ran.stderr)
        printed.append(ran.stdout)
    written = {"model.dp", "model_2.dp", "model_2.pth", "model_2.json"}
    assert written <= {file.name for file in folder.iterdir()}

    shown = next(block for block in blocks("text") if "parameters" in block)
    assert any(_without_version(shown) == _without_version(each) for each in printed)
    compared = next(block for block in blocks("text") if "model_2.pth" in block)
    assert [line.split()[0] for line in compared.splitlines()] == [
        line.split()[0] for line in printed[-2].splitlines()
    ]
    for promised, found in zip(compared.splitlines(), printed[-2].splitlines(), strict=True):
        numbers = [float(line.split()[1]) for line in (promised, found)]
        assert numbers[0] == pytest.approx(numbers[1], abs=1e-6)


def _without_version(text: str) -> str:
    return re.sub(r"(?<=written by dp-multitask ).*", "X", text)
