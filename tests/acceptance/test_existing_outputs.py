# SPDX-License-Identifier: LGPL-3.0-or-later
"""No command writes over a file that is there, unless it is told to."""

from __future__ import annotations

import json

import pytest

from rule_cases import VALID

COMMANDS = [
    ("init", "input.json"),
    ("resolve", "input.json"),
    ("schema",),
    ("show", "input.json", "--json"),
    ("split-branch", "input.json", "water"),
    ("convert", "model.dp"),
    ("merge", "water=single.dp", "--share-nothing"),
    ("split-branch", "model.dp", "water"),
    ("pack", "model.ckpt.pt"),
    ("unpack", "model.dp"),
]


@pytest.fixture
def folder(run_command, tmp_path):
    (tmp_path / "input.json").write_text(json.dumps(VALID))
    for arguments in (
        ("init", "input.json", "-o", "model.dp"),
        ("split-branch", "model.dp", "water", "-o", "single.dp"),
    ):
        assert run_command(*arguments).returncode == 0
    (tmp_path / "model.ckpt.pt").write_bytes(b"any")
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_existing_file_is_left_alone(run_command, folder, command):
    for name in ("out.dp", "out.pt", "out.json"):
        (folder / name).write_text("mine")
        done = run_command(*command, "-o", name)
        assert done.returncode == 2
        assert (folder / name).read_text() == "mine"
    assert done.stderr.decode() == (
        "error: out.json: exists already\n"
        "  hint: name another file, or overwrite it with --force\n"
    )


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (("init", "input.json"), "out.dp"),
        (("resolve", "input.json"), "out.json"),
        (("schema",), "out.json"),
        (("show", "input.json", "--json"), "out.json"),
        (("split-branch", "input.json", "water"), "out.json"),
        (("convert", "model.dp"), "out.dp"),
        (("merge", "water=single.dp", "--share-nothing"), "out.dp"),
    ],
)
def test_force_overwrites(run_command, folder, command, name):
    (folder / name).write_text("mine")
    assert run_command(*command, "-o", name, "--force").returncode == 0
    assert (folder / name).read_bytes() != b"mine"
