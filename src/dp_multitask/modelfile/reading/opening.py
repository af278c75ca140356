# SPDX-License-Identifier: LGPL-3.0-or-later
"""Open a file as HDF5 only if it is a regular file and one whole HDF5 file."""

from __future__ import annotations

import os
from itertools import product
from typing import Any

import h5py

from dp_multitask.errors import FileAccessError, ModelFileError
from dp_multitask.modelfile.reading.rawheader import check_superblock

# whether to lock, and whether to go on where the file system has no locks
_LOCKINGS = ((True, True), (True, False), (False, False))
_CLOSE_DEGREES = (h5py.h5f.CLOSE_STRONG, h5py.h5f.CLOSE_WEAK, h5py.h5f.CLOSE_SEMI)

BROKEN = "the file is damaged or no model file"


def open_hdf5(name: str) -> Any:
    """Open a file for reading with HDF5; give its `h5py.h5f.FileID`.

    Raises
    ------
    FileAccessError
        It cannot be read or is no regular file.
    ModelFileError
        It is no HDF5 file.
    UnsafeFileError
        It has a user block, trailing bytes or a driver block.
    """
    try:
        with open(name, "rb") as file:
            head = file.read(2048)
            check_superblock(head, os.fstat(file.fileno()).st_size, name)
        return _open_beside_others(name)
    except OSError as err:
        if isinstance(err, FileAccessError):
            raise
        if err.errno is None or not err.filename:
            msg = f"HDF5 cannot open it: {' '.join(str(err).split())[:200]}"
            raise ModelFileError(msg, source=name, hint=BROKEN) from err
        msg = f"cannot be read: {err.strerror}"
        raise FileAccessError(msg, source=name) from err
    except (RuntimeError, KeyError, ValueError) as err:
        if isinstance(err, ModelFileError):
            raise
        msg = f"HDF5 cannot open it: {' '.join(str(err).split())[:200]}"
        raise ModelFileError(msg, source=name, hint=BROKEN) from err


def _open_beside_others(name: str) -> Any:
    """Open a file that this process may have open already.

    HDF5 opens a file twice only with the same close degree (strong is ours, weak h5py's) and the
    same locking.
    """
    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    refused = []
    for locking, degree in product(_LOCKINGS, _CLOSE_DEGREES):
        access.set_file_locking(*locking)
        access.set_fclose_degree(degree)
        try:
            return h5py.h5f.open(os.fsencode(name), h5py.h5f.ACC_RDONLY, access)
        except OSError as err:
            if "match" not in str(err):
                raise
            refused.append(err)
    raise refused[0]


def close_hdf5(file: Any) -> None:
    """Close a file that `open_hdf5` gave and what is open in it, as a strong close degree does."""
    if not file.valid:
        return
    inside = h5py.h5f.OBJ_ALL ^ h5py.h5f.OBJ_FILE | h5py.h5f.OBJ_LOCAL
    for opened in h5py.h5f.get_obj_ids(file, inside):
        while opened.valid:
            h5py.h5i.dec_ref(opened)
    file.close()
