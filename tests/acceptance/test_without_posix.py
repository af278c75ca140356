# SPDX-License-Identifier: LGPL-3.0-or-later
"""The commands where the calls are missing that Windows does not have."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dp_multitask import init, system_files
from dp_multitask.cli import main as main_commands
from small_inputs import multitask

SOURCE = Path(system_files.__file__).parent
_ERRORS = ("strict", "backslashreplace")
"""How Python writes to standard output and standard error."""
_LACKING = {f"os.{name}" for name in ("pread", "preadv", "pwrite", "fork", "geteuid", "link")}

EXAMPLE = Path(__file__).parents[2] / "examples/water/input.json"

# Takes from the os module what Windows lacks, and opens no folders.
_LIKE_WINDOWS = """\
import os
for name in ("pread", "preadv", "pwrite", "pwritev", "posix_fadvise", "O_NONBLOCK", "O_CLOEXEC",
             "fchmod", "fchown", "chown", "geteuid", "getuid", "umask_"):
    if hasattr(os, name):
        delattr(os, name)
"""


# Runs several commands, each as a user would, in one process.
_RUN_ALL = """\
import json, sys
from dp_multitask.cli.main import main
for arguments in json.loads(sys.argv[1]):
    code = main(arguments)
    assert code == 0, (arguments, code)
"""


@pytest.fixture
def like_windows(tmp_path: Path) -> dict[str, str]:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(_LIKE_WINDOWS)
    return {
        "PYTHONPATH": os.pathsep.join([str(folder), *sys.path]),
        "SOURCE_DATE_EPOCH": "1700000000",
    }


def test_files_are_the_same_byte_for_byte(like_windows, tmp_path: Path):
    here = {"PYTHONPATH": os.pathsep.join(sys.path), "SOURCE_DATE_EPOCH": "1700000000"}
    environments = {"a": here, "b": like_windows}
    for name, env in environments.items():
        commands = [
            ["init", str(EXAMPLE), "--seed", "1", "-o", f"{name}.dp"],
            ["split-branch", f"{name}.dp", "ice", "-o", f"{name}-ice.dp"],
            ["convert", f"{name}-ice.dp", "-o", f"{name}-flat.dp", "--flat"],
            ["verify", f"{name}.dp", f"{name}-flat.dp"],
        ]
        ran = subprocess.run(
            [sys.executable, "-c", _RUN_ALL, json.dumps(commands)],
            cwd=tmp_path,
            env=os.environ | env,
            capture_output=True,
            check=False,
        )
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")
    for form in ("", "-ice", "-flat"):
        one, other = (tmp_path / f"{name}{form}.dp" for name in environments)
        assert one.read_bytes() == other.read_bytes()


def test_results_are_utf_8_on_a_console_of_another_code_page(run_command, tmp_path: Path):
    (tmp_path / "input.json").write_bytes(EXAMPLE.read_bytes())
    shown = run_command("show", "input.json", "--format", "svg", PYTHONIOENCODING="cp1252")
    assert shown.returncode == 0
    assert shown.stdout == run_command("show", "input.json", "--format", "svg").stdout
    (tmp_path / "broken.json").write_text('{"model": {"\u4e2d": 1}}', encoding="utf-8")
    checked = run_command("check", "broken.json", PYTHONIOENCODING="cp1252")
    assert checked.returncode == 1
    assert "\u4e2d" in checked.stdout.decode()
    assert b"Traceback" not in checked.stderr


COMMANDS = [
    ("check", "broken.json"),
    ("check", "--fix", "--diff", "broken.json"),
    *(("check", "--output-format", form, "broken.json") for form in ("concise", "json", "github")),
    *(("check", "--output-format", form, "broken.json") for form in ("sarif", "junit", "gitlab")),
    ("resolve", "input.json"),
    ("resolve", "input.json", "--annotate", "--format", "yaml"),
    ("show", "input.json"),
    ("show", "model.dp", "--tree"),
    *(("show", "input.json", "--format", form) for form in ("svg", "html", "mermaid")),
    ("diff", "input.json", "model.dp:\u6c34"),
    ("explain", "input.json", "\u6c34/descriptor/sel"),
    ("explain", "DPM101"),
    ("upgrade", "old.json"),
    ("compose", "input.json", "--drop", "\u6c34"),
    ("finetune-input", "model.dp", "--from", "\u6c34", "--systems", "nowhere"),
    ("split-branch", "input.json", "\u6c34"),
    ("split-branch", "model.dp", "\u6c35", "-o", "x.dp"),
    ("split-branch", "model.dp", "\u6c34", "-o", "\u6c34.dp"),
    ("merge", "\u6c34=\u6c34.dp", "--share-nothing", "-o", "merged.dp"),
    ("verify", "model.dp", "--against", "input.json"),
    ("convert", "\u6c34.dp", "-o", "\u6c34.yaml"),
    ("pack", "\u6c34.pt", "-o", "y.dp"),
    ("types",),
    ("schema",),
    (),
    *((name, "--help") for name in main_commands.COMMANDS),
]


def test_every_command_writes_to_a_console_that_lacks_most_letters(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.chdir(tmp_path)
    config = multitask()
    branches = config["model"]["model_dict"]
    for section in (branches, config["loss_dict"], config["training"]["data_dict"]):
        section["\u6c34"] = section.pop("water")
    Path("input.json").write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")
    init("input.json", "model.dp")
    config["training"]["warmup_steps"] = 7
    Path("old.json").write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")
    branches["\u6c34"]["descriptor"] = "d\u00e9s\u6c34"
    config["\u6c34"] = 1
    Path("broken.json").write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")
    for arguments in COMMANDS:
        out, err = (io.TextIOWrapper(io.BytesIO(), "cp1252", each) for each in _ERRORS)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = main_commands.main(list(arguments))
            except SystemExit as end:  # of argparse
                code = end.code
            out.flush()
            err.flush()
        assert code in (0, 1, 2), arguments
        out.buffer.getvalue().decode()  # results are UTF-8
        assert b"Traceback" not in err.buffer.getvalue()


def flags_of_opened_files() -> set[tuple[str, str]]:
    """Find calls of ``os.open`` with flags of their own, and of what Windows lacks."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if not any(name in text for name in ("os.open", *_LACKING)):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "os.open":
                flags = ast.unparse(node.args[1])
                if "os.O_" in flags and ast.unparse(node.args[0]) != "os.devnull":
                    found.add((path.name, flags))
            elif isinstance(node, ast.Attribute) and ast.unparse(node) in _LACKING:
                found.add((path.name, ast.unparse(node)))
    return found


