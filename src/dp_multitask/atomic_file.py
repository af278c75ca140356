# SPDX-License-Identifier: LGPL-3.0-or-later
"""Replace a file in one step, so that readers see the old or the new one, whole."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from dp_multitask import system_files
from dp_multitask.errors import FileAccessError


@contextmanager
def atomic_replacement(target: str | os.PathLike[str]) -> Iterator[str]:
    """Give the path of a new file beside `target`; on success it takes the target's place.

    The new file is created empty and private to this writer. When the block ends without an
    error it is flushed to disk, given the mode of the file it replaces (or the umask's default)
    and renamed over `target`; the folder is flushed too. When the block raises, `target` is left
    as it was and the new file is removed. A symbolic link is followed, so that the file it names
    is replaced and not the link.

    Parameters
    ----------
    target : str or path
        The file to create or replace.

    Yields
    ------
    str
        The path to write to.

    Raises
    ------
    FileAccessError
        `target` is a folder or another thing that is no regular file, or cannot be written.
    """
    final = os.path.realpath(os.fspath(target))
    name = os.fspath(target)
    mode = _mode_for(final, name)
    folder = os.path.dirname(final)
    temporary = _create_beside(final, name)
    try:
        try:
            yield temporary
            system_files.flush_file(temporary)
            system_files.set_mode(temporary, mode)
            system_files.replace(temporary, final)
        except OSError as err:
            if isinstance(err, FileAccessError) or err.errno is None:
                raise
            raise _cannot_write(name, err) from err
        system_files.flush_folder(folder)
    finally:
        with suppress(OSError):
            os.unlink(temporary)


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


def _mode_for(final: str, name: str) -> int:
    try:
        found = os.stat(final)
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask
    except OSError as err:
        raise _cannot_write(name, err) from err
    if not stat.S_ISREG(found.st_mode):
        msg = "is no regular file"
        raise FileAccessError(msg, source=name, hint="name a file to write to")
    return stat.S_IMODE(found.st_mode)


def _create_beside(final: str, name: str) -> str:
    folder, base = os.path.split(final)
    for attempt in range(1000):
        temporary = os.path.join(folder, f".{base[:80]}.{os.getpid()}.{attempt}.tmp")
        try:
            os.close(os.open(temporary, system_files.CREATING, 0o600))
        except FileExistsError:
            continue
        except OSError as err:
            raise _cannot_write(name, err) from err
        return temporary
    msg = "no free temporary name beside it"
    raise FileAccessError(msg, source=name)
