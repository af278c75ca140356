# SPDX-License-Identifier: LGPL-3.0-or-later
"""The commands of ``docs/check.md`` print what the page shows."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from pages import ROOT, blocks, run_command_line

PAGE = (ROOT / "docs" / "check.md").read_text(encoding="utf-8")
BLOCKS = [
    (command, shown)
    for block in blocks(ROOT / "docs" / "check.md")
    for command, shown in block.commands()
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
    monkeypatch.chdir(tmp_path)
    (made,) = re.findall(r"`(dp-multitask init [^`]*)`", PAGE)
    assert run_command_line(made, tmp_path) == (0, "")
    for command, shown in BLOCKS:
        assert run_command_line(command, tmp_path)[1] == shown, command
