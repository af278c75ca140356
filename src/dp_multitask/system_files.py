# SPDX-License-Identifier: LGPL-3.0-or-later
"""What operating systems do differently with files, each place with its reason.

Linux, macOS and Windows are meant; the first two follow POSIX and have it all.
"""

from __future__ import annotations

import os
import stat
import threading
import time
from contextlib import suppress
from io import FileIO
from typing import Any

# Windows translates line ends of a descriptor that is not opened as binary. A pipe that takes a
# file's place between looking and opening would block for ever without O_NONBLOCK (POSIX only).
READING = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
)
UPDATING = os.O_RDWR | getattr(os, "O_BINARY", 0)
CREATING = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)

MOST_AT_ONCE = 1 << 30
"""Bytes a call: Linux moves at most 2 GiB, macOS refuses more than that."""

_SEEK = threading.Lock()
_PATIENCE = 2.0
"""Seconds to wait for a virus scanner or indexer that has a new file open on Windows."""


def read_at(descriptor: int, nbytes: int, offset: int) -> bytes:
    """Read bytes at a place; fewer where the file ends."""
    if hasattr(os, "pread"):
        return os.pread(descriptor, nbytes, offset)
    with _SEEK:  # Windows has no pread: seek and read must not be parted by another thread
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.read(descriptor, nbytes)


def read_into_at(descriptor: int, target: memoryview, offset: int) -> int:
    """Read bytes at a place into a buffer; give how many, 0 at the end of the file."""
    target = target[:MOST_AT_ONCE]
    if hasattr(os, "preadv"):  # macOS has it since 11
        return os.preadv(descriptor, [target], offset)
    found = read_at(descriptor, len(target), offset)
    target[: len(found)] = found
    return len(found)


def write_at(descriptor: int, data: memoryview, offset: int) -> int:
    """Write bytes at a place; give how many were taken."""
    data = data[:MOST_AT_ONCE]
    if hasattr(os, "pwrite"):
        return os.pwrite(descriptor, data, offset)
    with _SEEK:
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.write(descriptor, data)


def begin_writing_back(descriptor: int, offset: int, nbytes: int) -> None:
    """Let the disk take bytes while the next ones are made ready; a flush then waits less.

    Linux starts to write what it is told will not be needed; macOS and Windows have no such call.
    """
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError):
            os.posix_fadvise(descriptor, offset, nbytes, os.POSIX_FADV_DONTNEED)


def flush_file(path: str) -> None:
    """Wait until a file's bytes are on the disk."""
    # Windows flushes only what is open for writing
    descriptor = os.open(path, UPDATING if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush_folder(path: str) -> None:
    """Wait until a folder's names are on the disk.

    Windows opens no folders, and writes names through; some file systems cannot flush a folder.
    """
    if os.name == "nt":
        return
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def lock(file: FileIO) -> bool:
    """Lock a file until it is closed or the process ends; False if another has locked it.

    Windows needs no lock, since it removes no file that is open; some file systems have none.
    """
    if os.name == "nt":
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def remove_unlocked(path: str) -> None:
    """Remove a regular file unless somebody has locked it, or has it open on Windows."""
    with suppress(OSError):
        if os.name == "nt":
            os.unlink(path)
            return
        import fcntl

        descriptor = os.open(path, UPDATING | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.unlink(path)
        finally:
            os.close(descriptor)


def discard(file: FileIO) -> None:
    """Remove and close a file; it stays locked until it is gone, where that is possible."""
    if os.name == "nt":
        file.close()
    with suppress(OSError):
        os.unlink(file.name)
    file.close()


def replace(file: FileIO, target: str) -> None:
    """Close a file and rename it over another one, in one step.

    Windows refuses while anybody has either of them open, be it for the moment in which a scanner
    looks at it: then it is tried again.

    Raises
    ------
    PermissionError
        The target stays open in some program (Windows).
    """
    if os.name == "nt":  # elsewhere it stays locked as long as it has its own name
        file.close()
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            os.replace(file.name, target)
        except PermissionError:
            if os.name != "nt" or time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            file.close()
            return


def set_mode(path: str, mode: int) -> None:
    """Set who may read and write a file; Windows knows only whether it may be written."""
    if os.name != "nt":
        os.chmod(path, mode)
    elif not mode & stat.S_IWRITE:
        os.chmod(path, stat.S_IREAD)


def identity(found: os.stat_result) -> tuple[Any, ...]:
    """Tell whether a file is still the same: what differs if it was replaced or written to."""
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
