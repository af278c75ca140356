# SPDX-License-Identifier: LGPL-3.0-or-later
"""Variables that stay in their file until they are asked for."""

from __future__ import annotations

import zlib
from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, Any

from dp_multitask.errors import ChecksumError
from dp_multitask.modelfile.opened_file import OpenedFile
from dp_multitask.modelfile.payload import tree_path
from dp_multitask.modelfile.stored_array import ITEM_SIZES, StoredArray
from dp_multitask.modelfile.values import CHUNK, from_array

if TYPE_CHECKING:
    import numpy as np


class LazyVariable:
    """A variable of an open model file.

    It can be sent to another process, which opens the file for itself.

    Attributes
    ----------
    file : OpenedFile
        The file that it lies in.
    name : str
        Its place in the tree as HDF5 writes it.
    kind : str
        What it is in memory.
    shape : tuple of int
        Its shape.
    nbytes : int
        Its size in bytes.
    crc32 : int or None
        Checksum of its bytes, compared whenever they are read; None if the file has none.
    offset : int
        Where its data begin in the file.
    array : StoredArray
        The same for all places in the tree that share one variable of a file.
    """

    __slots__ = (
        *("array", "crc32", "element_type", "file", "kind", "name", "nbytes", "offset", "shape"),
    )

    def __init__(self, file: OpenedFile, name: str, array: StoredArray, crc32: int | None) -> None:
        self.file = file
        self.name = name
        self.crc32 = crc32
        self.offset, self.element_type, self.kind, self.shape, self.nbytes, _ = array
        self.array = array

    def __repr__(self) -> str:
        return f"<LazyVariable {'x'.join(map(str, self.shape)) or 'scalar'} {self.dtype}>"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        import numpy as np

        array = np.asarray(self.load())
        return array if dtype is None else array.astype(dtype)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Its element type."""
        import numpy as np

        return np.dtype(self.element_type)

    @property
    def size(self) -> int:
        """Number of elements."""
        return self.nbytes // ITEM_SIZES[self.element_type]

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    @property
    def storage(self) -> Hashable:
        """What is the same for variables that are one object of one file; None without bytes."""
        where = (self.file, self.offset, self.element_type, self.shape, self.kind)
        return where if self.nbytes else None

    def load(self) -> Any:
        """Read the variable: a new array, a numpy scalar or a Python scalar, as it was saved.

        Raises
        ------
        ChecksumError
            Its bytes are not those that were written.
        ModelFileError
            The file is closed or became shorter.
        """
        import numpy as np

        array = np.empty(self.shape, self.element_type)
        self.load_into(array)
        return from_array(array, self.kind)

    def load_into(self, array: np.ndarray[Any, Any]) -> None:
        """Read the variable into a contiguous array of its shape and element type."""
        import numpy as np

        for _ in self.chunks(array.reshape(-1).view(np.uint8)):
            pass  # each piece is in its place by now

    def chunks(self, target: np.ndarray[Any, Any] | None = None) -> Iterator[np.ndarray[Any, Any]]:
        """Read the bytes piece by piece, each piece valid until the next one is asked for.

        Parameters
        ----------
        target : numpy.ndarray of uint8, optional
            Where to put them, one piece after the other; without it pieces of at most 1 MiB take
            each other's place.
        """
        import numpy as np

        if not self.nbytes:
            return
        buffer = np.empty(min(self.nbytes, CHUNK), np.uint8) if target is None else target
        crc = 0
        for start in range(0, self.nbytes, CHUNK):
            count = min(CHUNK, self.nbytes - start)
            piece = buffer[:count] if target is None else buffer[start : start + count]
            self.file.read_into(piece, self.offset + start)
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
            path = tree_path(self.name)
            raise ChecksumError(msg, source=self.file.name, path=path, hint=hint)
