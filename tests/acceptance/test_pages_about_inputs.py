# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the pages about writing inputs show is what happens."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ["compose", "diff", "explain", "finetune", "upgrade"]
BLOCK = re.compile(r"(?:<!-- file: (\S+) -->\n)?^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def environment(tmp_path):
    program = tmp_path / "bin" / "dp-multitask"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dp_multitask "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    return os.environ | {"PATH": path, "PYTHONPATH": os.pathsep.join(sys.path)}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_from_top_to_bottom(page, tmp_path, environment):
    folder = tmp_path / "work"
    folder.mkdir()
    for name, language, block in BLOCK.findall((DOCS / f"{page}.md").read_text()):
        if name:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(block)
        elif language == "python":
            run([sys.executable, "-c", block], folder, environment)
        elif language == "console":
            for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
                printed = run(["sh", "-c", command], folder, environment)
                assert_shown(shown, printed, command)


def run(command, folder, environment):
    result = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    assert "Traceback" not in result.stdout
    return result.stdout


def assert_shown(shown, printed, command):
    """Compare line by line; three dots stand for the rest of a line, or for any lines."""
    lines = [
        r"(?:.*\n)*" if line == "..." else ".*".join(map(re.escape, line.split("..."))) + r"\n"
        for line in shown.splitlines()
    ]
    assert re.fullmatch("".join(lines), printed), f"$ {command}\n{printed}"
