# SPDX-License-Identifier: LGPL-3.0-or-later
"""The commands of ``docs/check.md`` print what the page shows."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "check.md").read_text(encoding="utf-8")
BLOCKS = [
    (command, shown)
    for command, shown in re.findall(
        r"^```console\n\$ dp-multitask ([^\n]*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE
    )
    if shown
]


def test_the_page_shows_fixes_and_a_trained_model():
    commands = " ".join(command for command, _ in BLOCKS)
    assert "--fix --diff" in commands
    assert "--finetune" in commands


def test_the_page_from_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shutil.copy(ROOT / "examples" / "mend" / "input.yaml", tmp_path / "input.yaml")
    shutil.copy(ROOT / "examples" / "finetune" / "input.json", tmp_path / "finetune.json")
    shutil.copytree(ROOT / "examples" / "water", tmp_path / "examples" / "water")
    monkeypatch.setenv("PYTHONPATH", ":".join(sys.path))

    def run(command: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "dp_multitask", *command.split()],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return done.stdout.decode()

    (made,) = re.findall(r"`dp-multitask (init [^`]*)`", PAGE)
    assert run(made) == ""
    for command, shown in BLOCKS:
        assert run(command) == shown, command
