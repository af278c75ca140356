# SPDX-License-Identifier: LGPL-3.0-or-later
"""Standard streams that are closed, full or abandoned: a message and an exit code, no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a POSIX shell closes them")

needs_full_device = pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="needs a device that is always full"
)


def run_in_shell(tmp_path, command):
    return subprocess.run(
        ["sh", "-c", command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "DPM": sys.executable},
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("types >&-", "error: <stdout>: is closed\n  hint: name a file with -o\n"),
        ("resolve - <&-", "error: <stdin>: is closed\n  hint: name a file\n"),
        ("check missing.json 2>&-", ""),
    ],
)
def test_a_closed_stream(tmp_path, arguments, message):
    result = run_in_shell(tmp_path, f'"$DPM" -m dp_multitask {arguments}')
    assert (result.returncode, result.stderr) == (2, message)


@needs_full_device
@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ("types > /dev/full", "<stdout>"),
        ("--version > /dev/full", "<stdout>"),
        ("schema -o /dev/full", "/dev/full"),
    ],
)
def test_a_full_device(tmp_path, arguments, name):
    result = run_in_shell(tmp_path, f'"$DPM" -m dp_multitask {arguments}')
    message = f"error: {name}: cannot be written: No space left on device\n"
    assert (result.returncode, result.stderr) == (2, message)


def test_a_reader_that_goes_early(tmp_path):
    result = run_in_shell(tmp_path, '"$DPM" -m dp_multitask types --json | head -c 3')
    assert (result.stdout, result.stderr) == ("[\n ", "")


def test_a_file_name_that_is_no_text_is_shown_escaped(tmp_path):
    model = '{"model": {"shared_dict": {"t": ["O"]}, "model_dict": {"a": {"type_map": "t"}}}}'
    name = os.fsdecode(b"\xff.json")
    try:
        (tmp_path / name).write_text(model)
    except OSError:
        pytest.skip("this file system takes only names that are text")
    result = run_in_shell(tmp_path, '"$DPM" -m dp_multitask show *.json')
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("\\udcff.json: training input, 1 branch\n")
