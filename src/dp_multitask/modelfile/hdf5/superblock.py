# SPDX-License-Identifier: LGPL-3.0-or-later
"""The beginning of an HDF5 file: where its root group is, and that it is the whole file.

After the HDF5 File Format Specification 3.0, section II.A.
"""

from __future__ import annotations

import struct

from dp_multitask.errors import ModelFileError, UnsafeFileError
from dp_multitask.modelfile.hdf5.encoding import SUPERBLOCK_SIZE, UNDEFINED
from dp_multitask.modelfile.hdf5.raw import RawFile

_OLD_SIZE = 100


def read_superblock(raw: RawFile) -> int:
    """Give the address of the root group's object header.

    Raises
    ------
    ModelFileError
        An unknown version of the superblock, a damaged one, or a truncated file.
    UnsafeFileError
        A driver block, or bytes beyond the end.
    """
    head = raw.file.read(0, _OLD_SIZE)
    version = head[8] if len(head) > 8 else 255
    if version in (0, 1) and len(head) == _OLD_SIZE:
        raw.claim(0, 96 + 4 * version)
        sizes = head[13:15]
        base, _, end, driver, _, root = struct.unpack_from("<6Q", head, 24 + 4 * version)
    elif version in (2, 3) and len(head) >= SUPERBLOCK_SIZE:
        raw.sealed(0, SUPERBLOCK_SIZE)
        sizes = head[9:11]
        base, _, end, root = struct.unpack_from("<4Q", head, 12)
        driver = UNDEFINED
    else:
        msg = f"has an unknown or truncated HDF5 superblock (version {version})"
        raise ModelFileError(msg, source=raw.name)
    if sizes != b"\x08\x08":
        msg = "does not use 8-byte addresses"
        raise UnsafeFileError(msg, source=raw.name)
    if base or driver != UNDEFINED:
        msg = "is part of a larger file" if base else "is spread over several files"
        raise UnsafeFileError(msg, source=raw.name)
    if end > raw.size:
        msg = f"is truncated: {raw.size} bytes of {end}"
        raise ModelFileError(msg, source=raw.name)
    if end < raw.size:
        msg = f"has {raw.size - end} bytes after the end of the HDF5 data"
        raise UnsafeFileError(msg, source=raw.name)
    return int(root)
