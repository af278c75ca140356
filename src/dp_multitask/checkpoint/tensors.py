# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tensors of a checkpoint as lazy variables: their bytes stay in the file until asked for."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from dp_multitask.checkpoint.archive import Archive, ArchiveEntry
from dp_multitask.checkpoint.pickled_tensors import Tensor
from dp_multitask.errors import ModelFileError, UnsupportedError
from dp_multitask.modelfile.reading.lazy import LazyVariable
from dp_multitask.modelfile.stored_array import ARRAY, ITEM_SIZES, StoredArray
from dp_multitask.modelfile.values import CHUNK

if TYPE_CHECKING:
    import numpy as np

BFLOAT16 = "bfloat16"
_BFLOAT16_BYTES = 2


class NoDtype(NamedTuple):
    """The element type ``bfloat16``, which numpy does not have."""

    name: str = BFLOAT16
    kind: str = "V"
    itemsize: int = _BFLOAT16_BYTES

    @property
    def str(self) -> str:
        """The name, where numpy's types have a code."""
        return self.name


def lazy_variable(
    archive: Archive, entry: ArchiveEntry, tensor: Tensor, name: str, shape: tuple[int, ...]
) -> LazyVariable | TensorView:
    """Make the lazy variable of a tensor that lies in a member of the archive.

    `name` is for messages; `shape`, of as many elements as the tensor, is that of the variable.

    Raises
    ------
    ModelFileError
        The storage is not as large as the checkpoint says.
    """
    storage = tensor.storage
    itemsize = ITEM_SIZES.get(storage.element_type, _BFLOAT16_BYTES)
    if entry.size != storage.size * itemsize:
        msg = f"the storage of {name!r} has {entry.size} bytes, expected {storage.size * itemsize}"
        hint = "the file is damaged; get it anew from where it was trained"
        raise ModelFileError(msg, source=archive.file.name, hint=hint)
    nbytes = prod(shape) * itemsize
    whole = nbytes == entry.size and _is_contiguous(tensor)
    if storage.element_type == BFLOAT16 or not whole:
        return TensorView(archive, entry, tensor, name, shape)
    offset = archive.place_of(entry) if nbytes else 0
    array = StoredArray(offset, storage.element_type, ARRAY, shape, nbytes)
    return LazyVariable(archive.file, name, array, entry.crc32 if nbytes else None)


def _is_contiguous(tensor: Tensor) -> bool:
    expected = 1
    for size, stride in zip(reversed(tensor.shape), reversed(tensor.strides), strict=True):
        if size != 1 and stride != expected:
            return False
        expected *= size
    return tensor.offset == 0


class TensorView:
    """A tensor that is a part of its storage, or not in the order of its elements."""

    __slots__ = ("_archive", "_entry", "_name", "_tensor", "crc32", "kind", "nbytes", "shape")

    def __init__(
        self,
        archive: Archive,
        entry: ArchiveEntry,
        tensor: Tensor,
        name: str,
        shape: tuple[int, ...],
    ) -> None:
        self._archive = archive
        self._entry = entry
        self._tensor = tensor
        self._name = name
        self.kind = ARRAY
        self.shape = shape
        self.nbytes = self.size * self.dtype.itemsize
        self.crc32: int | None = None

    def __repr__(self) -> str:
        return f"<TensorView {'x'.join(map(str, self.shape)) or 'scalar'} {self.dtype.name}>"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        array = self.load()
        return array if dtype is None else array.astype(dtype)

    @property
    def dtype(self) -> Any:
        """Its element type; a `NoDtype` where numpy has none."""
        element_type = self._tensor.storage.element_type
        if element_type == BFLOAT16:
            return NoDtype()
        import numpy as np

        return np.dtype(element_type)

    @property
    def size(self) -> int:
        """Number of elements."""
        return prod(self.shape)

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    @property
    def storage(self) -> Hashable:
        """What is the same for variables that are one tensor; None without bytes."""
        return (self._archive.file, self._tensor, self.shape) if self.nbytes else None

    def load(self) -> np.ndarray[Any, Any]:
        """Read the tensor into a new array in the order of its elements.

        Raises
        ------
        ChecksumError
            The bytes of its storage are not those that were written.
        UnsupportedError
            Its element type is ``bfloat16``.
        """
        import numpy as np

        tensor = self._tensor
        if tensor.storage.element_type == BFLOAT16:
            msg = f"the tensor {self._name!r} has the element type bfloat16, which numpy lacks"
            hint = "train with 'precision': 'float32', or freeze the branch with DeePMD-kit"
            raise UnsupportedError(msg, source=self._archive.file.name, hint=hint)
        self._archive.check(self._entry)
        if not self.size:
            return np.empty(self.shape, self.dtype)
        last = sum((n - 1) * s for n, s in zip(tensor.shape, tensor.strides, strict=True))
        held = np.empty(last + 1, self.dtype)
        place = self._archive.place_of(self._entry) + tensor.offset * self.dtype.itemsize
        self._archive.file.read_into(held, place)
        strides = tuple(stride * self.dtype.itemsize for stride in tensor.strides)
        view = np.lib.stride_tricks.as_strided(held, tensor.shape, strides, writeable=False)
        return np.array(view, order="C").reshape(self.shape)

    def chunks(self) -> Iterator[np.ndarray[Any, Any]]:
        """Give its bytes piece by piece."""
        import numpy as np

        if self.nbytes:
            data = self.load().reshape(-1).view(np.uint8)
            for start in range(0, self.nbytes, CHUNK):
                yield data[start : start + CHUNK]
