# SPDX-License-Identifier: LGPL-3.0-or-later
"""An array in a file: which element types there are, where its bytes lie, what may not overlap."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import prod

from dp_multitask.errors import ModelFileError
from dp_multitask.records import NamedTuple

ITEM_SIZES = {
    "|b1": 1,
    **{f"<f{size}": size for size in (2, 4, 8)},
    **{f"{'<' if n > 1 else '|'}{sign}{n}": n for sign in "iu" for n in (1, 2, 4, 8)},
}
"""The element types that a file can hold, by their name in the index, with their bytes."""

MAX_RANK = 32
"""The most dimensions that HDF5 has."""

_MAX_BYTES = 2**62

ARRAY, NUMPY_SCALAR, PYTHON_SCALAR = "a", "s", "p"
"""What a variable is in memory; HDF5 stores both scalars and 0-d arrays as scalar datasets."""

PYTHON_SCALAR_TYPES = ("|b1", "<i8", "<f8")
"""The element types of Python's truth values, integers and floats."""


class StoredArray(NamedTuple):
    """Where an array's bytes are in a file, and what they mean.

    Attributes
    ----------
    offset : int
        Where they begin; 0 of one without bytes.
    dtype : str
        A key of `ITEM_SIZES`.
    kind : str
        What it is in memory.
    shape : tuple of int
        Its shape.
    nbytes : int
        How many they are.
    crc32 : int
        Their checksum, 0 where none is known.
    """

    offset: int
    dtype: str
    kind: str
    shape: tuple[int, ...]
    nbytes: int
    crc32: int = 0


@lru_cache(4096)
def count_bytes(dtype: str, shape: tuple[int, ...]) -> int:
    """Give the bytes of an array.

    Raises
    ------
    ValueError
        No array has that shape, even if it is empty because one length is 0.
    """
    if len(shape) > MAX_RANK:
        msg = f"{len(shape)} dimensions are out of range, the most are {MAX_RANK}"
        raise ValueError(msg)
    size = ITEM_SIZES[dtype]
    if size * prod([length or 1 for length in shape]) > _MAX_BYTES:
        msg = f"the shape {shape} is out of range, beyond any array"
        raise ValueError(msg)
    return size * prod(shape)


def check_disjoint(arrays: Iterable[StoredArray], file_size: int, source: str, where: str) -> None:
    """Make sure that every array lies inside the file and that none overlaps another.

    Arrays with the same place and length are one shared variable.

    Raises
    ------
    ModelFileError
        An array reaches beyond the end, or two overlap.
    """
    end = 0
    for offset, nbytes in sorted({(each.offset, each.nbytes) for each in arrays if each.nbytes}):
        if offset + nbytes > file_size:
            msg = f"{where}: a variable of {nbytes} bytes at {offset} reaches beyond the end"
            raise ModelFileError(msg, source=source, hint="the file is truncated or forged")
        if offset < end:
            msg = f"{where}: two variables overlap at byte {offset}"
            raise ModelFileError(msg, source=source)
        end = offset + nbytes
