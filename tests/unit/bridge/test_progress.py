# SPDX-License-Identifier: LGPL-3.0-or-later
"""Progress of long commands: on a terminal, and nowhere else."""

from __future__ import annotations

import sys

import pytest

from dp_multitask.cli.terminal import branch_progress


def test_none_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    assert branch_progress("packed") is None


def test_one_line_that_is_written_over_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    report = branch_progress("packed")
    assert report is not None
    report("water", 1, 2)
    report("ice", 2, 2)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "\r\033[Kpacked 1 of 2 branches, 0 s: water\r\033[Kpacked 2 of 2 branches, 0 s: ice\n"
    )
