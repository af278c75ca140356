# SPDX-License-Identifier: LGPL-3.0-or-later
"""Replacing a file: whole or not at all."""

import os
from pathlib import Path

import pytest

from dp_multitask.atomic_file import atomic_replacement, write_text
from dp_multitask.errors import FileAccessError


def test_a_new_file_has_the_default_mode_and_nothing_stays_beside_it(tmp_path):
    target = tmp_path / "out.json"
    write_text(target, "é")
    assert target.read_text(encoding="utf-8") == "é"
    umask = os.umask(0)
    os.umask(umask)
    assert target.stat().st_mode & 0o777 == 0o666 & ~umask
    assert [file.name for file in tmp_path.iterdir()] == ["out.json"]


def test_a_replaced_file_keeps_its_mode(tmp_path):
    target = tmp_path / "out.json"
    target.write_text("old")
    target.chmod(0o640)
    write_text(target, "new")
    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o640


def test_an_error_while_writing_leaves_the_old_file(tmp_path):
    target = tmp_path / "out.json"
    target.write_text("old")

    def write_half():
        with atomic_replacement(target) as temporary:
            Path(temporary).write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert target.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["out.json"]


def test_a_symbolic_link_is_followed(tmp_path):
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to("real.json")
    write_text(tmp_path / "link.json", "new")
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "real.json").read_text() == "new"


def test_a_long_name_is_written(tmp_path):
    target = tmp_path / ("n" * 250)
    write_text(target, "x")
    assert target.read_text() == "x"


@pytest.mark.parametrize("name", ["", "nowhere/out.json"])
def test_a_target_that_cannot_be_written_is_refused(tmp_path, name):
    with pytest.raises(FileAccessError) as caught:
        write_text(tmp_path / name, "x")
    assert caught.value.source == str(tmp_path / name)


def test_a_device_is_written_to_as_it_is():
    write_text("/dev/null", "x")
    assert not Path("/dev/null").is_file()
