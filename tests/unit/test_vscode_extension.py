# SPDX-License-Identifier: LGPL-3.0-or-later
"""The VS Code extension agrees with itself and with the server's options."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "editors/vscode"


def test_settings_that_the_code_reads_are_declared():
    manifest = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))
    code = (FOLDER / manifest["main"]).read_text(encoding="utf-8")
    declared = manifest["contributes"]["configuration"]["properties"]
    read = {f"dp-multitask.{name}" for name in re.findall(r'settings\.get\("(\w+)"\)', code)}
    assert read == set(declared)
    for command in manifest["contributes"]["commands"]:
        assert f'"{command["command"]}"' in code


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
def test_the_code_is_valid():
    done = subprocess.run(
        ["node", "--check", str(FOLDER / "extension.js")], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
