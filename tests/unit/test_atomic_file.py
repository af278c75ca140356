# SPDX-License-Identifier: LGPL-3.0-or-later
"""Replacing a file: whole or not at all."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dp_multitask import atomic_file
from dp_multitask.atomic_file import atomic_replacement, mode_to_keep, write_text
from dp_multitask.errors import FileAccessError
from systems import posix_only


def test_a_new_file_has_the_mode_of_the_umask_and_nothing_stays_beside_it(tmp_path, monkeypatch):
    (tmp_path / "plain").touch()
    usual = (tmp_path / "plain").stat().st_mode
    (tmp_path / "plain").unlink()
    target = tmp_path / "out.json"
    # it is the process's, so that what other threads create meanwhile would have another mode
    monkeypatch.setattr(os, "umask", None)
    write_text(target, "é")
    assert target.read_text(encoding="utf-8") == "é"
    assert target.stat().st_mode == usual
    assert [file.name for file in tmp_path.iterdir()] == ["out.json"]


@posix_only
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


@posix_only
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


@posix_only
def test_a_device_is_written_to_as_it_is():
    write_text("/dev/null", "x")
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize(
    ("mode", "uid", "gid", "kept"),
    [
        (0o6755, 1, 2, 0o6755),
        (0o6755, 9, 2, 0o755),
        (0o6755, 1, 9, 0o4755),
        (0o2640, 1, 9, 0o640),
        (0o1640, 9, 9, 0o1640),
    ],
)
def test_the_rights_of_another_owner_are_not_passed_on(mode, uid, gid, kept):
    def found(user, group):
        return os.stat_result((stat.S_IFREG | mode, 1, 1, 1, user, group, 0, 0, 0, 0))

    assert mode_to_keep(found(uid, gid), found(1, 2)) == kept


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files")
def test_replacing_another_owners_file_drops_setuid_and_setgid(tmp_path):
    target = tmp_path / "out.json"
    target.touch()
    os.chown(target, 12345, 12345)
    target.chmod(0o6755)
    write_text(target, "new")
    assert stat.S_IMODE(target.stat().st_mode) == 0o755


_WRITE = """
import os, sys, time
from dp_multitask.atomic_file import atomic_replacement
with atomic_replacement(sys.argv[1]) as temporary:
    open(temporary, "w").write("half")
    print("writing", flush=True)
    time.sleep(60)
"""


def kill_while_writing(target, number):
    """Kill a process that has written half of a file."""
    command = [sys.executable, "-c", _WRITE, str(target)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"writing\n"
        process.send_signal(number)
        assert process.wait(60) == -number


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_sigterm_leaves_no_temporary_file(tmp_path):
    (tmp_path / "out.json").write_text("old")
    kill_while_writing(tmp_path / "out.json", signal.SIGTERM)
    assert [file.name for file in tmp_path.iterdir()] == ["out.json"]
    assert (tmp_path / "out.json").read_text() == "old"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_what_sigkill_leaves_is_removed_by_the_next_write_to_that_name(tmp_path):
    target, other = tmp_path / "out.json", tmp_path / "out.json.bak"
    kill_while_writing(target, signal.SIGKILL)
    [left] = tmp_path.iterdir()
    mine = tmp_path / ".out.json.12-0.tmp"
    mine.write_text("of another program")
    write_text(other, "x")
    assert left.exists()
    write_text(target, "new")
    assert sorted(tmp_path.iterdir()) == sorted((mine, target, other))


def test_what_others_are_writing_to_the_same_name_stays(tmp_path):
    target = tmp_path / "out.json"
    with atomic_replacement(target) as one:
        with atomic_replacement(target) as other:
            Path(other).write_text("other")
        Path(one).write_text("one")
    assert target.read_text() == "one"
    assert [file.name for file in tmp_path.iterdir()] == ["out.json"]


def test_a_signal_handler_of_the_program_stays_its_own(tmp_path, monkeypatch):
    def refuse(*_):
        raise AssertionError

    def mine(*_):
        pass

    before = signal.signal(signal.SIGTERM, mine)
    try:
        monkeypatch.setattr(atomic_file.signal, "signal", refuse)
        write_text(tmp_path / "out.json", "x")
        assert signal.getsignal(signal.SIGTERM) is mine
    finally:
        monkeypatch.undo()
        signal.signal(signal.SIGTERM, before)
