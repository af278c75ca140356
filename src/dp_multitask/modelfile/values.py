# SPDX-License-Identifier: LGPL-3.0-or-later
"""The values a variable may have: arrays, numpy scalars and Python scalars of plain types."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from dp_multitask.errors import ModelTreeError, TreePath
from dp_multitask.modelfile.stored_array import (
    ARRAY,
    ITEM_SIZES,
    MAX_RANK,
    NUMPY_SCALAR,
    PYTHON_SCALAR,
)

if TYPE_CHECKING:
    import numpy as np

CHUNK = 1 << 20
"""Variables go through in pieces of this many bytes, so that a checksum finds them in the cache."""

_MIXED = "store numbers as numpy arrays of float, int or bool"


class Value(Protocol):
    """A variable to be written, in memory or in another file."""

    kind: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    size: int
    nbytes: int
    crc32: int | None  # of the bytes, if `chunks` makes sure of it

    def load(self) -> Any:
        """Give the variable itself."""

    def chunks(self) -> Iterator[np.ndarray[Any, Any]]:
        """Give its bytes, as arrays of uint8 that are valid until the next one is asked for."""


class MemoryValue:
    """A variable that is in memory."""

    __slots__ = ("_array", "_given", "crc32", "dtype", "kind", "nbytes", "shape", "size")

    def __init__(self, given: Any, array: np.ndarray[Any, Any], kind: str) -> None:
        self._given = given
        self._array = array
        self.kind = kind
        self.dtype = array.dtype
        self.shape = array.shape
        self.size = array.size
        self.nbytes = array.nbytes
        self.crc32: int | None = None

    def load(self) -> Any:
        """Give the very object that was in the tree."""
        return self._given

    def chunks(self) -> Iterator[np.ndarray[Any, Any]]:
        """Give the bytes in C order; only an array that is not contiguous is copied."""
        if self.nbytes:
            import numpy as np

            data = np.ascontiguousarray(self._array).reshape(-1).view(np.uint8)
            for start in range(0, self.nbytes, CHUNK):
                yield data[start : start + CHUNK]


def as_value(leaf: Any, path: TreePath) -> Value:
    """Check one leaf under ``@variables`` and make it ready to be written.

    Parameters
    ----------
    leaf : numpy.ndarray, numpy.generic, float, int, bool or a lazy variable of an open file
        The variable.
    path : tuple
        Its place in the tree, for messages.

    Raises
    ------
    ModelTreeError
        It has a type that a model file cannot store faithfully.
    """
    if hasattr(leaf, "chunks") and hasattr(leaf, "load"):
        lazy: Value = leaf
        return lazy
    import numpy as np

    if type(leaf) is np.ndarray or isinstance(leaf, np.memmap):
        array, kind = leaf, ARRAY
    elif isinstance(leaf, np.generic):
        array, kind = np.asarray(leaf), NUMPY_SCALAR
    elif isinstance(leaf, (bool, int, float)):
        array, kind = _python_scalar(leaf, path), PYTHON_SCALAR
    else:
        msg = f"a variable of type {type(leaf).__name__} cannot be stored"
        raise ModelTreeError(msg, path=path, hint=_MIXED)
    if array.dtype.str not in ITEM_SIZES:
        msg = f"a variable of element type {array.dtype} cannot be stored faithfully"
        hint = _MIXED if array.dtype.isnative else "convert it to the machine's own byte order"
        raise ModelTreeError(msg, path=path, hint=hint)
    if array.ndim > MAX_RANK:
        msg = f"a variable of {array.ndim} dimensions cannot be stored; limit {MAX_RANK}"
        raise ModelTreeError(msg, path=path)
    return MemoryValue(leaf, array, kind)


def from_array(array: np.ndarray[Any, Any], kind: str) -> Any:
    """Give what was saved back: the array itself, a numpy scalar or a Python scalar."""
    if kind == ARRAY:
        return array
    return array[()] if kind == NUMPY_SCALAR else array.item()


def equal_bits(one: Value, other: Value) -> bool:
    """Whether two variables are the same, bit for bit (so NaN equals itself, 0.0 not -0.0)."""
    if one is other:
        return True
    if (one.kind, one.dtype, one.shape) != (other.kind, other.dtype, other.shape):
        return False
    if one.crc32 is not None and other.crc32 is not None and one.crc32 != other.crc32:
        return False
    import numpy as np

    return all(
        np.array_equal(mine, theirs)
        for mine, theirs in zip(one.chunks(), other.chunks(), strict=True)
    )


def _python_scalar(leaf: float, path: TreePath) -> np.ndarray[Any, Any]:
    import numpy as np

    dtype = np.bool_ if isinstance(leaf, bool) else np.int64 if isinstance(leaf, int) else "<f8"
    try:
        return np.array(leaf, dtype=dtype)
    except OverflowError as err:
        msg = f"the integer {leaf} does not fit into 64 bits"
        raise ModelTreeError(msg, path=path) from err


def storage_of(leaf: Any) -> Hashable:
    """Give what is the same for variables that are one object of one file; None where unknown."""
    storage: Hashable = getattr(leaf, "storage", None)
    return storage
