# SPDX-License-Identifier: LGPL-3.0-or-later
"""Variables that stay in their file until they are asked for."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from dp_multitask.errors import ChecksumError, TreePath
from dp_multitask.modelfile.index import Row
from dp_multitask.modelfile.values import DTYPES, from_array

if TYPE_CHECKING:
    from dp_multitask.modelfile.guard import GuardedFile

_CHUNK = 4 << 20


class LazyVariable:
    """A variable of an open model file.

    Attributes
    ----------
    path : tuple
        Its place in the tree.
    shape : tuple of int
        Its shape.
    dtype : numpy.dtype
        Its element type.
    nbytes : int
        Its size in bytes.
    crc32 : int or None
        Checksum of its bytes, compared whenever they are read; None if the file has none.
    offset : int
        The place of its data in the file: variables with the same place are one shared variable.
    """

    __slots__ = ("_file", "_inline", "crc32", "dtype", "kind", "nbytes", "offset", "path", "shape")

    def __init__(
        self, file: GuardedFile, path: TreePath, row: Row, crc32: int | None, inline: bytes | None
    ) -> None:
        self._file = file
        self.crc32 = crc32
        self._inline = inline
        self.path = path
        self.offset = row.offset
        self.shape = row.shape
        self.dtype = DTYPES[row.dtype]
        self.kind = row.kind
        self.nbytes = row.nbytes

    def __repr__(self) -> str:
        return f"<LazyVariable {'x'.join(map(str, self.shape)) or 'scalar'} {self.dtype}>"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        array = np.asarray(self.load())
        return array if dtype is None else array.astype(dtype)

    @property
    def size(self) -> int:
        """Number of elements."""
        return self.nbytes // self.dtype.itemsize

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    def load(self) -> Any:
        """Read the variable: a new array, a numpy scalar or a Python scalar, as it was saved.

        Raises
        ------
        ChecksumError
            Its bytes are not those that were written.
        ModelFileError
            The file is closed or became shorter.
        """
        return from_array(self.load_array(), self.kind)

    def load_array(self) -> np.ndarray[Any, Any]:
        """Read the variable as an array, whatever it was when it was saved."""
        array = np.empty(self.shape, self.dtype)
        for _ in self.chunks(array.reshape(-1).view(np.uint8)):
            pass  # each piece is in its place by now
        return array

    def chunks(
        self, target: np.ndarray[Any, Any] | None = None
    ) -> Iterator[np.ndarray[Any, Any]]:
        """Read the bytes piece by piece, each piece valid until the next one is asked for.

        Parameters
        ----------
        target : numpy.ndarray of uint8, optional
            Where to put them, one piece after the other; without it pieces of at most 4 MiB take
            each other's place.
        """
        if not self.nbytes:
            return
        buffer = np.empty(min(self.nbytes, _CHUNK), np.uint8) if target is None else target
        crc = 0
        for start in range(0, self.nbytes, _CHUNK):
            count = min(_CHUNK, self.nbytes - start)
            piece = buffer[:count] if target is None else buffer[start : start + count]
            if self._inline is not None:
                piece[:] = np.frombuffer(self._inline, np.uint8)[start : start + count]
            else:
                self._file.read_into(piece, self.offset + start)
            crc = zlib.crc32(piece.data, crc)
            yield piece
        self.check(crc)

    def check(self, crc: int) -> None:
        """Compare the checksum of bytes that were read with that of the bytes written.

        Raises
        ------
        ChecksumError
            They differ.
        """
        if self.crc32 is not None and crc != self.crc32:
            msg = "the variable's bytes are not those that were written"
            hint = "the file is damaged; get it anew"
            raise ChecksumError(msg, source=self._file.name, path=self.path, hint=hint)
