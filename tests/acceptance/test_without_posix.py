# SPDX-License-Identifier: LGPL-3.0-or-later
"""The commands where the calls are missing that Windows does not have."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dp_multitask import system_files

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
    system_files.replace("a", "b")
    assert len(tries) == 3
