# SPDX-License-Identifier: LGPL-3.0-or-later
"""No command writes over a file that is there, unless it is told to."""

from __future__ import annotations

import json
import shutil

import pytest

from dp_multitask import save_model, split_branch
from dp_multitask.checks.fresh_model import fresh_payload
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


@pytest.fixture(scope="module")
def model_files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    save_model(folder / "model.dp", fresh_payload(VALID, 1))
    split_branch(folder / "model.dp", "water", folder / "single.dp")
    return folder


@pytest.fixture
def folder(model_files, tmp_path):
    (tmp_path / "input.json").write_text(json.dumps(VALID))
    for name in ("model.dp", "single.dp"):
        shutil.copy(model_files / name, tmp_path)
    (tmp_path / "model.ckpt.pt").write_bytes(b"any")
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_existing_file_is_left_alone(call_command, folder, command):
    for name in ("out.dp", "out.pt", "out.json"):
        (folder / name).write_text("mine")
        done = call_command(*command, "-o", name)
        assert done.returncode == 2
        assert (folder / name).read_text() == "mine"
    assert done.stderr.decode() == (
        "error: out.json: exists already\n  hint: name another file, or overwrite it with --force\n"
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
def test_force_overwrites(call_command, folder, command, name):
    (folder / name).write_text("mine")
    assert call_command(*command, "-o", name, "--force").returncode == 0
    assert (folder / name).read_bytes() != b"mine"
