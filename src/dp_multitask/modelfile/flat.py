# SPDX-License-Identifier: LGPL-3.0-or-later
"""Write the flat layout of DeePMD-kit's own ``.dp`` files.

As `save_dp_model` of DeePMD-kit 3.2.0 does it: the attribute ``json`` of the root, variable-length
UTF-8, and one dataset a variable in the root group, ``variable_0000`` and so on in the order of
the tree. A variable that branches share is written once and named from each of them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import h5py
import numpy as np

from dp_multitask import system_files
from dp_multitask.atomic_file import atomic_replacement
from dp_multitask.errors import FileAccessError
from dp_multitask.modelfile.hdf5.encoding import ALIGNMENT
from dp_multitask.modelfile.model_json import check_json_size, dump_json
from dp_multitask.modelfile.places import (
    JSON_ATTRIBUTE,
    SOFTWARE,
    metadata_of,
    new_metadata,
    without_metadata,
)
from dp_multitask.modelfile.tree import flatten, rebuild
from dp_multitask.modelfile.values import Value, as_value, storage_of
from dp_multitask.modelfile.writing.writer import write_values

_FILE_OPTIONS: dict[str, Any] = {
    "libver": ("v110", "v110"),
    "alignment_threshold": 1,
    "alignment_interval": ALIGNMENT,
}
HDF5_TYPES = {
    "|b1": h5py.h5t.py_create(np.dtype(bool), logical=True),
    "|i1": h5py.h5t.STD_I8LE,
    "|u1": h5py.h5t.STD_U8LE,
    "<f2": h5py.h5t.IEEE_F16LE,
    "<f4": h5py.h5t.IEEE_F32LE,
    "<f8": h5py.h5t.IEEE_F64LE,
    "<i2": h5py.h5t.STD_I16LE,
    "<i4": h5py.h5t.STD_I32LE,
    "<i8": h5py.h5t.STD_I64LE,
    "<u2": h5py.h5t.STD_U16LE,
    "<u4": h5py.h5t.STD_U32LE,
    "<u8": h5py.h5t.STD_U64LE,
}
"""The HDF5 type of each element type; booleans are h5py's enumeration of FALSE and TRUE."""

_ERRNO = re.compile(r"errno = (\d+)")

FLAT_SOFTWARE = f"{SOFTWARE} (flat)"
"""What a flat file says wrote it; under the plain name a reader expects an index."""


def save_flat(path: str | os.PathLike[str], tree: Mapping[str, Any]) -> None:
    """Save a tree in DeePMD-kit's flat layout, in one step.

    Parameters
    ----------
    path : str or path
        The ``.dp`` file to create or replace.
    tree : mapping
        The payload, with arrays, scalars or lazy variables under ``@variables``. One that came out
        of a flat file gets back the metadata of that file.

    Raises
    ------
    ModelTreeError
        The tree holds something that cannot be stored faithfully.
    FileAccessError
        The file cannot be written.
    """
    skeleton, variables = flatten({**_metadata(tree), **without_metadata(tree)})
    values: list[Value] = []
    names: dict[str, str] = {}
    stored: dict[Hashable, str] = {}
    for variable in variables:
        value = as_value(variable.leaf, variable.path)
        storage = storage_of(variable.leaf)
        name = None if storage is None else stored.get(storage)
        if name is None:
            name = f"/variable_{len(values):04d}"
            values.append(value)
        names[variable.name] = stored[storage] = name
    named = rebuild(skeleton, lambda leaf, _: names[leaf], os.fspath(path))
    text = dump_json(named)
    check_json_size(text, "the JSON")
    with atomic_replacement(path) as temporary:
        with _hdf5_write_errors(path):
            offsets = _write_structure(temporary, values, text.decode())
        descriptor = os.open(temporary, system_files.UPDATING)
        try:
            write_values(descriptor, values, offsets)
        finally:
            os.close(descriptor)


def _metadata(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Give the metadata of the flat file that a tree came from, or new metadata."""
    own = metadata_of(tree)
    for found in (own, own.get("origin")):
        if isinstance(found, Mapping) and found.get("software", SOFTWARE) != SOFTWARE:
            return dict(found)
    return {**new_metadata([tree]), "software": FLAT_SOFTWARE}


def _write_structure(path: str, values: list[Value], text: str) -> list[int]:
    """Create every object, with space for the data; give the places of the data."""
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_obj_track_times(False)
    plan.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    plan.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    offsets = []
    # HDF5 locks what it opens by name, and this file is locked
    with open(path, "r+b") as opened, h5py.File(opened, "w", **_FILE_OPTIONS) as file:
        for number, value in enumerate(values):
            shape = value.shape
            space = h5py.h5s.create_simple(shape) if shape else h5py.h5s.create(h5py.h5s.SCALAR)
            kind = HDF5_TYPES[value.dtype.str]
            # h5py's create_dataset would leave out the plan for a scalar
            made = h5py.h5d.create(file.id, b"variable_%04d" % number, kind, space, plan)
            offsets.append(made.get_offset() or 0)
        file.attrs[JSON_ATTRIBUTE] = text
    return offsets


@contextmanager
def _hdf5_write_errors(target: str | os.PathLike[str]) -> Iterator[None]:
    """Name the file in what HDF5 raises, and the system's reason where HDF5 quotes it.

    h5py raises `OSError`, `RuntimeError` or `ValueError` at a full disk, whichever call meets it.
    """
    try:
        yield
    except (OSError, RuntimeError, ValueError) as err:
        quoted = _ERRNO.search(str(err))
        number = int(quoted[1]) if quoted else getattr(err, "errno", None)
        reason = os.strerror(number) if number else " ".join(str(err).split())[:200]
        msg = f"cannot be written: {reason}"
        raise FileAccessError(msg, source=os.fspath(target)) from err
