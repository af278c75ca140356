# SPDX-License-Identifier: LGPL-3.0-or-later
"""Replace a file in one step, so that readers see the old or the new one, whole."""

from __future__ import annotations

import os
import re
import signal
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from typing import Any

from dp_multitask import system_files
from dp_multitask.errors import FileAccessError

_MARK = "dp-multitask.tmp"
_LONGEST_BASE = 80
_PRIVATE, _PUBLIC = 0o600, 0o666


@contextmanager
def atomic_replacement(target: str | os.PathLike[str]) -> Iterator[str]:
    """Give the path of a new file beside `target`; on success it takes the target's place.

    The new file is created empty, and locked while it is written. When the block ends without an
    error it is flushed to disk and renamed over `target`; the folder is flushed too. When the block
    raises, or SIGTERM ends the process, `target` is left as it was and the new file is removed.
    What a process leaves that was killed otherwise is removed by the next write to `target`. A
    symbolic link is followed, so that the file it names is replaced and not the link.

    A file that is replaced passes on its mode; without setuid and setgid where it belongs to
    another user, without setgid where to another group. A new one has the mode that the umask
    gives.

    Parameters
    ----------
    target : str or path
        The file to create or replace.

    Yields
    ------
    str
        The path to write to. Locks of the HDF5 library on it would find it locked.

    Raises
    ------
    FileAccessError
        `target` is a folder or another thing that is no regular file, or cannot be written.
    """
    final = os.path.realpath(os.fspath(target))
    name = os.fspath(target)
    replaced = _stat_of(final, name)
    _remove_abandoned(final)
    # the umask is for the system to apply: to ask for it means to set it, in every thread
    mode = _PUBLIC if replaced is None else _PRIVATE
    file = _create_beside(final, name, mode)
    temporary = file.name
    try:
        with _removed_by_sigterm(temporary):
            try:
                yield temporary
                system_files.flush_file(temporary)
                if replaced is not None:
                    made = os.fstat(file.fileno())
                    system_files.set_mode(temporary, mode_to_keep(replaced, made))
                system_files.replace(file, final)
            except OSError as err:
                if isinstance(err, FileAccessError) or err.errno is None:
                    raise
                raise _cannot_write(name, err) from err
    except BaseException:
        system_files.discard(file)
        raise
    system_files.flush_folder(os.path.dirname(final))


def mode_to_keep(replaced: os.stat_result, made: os.stat_result) -> int:
    """Give the mode of a file that takes another's place.

    Who may act as the owner or the group of the old file must not act as those of the new one.
    """
    mode = stat.S_IMODE(replaced.st_mode)
    if replaced.st_uid != made.st_uid:
        mode &= ~(stat.S_ISUID | stat.S_ISGID)
    if replaced.st_gid != made.st_gid:
        mode &= ~stat.S_ISGID
    return mode


def write_text(target: str | os.PathLike[str], text: str) -> None:
    """Write `text` as UTF-8 over `target`, whole or not at all.

    A device or pipe such as ``/dev/stdout`` cannot be replaced and is written to as it is.
    """
    if _is_stream(target):
        _write_to_stream(target, text)
        return
    with atomic_replacement(target) as temporary, open(temporary, "wb") as file:
        file.write(text.encode(errors="backslashreplace"))


def _write_to_stream(target: str | os.PathLike[str], text: str) -> None:
    try:
        with open(target, "wb") as stream:
            stream.write(text.encode(errors="backslashreplace"))
    except BrokenPipeError:  # its reader has gone, which is for the caller to judge
        raise
    except OSError as err:
        raise _cannot_write(os.fspath(target), err) from err


def _is_stream(target: str | os.PathLike[str]) -> bool:
    try:
        mode = os.stat(target).st_mode
    except OSError:
        return False
    return stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)


def _cannot_write(name: str, err: OSError) -> FileAccessError:
    # HDF5 gives its own several lines as strerror
    reason = os.strerror(err.errno) if err.errno is not None else str(err)
    return FileAccessError(f"cannot be written: {reason}", source=name)


def _stat_of(final: str, name: str) -> os.stat_result | None:
    """Look at the file to be replaced; None if there is none."""
    try:
        found = os.stat(final)
    except FileNotFoundError:
        return None
    except OSError as err:
        raise _cannot_write(name, err) from err
    if not stat.S_ISREG(found.st_mode):
        msg = "is no regular file"
        raise FileAccessError(msg, source=name, hint="name a file to write to")
    return found


def _create_beside(final: str, name: str, mode: int) -> FileIO:
    """Create and lock a temporary file."""

    def create(path: str, _: int) -> int:
        return os.open(path, system_files.CREATING, mode)

    folder, base = os.path.split(final)
    for attempt in range(1000):
        numbers = f"{os.getpid()}-{attempt}"
        temporary = os.path.join(folder, f".{base[:_LONGEST_BASE]}.{numbers}.{_MARK}")
        try:
            file = FileIO(temporary, "x", opener=create)
        except FileExistsError:
            continue
        except OSError as err:
            raise _cannot_write(name, err) from err
        # between creating and locking, another writer may have taken it for an abandoned one
        if system_files.lock(file) and os.fstat(file.fileno()).st_nlink:
            return file
        file.close()
    msg = "no free temporary name beside it"
    raise FileAccessError(msg, source=name)


def _remove_abandoned(final: str) -> None:
    """Remove temporary files for this target whose writers were killed: nobody locks them."""
    folder, base = os.path.split(final)
    start = f".{base[:_LONGEST_BASE]}."
    with suppress(OSError):
        for each in os.listdir(folder or "."):
            if each.startswith(start) and re.fullmatch(rf"\d+-\d+\.{_MARK}", each[len(start) :]):
                system_files.remove_unlocked(os.path.join(folder, each))


@contextmanager
def _removed_by_sigterm(temporary: str) -> Iterator[None]:
    """Remove a file before SIGTERM ends the process, where the program has not seen to the signal.

    Python runs handlers in the main thread alone; what others leave is removed by the next write.
    """
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    process = os.getpid()

    def end(number: int, _: Any) -> None:
        if os.getpid() == process:  # and not a copy of it
            with suppress(OSError):
                os.unlink(temporary)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
