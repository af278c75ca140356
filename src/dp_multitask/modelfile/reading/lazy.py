# SPDX-License-Identifier: LGPL-3.0-or-later
"""Variables that stay in their file until they are asked for."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dp_multitask.errors import ChecksumError, ModelFileError, TreePath
from dp_multitask.modelfile.index import Index, Row, check_extents
from dp_multitask.modelfile.tree import check_name
from dp_multitask.modelfile.values import ARRAY, CHUNK, DTYPES, NUMPY_SCALAR, from_array

if TYPE_CHECKING:
    from dp_multitask.modelfile.reading.guard import Extent, GuardedFile
    from dp_multitask.modelfile.reading.opened_file import OpenedFile


class LazyVariable:
    """A variable of an open model file.

    Attributes
    ----------
    file : OpenedFile
        The file that it lies in.
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
        Where its data begin in the file.
    place : tuple
        What is the same for places in the tree that share one variable: file, offset, type and
        shape.
    """

    __slots__ = (
        *("_inline",),
        *("crc32", "dtype", "file", "kind", "nbytes", "offset", "path", "place", "shape"),
    )

    def __init__(
        self, file: OpenedFile, path: TreePath, row: Row, crc32: int | None, inline: bytes | None
    ) -> None:
        self.file = file
        self.crc32 = crc32
        self._inline = inline
        self.path = path
        self.offset = row.offset
        self.shape = row.shape
        self.dtype = DTYPES[row.dtype]
        self.kind = row.kind
        self.nbytes = row.nbytes
        self.place = (file, row.offset, row.dtype, row.shape)

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

    def is_one_with(self, other: object) -> bool:
        """Whether both are one object of one file."""
        return (
            isinstance(other, LazyVariable)
            and self.offset != 0
            and (self.place, self.kind) == (other.place, other.kind)
        )

    def load(self) -> Any:
        """Read the variable: a new array, a numpy scalar or a Python scalar, as it was saved.

        Raises
        ------
        ChecksumError
            Its bytes are not those that were written.
        ModelFileError
            The file is closed or became shorter.
        """
        array = np.empty(self.shape, self.dtype)
        self.load_into(array)
        return from_array(array, self.kind)

    def load_into(self, array: np.ndarray[Any, Any]) -> None:
        """Read the variable into a contiguous array of its shape and element type."""
        for _ in self.chunks(array.reshape(-1).view(np.uint8)):
            pass  # each piece is in its place by now

    def chunks(
        self, target: np.ndarray[Any, Any] | None = None
    ) -> Iterator[np.ndarray[Any, Any]]:
        """Read the bytes piece by piece, each piece valid until the next one is asked for.

        Parameters
        ----------
        target : numpy.ndarray of uint8, optional
            Where to put them, one piece after the other; without it pieces of at most 1 MiB take
            each other's place.
        """
        if not self.nbytes:
            return
        buffer = np.empty(min(self.nbytes, CHUNK), np.uint8) if target is None else target
        crc = 0
        for start in range(0, self.nbytes, CHUNK):
            count = min(CHUNK, self.nbytes - start)
            piece = buffer[:count] if target is None else buffer[start : start + count]
            if self._inline is not None:
                piece[:] = np.frombuffer(self._inline, np.uint8)[start : start + count]
            else:
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
            raise ChecksumError(msg, source=self.file.name, path=self.path, hint=hint)


@dataclass(frozen=True)
class Stored:
    """A group that was read.

    Attributes
    ----------
    group : str
        Its path without slashes around it, ``""`` for the root.
    skeleton : dict
        Its JSON tree.
    index : Index or None
        Its index, if it has one.
    extent : Extent or None
        Where the index lies.
    placed : bool
        Whether the index was made for this very file, so that its offsets hold. A group that
        another program copied keeps valid checksums only.
    """

    group: str
    skeleton: dict[str, Any]
    index: Index | None = None
    extent: Extent | None = None
    placed: bool = False


class LazyMaker:
    """Turns the names in a skeleton into lazy variables, in order."""

    def __init__(self, file: GuardedFile, stored: Stored, verify: bool) -> None:
        self._file = file
        self._stored = stored
        self._verify = verify
        self._rows = stored.index.rows if stored.index is not None else None
        self._next = 0
        self._found: list[Row] = []

    def variable(self, leaf: Any, path: TreePath) -> LazyVariable:
        """Give the variable that a name in the skeleton stands for.

        Raises
        ------
        ModelFileError
            There is none, or it is not what the index says.
        """
        name = check_name(leaf, path, self._file.name)
        row, inline = None, None
        if self._rows is not None:
            if self._next >= len(self._rows):
                raise self._disagree()
            row = self._rows[self._next]
            self._next += 1
        if row is None or not self._stored.placed:
            absolute = name if name.startswith("/") else f"{self._stored.group}/{name}"
            extent = self._file.dataset(absolute)
            inline = extent.inline
            kind = NUMPY_SCALAR if not extent.shape else ARRAY
            crc = 0
            if row is not None:
                if (row.dtype, row.shape) != (extent.dtype, extent.shape):
                    raise self._disagree()
                kind, crc = row.kind, row.crc32
            found = Row(extent.offset, extent.dtype, kind, extent.shape, extent.nbytes, crc)
            self._found.append(found)
        else:
            found = row
        checked = row.crc32 if row is not None and self._verify else None
        return LazyVariable(self._file.file, path, found, checked, inline)

    def finish(self) -> None:
        """Make sure that every row was used and that no two datasets overlap."""
        if self._rows is not None and self._next != len(self._rows):
            raise self._disagree()
        outside = [row for row in self._found if row.offset]
        check_extents(outside, self._file.size, f"/{self._stored.group}", self._file.name)

    def _disagree(self) -> ModelFileError:
        msg = f"the JSON and the index of /{self._stored.group} describe different variables"
        return ModelFileError(msg, source=self._file.name, hint="the file is damaged")
