# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is given for a model: called otherwise, in another form, or something else altogether."""

from __future__ import annotations

import gzip
import json
import os
import pickle
import shutil
import zipfile
from pathlib import Path

import pytest

from systems import posix_only

MODELS = Path(__file__).parents[1] / "data" / "models"
CHECKPOINT = MODELS / "water_se_e2_a" / "model.ckpt.pt"
INPUT = MODELS / "water_se_e2_a" / "input.json"

COMMANDS = [
    ["show", "FILE"],
    ["verify", "FILE"],
    ["split-branch", "FILE", "model_1", "-o", "out.dp"],
    ["merge", "model_1=FILE", "--share-nothing", "-o", "out.dp"],
    ["convert", "FILE", "-o", "out.dp"],
    ["pack", "FILE", "-o", "out.dp"],
    ["pack", "FILE", "--config", str(INPUT), "-o", "out.dp"],
    ["unpack", "FILE", "-o", "out.pt"],
    ["diff", "FILE", str(CHECKPOINT)],
    ["check", str(INPUT), "--finetune", "FILE"],
    ["check", str(INPUT), "--init-model", "FILE"],
    ["check", str(INPUT), "--restart", "FILE"],
    ["finetune-input", "FILE", "--from", "model_1", "--systems", ".", "-o", "out.json"],
]
MAGIC_NUMBER = 0x1950A86A20F9469CFC6C  # of PyTorch before 1.6

MISTAKES = {
    "old.pt": (pickle.dumps(MAGIC_NUMBER, protocol=2), "before its release 1.6", "save it anew"),
    "pickle.pt": (pickle.dumps({"a": 1}, protocol=4), "is a pickle of Python", "model.ckpt.pt"),
    "pointer.pt": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        "is a pointer of Git LFS",
        "git lfs pull",
    ),
    "page.pt": (b"\n<!DOCTYPE html><html></html>", "is a web page", "download the file itself"),
    "packed.pt": (gzip.compress(b"PK"), "is compressed by gzip", "unpack it first"),
    "empty.pt": (b"", "is empty", "get it anew"),
    "text.pt": (b"hello", "is neither HDF5 nor a ZIP archive", "get it anew"),
}


@pytest.fixture
def told(call_command, tmp_path: Path):
    """Run a command with a file; give what it says, and make sure that it fails and writes none."""

    def tell(command: list[str], name: str) -> str:
        before = set(tmp_path.iterdir())
        arguments = [each.replace("FILE", name) for each in command]
        result = call_command(*arguments)
        # what is wrong with the file is what verify is asked for
        assert result.returncode == (1 if command[0] == "verify" else 2)
        assert set(tmp_path.iterdir()) == before
        return (result.stdout + result.stderr).decode()

    return tell


@pytest.mark.parametrize("name", MISTAKES)
def test_every_command_says_what_a_file_is_and_what_to_do(told, tmp_path: Path, name: str) -> None:
    content, what, remedy = MISTAKES[name]
    (tmp_path / name).write_bytes(content)
    for command in COMMANDS if name == "old.pt" else COMMANDS[:2]:
        said = told(command, name)
        assert all(part in said for part in (name, what, "expected a model file", remedy)), command


def test_an_input_is_told_from_a_file_of_another_kind(call_command, tmp_path: Path) -> None:
    for name in ("old.pt", "pointer.pt", "page.pt"):
        content, what, remedy = MISTAKES[name]
        (tmp_path / "input.json").write_bytes(content)
        said = call_command("resolve", "input.json").stderr.decode()
        assert all(part in said for part in (what, "expected a training input", remedy))


@pytest.mark.parametrize("name", ["frozen.pt", "frozen.bin", "frozen"])
def test_torchscript_is_named_whatever_it_is_called(told, tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("frozen/code/__torch__/model.py", "def f():\n  pass\n" * 9)
        archive.writestr("frozen/data.pkl", b"\x80\x02}q\x00.")
    for command in COMMANDS:
        if command[0] == "pack" and name != "frozen.pt":
            continue  # an installed DeePMD-kit may know the suffix
        assert "call it .pth: then dp-multitask pack" in told(command, name)


@pytest.mark.parametrize(
    "name", ["model", "DPA.bin", "a.dp", "a.json", "a.yaml", "a.pth", "a.ckpt", "with space é.PT"]
)
def test_a_checkpoint_may_be_called_anything(call_command, tmp_path: Path, name: str) -> None:
    shutil.copy(CHECKPOINT, tmp_path / name)
    if os.name == "posix":
        (tmp_path / "link.pt").symlink_to(name)
    for given in (name, "link.pt") if os.name == "posix" else (name,):
        for command in (
            ["show", given],
            ["split-branch", given, "model_1", "-o", "out.dp", "--force"],
            ["pack", given, "-o", "out.dp", "--force"],
            ["diff", given, str(CHECKPOINT)],
            ["check", str(INPUT), "--restart", given],
        ):
            result = call_command(*command)
            assert result.returncode == 0, (command, result.stderr)


def test_a_model_is_not_read_from_standard_input(told, tmp_path: Path) -> None:
    for command in COMMANDS:
        if command[0] in ("show", "split-branch", "merge", "diff"):
            continue  # which take inputs from there, or files under names
        if command[0] != "verify":
            assert "cannot be read from standard input" in told(command, "-")


def test_names_in_a_file_do_not_steer_the_terminal(call_command, tmp_path: Path) -> None:
    bad = "a\x1b[2J\x07\u202eb"
    fitting = {"neuron": [2]}
    branch = {"type_map": "t\x1b", "descriptor": "d\x1b", "fitting_net": fitting}
    shared = {"t\x1b": ["O\x1b"], "d\x1b": {"type": "se_e2_a", "sel": [2], "neuron": [2, 2]}}
    branches = {bad: branch | {"model_branch_alias": ["\x1b"]}, "other": branch}
    config = {
        "model": {"shared_dict": shared, "model_dict": branches},
        "learning_rate": {"start_lr": 1e-3, "stop_lr": 1e-5},
        "loss_dict": {name: {} for name in branches},
        "training": {
            "numb_steps": 1,
            "data_dict": {name: {"training_data": {"systems": "a"}} for name in branches},
        },
    }
    (tmp_path / "input.json").write_text(json.dumps(config))
    made = call_command("init", "input.json", "-o", "model.dp")
    assert made.returncode == 0, made.stderr
    for command in (
        ["show", "input.json"],
        ["show", "model.dp"],
        ["show", "model.dp", "--tree"],
        ["show", "model.dp", "--format", "svg"],
        ["show", "model.dp", "--format", "html"],
        ["show", "model.dp", "--format", "mermaid"],
        ["verify", "model.dp", "--against", "input.json"],
        ["diff", "input.json", str(INPUT)],
        ["split-branch", "model.dp", "nowhere", "-o", "out.dp"],
        ["explain", "input.json", "model/model_dict/other/descriptor"],
        ["check", "input.json"],
    ):
        result = call_command(*command)
        told = (result.stdout + result.stderr).decode()
        assert told
        assert not any(steers in told for steers in "\x1b\x07\u202e"), command


@posix_only
@pytest.mark.parametrize("name", ["model", "data"])
def test_a_link_to_nothing_says_so(call_command, tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to("model.ckpt-100.pt")
    said = call_command("diff", name, str(CHECKPOINT)).stderr.decode()
    assert "it is a link to 'model.ckpt-100.pt'" in said
