# SPDX-License-Identifier: LGPL-3.0-or-later
"""Write the flat layout of DeePMD-kit's own ``.dp`` files.

As `save_dp_model` of DeePMD-kit 3.2.0 does it: the attribute ``json`` of the root, variable-length
UTF-8, and one dataset a variable in the root group, ``variable_0000`` and so on in the order of
the tree. A variable that branches share is written once and named from each of them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import h5py

from dp_multitask.atomic_file import atomic_replacement
from dp_multitask.errors import FileAccessError
from dp_multitask.modelfile.jsontext import dump_json
from dp_multitask.modelfile.layout import (
    JSON_ATTRIBUTE,
    SOFTWARE,
    metadata_of,
    new_metadata,
    without_metadata,
)
from dp_multitask.modelfile.tree import Variable, flatten, rebuild
from dp_multitask.modelfile.values import as_value

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
    with atomic_replacement(path) as temporary:
        try:
            _write(temporary, skeleton, variables)
        except OSError as err:
            if err.errno is None:  # HDF5 says it in words only
                msg = f"cannot be written: {err}"
                raise FileAccessError(msg, source=os.fspath(path)) from err
            raise


def _metadata(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Give the metadata of the flat file that a tree came from, or new metadata."""
    own = metadata_of(tree)
    for found in (own, own.get("origin")):
        if isinstance(found, Mapping) and found.get("software", SOFTWARE) != SOFTWARE:
            return dict(found)
    return {**new_metadata([tree]), "software": FLAT_SOFTWARE}


def _write(path: str, skeleton: dict[str, Any], variables: list[Variable]) -> None:
    names: dict[str, str] = {}
    written: dict[int, str] = {}
    with h5py.File(path, "w") as file:
        for variable in variables:
            value = as_value(variable.leaf, variable.path)
            offset = getattr(value, "offset", 0)  # of a variable that lies in a file
            name = written.get(offset) if offset and value.nbytes else None
            if name is None:
                name = f"/variable_{len(file):04d}"
                file.create_dataset(name, data=value.load(), dtype=value.dtype, track_times=False)
            names[variable.name] = written[offset] = name
        named = rebuild(skeleton, lambda leaf, _: names[leaf], path)
        file.attrs[JSON_ATTRIBUTE] = dump_json(named).decode()
