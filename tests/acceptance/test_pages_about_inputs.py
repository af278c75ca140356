# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the pages about writing inputs show is what happens."""

from __future__ import annotations

import pytest

from pages import ROOT, assert_shown, blocks, printed, run_command_line

PAGES = ["compose", "diff", "explain", "finetune", "upgrade"]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_from_top_to_bottom(page, tmp_path, monkeypatch):
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for block in blocks(ROOT / "docs" / f"{page}.md"):
        if block.mark.startswith("file: "):
            target = folder / block.mark.removeprefix("file: ")
            target.parent.mkdir(exist_ok=True)
            target.write_text(block.text)
        elif block.language == "python":
            with printed():
                exec(compile(block.text, f"{page}.md", "exec"), {"__name__": "__main__"})
        for command, shown in block.commands():
            _, found = run_command_line(command, folder)
            assert "Traceback" not in found
            assert_shown(shown, found, command)
