# SPDX-License-Identifier: LGPL-3.0-or-later
"""Make sure that the index of a group and HDF5 say the same of its variables."""

from __future__ import annotations

from collections import Counter

from dp_multitask.errors import ModelFileError
from dp_multitask.modelfile.hdf5.encoding import SUPERBLOCK_SIZE, aligned, encode_dataset
from dp_multitask.modelfile.hdf5.file import Hdf5File
from dp_multitask.modelfile.hdf5.lookup3 import lookup3_of_each
from dp_multitask.modelfile.reading.stored_group import StoredGroup, disagreement, variable_names
from dp_multitask.modelfile.stored_array import StoredArray


def check_agreement(file: Hdf5File, stored: StoredGroup) -> None:
    """Compare every row of the index of a group, made for this file, with its dataset.

    Raises
    ------
    ModelFileError
        They disagree, or there is no such dataset.
    """
    rows = stored.index.rows if stored.index is not None else []
    if not stored.group and _are_headers(file, rows, stored.is_multitask):
        return
    names = variable_names(stored, file.name)
    if len(names) != len(rows):
        raise disagreement(stored, file.name)
    for name, row in zip(names, rows, strict=True):
        if not same_array(row, file.dataset(name).array):
            msg = f"the index and HDF5 disagree about {name}"
            raise ModelFileError(msg, source=file.name, hint="the file is damaged or forged")


def same_array(row: StoredArray, array: StoredArray) -> bool:
    """Whether a row of an index and a dataset are one array, whatever it is in memory."""
    return (row.offset, row.dtype, row.shape) == (array.offset, array.dtype, array.shape)


def _are_headers(file: Hdf5File, rows: list[StoredArray], is_multitask: bool) -> bool:
    """Whether the file begins with the headers of these arrays, as our writer lays it out.

    That is so much faster than looking each of them up that loading need not do without.
    """
    if is_multitask:
        if not all(row.nbytes for row in rows):
            return False  # which of them are one dataset, no offset tells
        counts = Counter((row.offset, row.dtype, row.shape, row.nbytes) for row in rows)
        headers = [
            encode_dataset(dtype, shape, n_names, offset, nbytes)
            for (offset, dtype, shape, nbytes), n_names in counts.items()
        ]
    else:
        headers = [
            encode_dataset(row.dtype, row.shape, 1, row.offset, row.nbytes) for row in rows
        ]
    sums = lookup3_of_each(headers)
    expected = b"".join(
        (header + checksum.to_bytes(4, "little")).ljust(aligned(len(header) + 4), b"\0")
        for header, checksum in zip(headers, sums, strict=True)
    )
    inside = SUPERBLOCK_SIZE + len(expected) <= file.raw.size
    return inside and file.raw.read(SUPERBLOCK_SIZE, len(expected)) == expected
