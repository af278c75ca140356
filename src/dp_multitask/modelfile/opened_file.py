# SPDX-License-Identifier: LGPL-3.0-or-later
"""A regular file that is open for reading, whatever its format."""

from __future__ import annotations

import os
import stat
import weakref
from typing import Any

from dp_multitask import system_files
from dp_multitask.errors import FileAccessError, ModelFileError


class OpenedFile:
    """A regular file, read by position.

    It is sent to another process as its name and is opened there when it is first read; that it
    is still the same file is made sure of.

    Parameters
    ----------
    path : str or path
        The file.

    Raises
    ------
    FileAccessError
        It cannot be read, or is no regular file.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.name = os.fspath(path)
        self._open()

    def _open(self) -> None:
        try:
            descriptor = os.open(self.name, system_files.READING)
        except (OSError, ValueError) as err:  # a name with NUL is no value
            # Windows opens no folder
            raise (self._folder() if os.path.isdir(self.name) else self._unreadable(err)) from err
        self._closing = weakref.finalize(self, os.close, descriptor)
        self._descriptor = descriptor
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            self.close()
            if stat.S_ISDIR(found.st_mode):
                raise self._folder()
            msg, hint = "is no regular file", "save it to a file first; it is read by position"
            raise FileAccessError(msg, source=self.name, hint=hint)
        self.size = found.st_size
        self._identity = system_files.identity(found)

    def __getstate__(self) -> dict[str, Any]:
        if not self._closing.alive:
            raise self._closed()
        return {"name": os.path.abspath(self.name), "size": self.size, "identity": self._identity}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.name = state["name"]
        self._open()
        if self._identity != state["identity"]:
            self.close()
            msg = "was replaced or changed since it was opened"
            raise ModelFileError(msg, source=self.name, hint="open it anew in this process")

    @property
    def descriptor(self) -> int:
        """The open file's number.

        Raises
        ------
        ModelFileError
            The file is closed.
        """
        if not self._closing.alive:
            raise self._closed()
        return self._descriptor

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return not self._closing.alive

    def close(self) -> None:
        """Close the file; what was read stays valid."""
        self._closing()

    def read(self, offset: int, nbytes: int) -> bytes:
        """Give bytes of the file; fewer where it ends."""
        try:
            return system_files.read_at(self.descriptor, nbytes, offset)
        except OSError as err:
            raise self._unreadable(err) from err

    def read_into(self, target: Any, offset: int) -> None:
        """Fill a contiguous buffer with the bytes at `offset`.

        Raises
        ------
        ModelFileError
            The file is closed, or became shorter.
        FileAccessError
            It cannot be read.
        """
        view = memoryview(target).cast("B")
        while len(view):
            try:
                done = system_files.read_into_at(self.descriptor, view, offset)
            except OSError as err:
                raise self._unreadable(err) from err
            if not done:
                msg = "the file became shorter while it was read"
                raise ModelFileError(msg, source=self.name)
            view = view[done:]
            offset += done

    def _unreadable(self, err: OSError | ValueError) -> FileAccessError:
        reason = err.strerror if isinstance(err, OSError) else str(err)
        return FileAccessError(f"cannot be read: {reason}", source=self.name)

    def _folder(self) -> FileAccessError:
        msg = "is a folder, expected a file"
        return FileAccessError(msg, source=self.name, hint="name the file in it")

    def _closed(self) -> ModelFileError:
        msg = "the file is closed"
        return ModelFileError(msg, source=self.name, hint="load variables while it is open")