def test_what_systems_do_differently_stands_in_one_module():
    assert {name for name, _ in flags_of_opened_files()} == {"system_files.py"}


def test_threads_read_and_write_at_places_without_positioned_calls(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    for name in ("pread", "preadv", "pwrite"):
        monkeypatch.delattr(os, name)
    descriptor = os.open(tmp_path / "f", os.O_RDWR | os.O_CREAT)
    os.truncate(descriptor, 64 * 512)
    wrong = []

    def work(number: int) -> None:
        block = bytes([number]) * 512
        for _ in range(50):
            system_files.write_at(descriptor, memoryview(block), number * 512)
            target = bytearray(512)
            system_files.read_into_at(descriptor, memoryview(target), number * 512)
            if target != block:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.close(descriptor)
    assert wrong == []


def test_a_target_that_is_open_elsewhere_is_tried_again_on_windows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    tries = []

    def refuse(source: str, target: str) -> None:
        tries.append(source)
        if len(tries) < 3:
            raise PermissionError(13, "open elsewhere")

    monkeypatch.setattr(os, "replace", refuse)
    monkeypatch.setattr(system_files.os, "name", "nt")
    file = io.FileIO(tmp_path / "a", "x")
    system_files.replace(file, "b")
    assert len(tries) == 3
    assert file.closed  # or Windows would never rename it
