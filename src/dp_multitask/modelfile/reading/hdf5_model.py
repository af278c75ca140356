# SPDX-License-Identifier: LGPL-3.0-or-later
"""Models in HDF5: our own through their index, DeePMD-kit's by following its paths."""

from __future__ import annotations

import re
import zlib
from typing import Any

from dp_multitask.errors import ChecksumError, ModelFileError
from dp_multitask.modelfile.hdf5.file import Hdf5File
from dp_multitask.modelfile.index import crc32_between, load_index
from dp_multitask.modelfile.model_json import load_json
from dp_multitask.modelfile.opened_file import OpenedFile
from dp_multitask.modelfile.payload import is_multitask, resolve_branch
from dp_multitask.modelfile.places import (
    INDEX_DATASET,
    JSON_ATTRIBUTE,
    MODEL_DEF_VERSION,
    SOFTWARE,
    branch_group,
    check_version,
)
from dp_multitask.modelfile.reading.agreement import check_agreement
from dp_multitask.modelfile.reading.stored_group import StoredGroup, lazy_tree, variable_names
from dp_multitask.modelfile.stored_array import check_disjoint

_FLAT_NAME = re.compile(r"/variable_\d+")


def read(file: OpenedFile, *, verify: bool) -> Hdf5Model:
    """Read a model in HDF5."""
    return Hdf5Model(file, verify=verify)


class Hdf5Model:
    """A model in HDF5, group by group.

    Attributes
    ----------
    hdf5 : Hdf5File
        The groups and datasets.
    """

    def __init__(self, file: OpenedFile, *, verify: bool) -> None:
        self.path = file.name
        self.hdf5 = Hdf5File(file)
        self._verify = verify
        self._stored: dict[str, StoredGroup] = {}

    @property
    def has_checksums(self) -> bool:
        """Whether the file has an index."""
        return self.stored("").index is not None

    @property
    def skeleton(self) -> dict[str, Any]:
        """The root's JSON."""
        return self.stored("").skeleton

    def tree(self) -> dict[str, Any]:
        """Give the root's payload with lazy variables."""
        return self._lazy("")

    def branch(self, name: str) -> dict[str, Any] | None:
        """Give the payload of a branch's group; None if the file has no such groups."""
        group = self._branch_group(name)
        return None if group is None else self._lazy(group)

    def placed(self, branch: str | None = None) -> StoredGroup | None:
        """Give the group of the whole or of a branch, if its index says where everything lies."""
        group = self._branch_group(branch) if branch is not None else ""
        stored = self.stored(group) if group is not None else None
        return stored if stored is not None and stored.index is not None and stored.placed else None

    def check(self, branch: str | None = None) -> None:
        """Make sure of what no checksum of a variable tells.

        That HDF5 says of the variables what the index says, and, of the whole file, that no byte
        around them was changed since it was written.

        Raises
        ------
        ModelFileError
            HDF5 and the index disagree.
        ChecksumError
            The bytes are not those that were written.
        """
        stored = self.placed(branch)
        if stored is None:
            return
        if not stored.group:
            self._check_structure(stored)
        check_agreement(self.hdf5, stored)

    def _check_structure(self, stored: StoredGroup) -> None:
        index, array, file = stored.index, stored.index_array, self.hdf5.raw.file
        if index is None or array is None:
            return
        extents = [(each.offset, each.nbytes) for each in (*index.rows, array)]
        crc = crc32_between(file.read, extents, file.size)
        if crc != index.structure_crc32:
            msg = "the structure of the file is not what was written"
            hint = "the file is damaged (get it anew), or open for writing in another program"
            raise ChecksumError(msg, source=self.path, hint=hint)

    def _branch_group(self, name: str) -> str | None:
        """Find the group of a branch without the root's JSON, if it bears the name itself."""
        if "/" not in name and self.hdf5.exists(f"{branch_group(name)}/{INDEX_DATASET}"):
            return branch_group(name)
        if not is_multitask(self.skeleton):
            resolve_branch(name, self.skeleton, self.path)
        group = branch_group(resolve_branch(name, self.skeleton, self.path))
        return group if self.has_checksums or self.hdf5.exists(group) else None

    def stored(self, group: str) -> StoredGroup:
        """Read the JSON and the index of a group, checksums and version checked."""
        if group not in self._stored:
            self._stored[group] = self.read_group(group)
        return self._stored[group]

    def _lazy(self, group: str) -> dict[str, Any]:
        return lazy_tree(self.stored(group), self.hdf5, verify=self._verify)

    def read_group(self, group: str) -> StoredGroup:
        """Read a group as `stored` does, without keeping it."""
        file = self.hdf5
        where = f"/{group}"
        text = file.text(group, JSON_ATTRIBUTE)
        index, array, placed = None, None, False
        if file.exists(f"{group}/{INDEX_DATASET}"):
            array = file.dataset(f"{group}/{INDEX_DATASET}").array
            index = load_index(file.raw.file.read(array.offset, array.nbytes), where, self.path)
            if zlib.crc32(text) != index.json_crc32:
                msg = f"the JSON of {where} is not what was written"
                raise ChecksumError(msg, source=self.path, hint="the file is damaged")
            placed = (index.file_size, index.address) == (file.raw.size, array.offset)
            if placed and index.group != where:
                msg = f"the index of {where} says that it belongs to {index.group!r}"
                raise ModelFileError(msg, source=self.path)
            if placed:
                check_disjoint([*index.rows, array], file.raw.size, self.path, where)
        skeleton = load_json(text, self.path, f"the JSON of {where}")
        multitask = not group and is_multitask(skeleton)
        stored = StoredGroup(group, skeleton, multitask, index, array, placed)
        self._check_origin(stored)
        return stored

    def _check_origin(self, stored: StoredGroup) -> None:
        skeleton = stored.skeleton
        ours = skeleton.get("software") == SOFTWARE
        if ours or stored.index is not None or "model_def_version" in skeleton:
            version = skeleton.get("model_def_version")
            check_version(version, "model_def_version", MODEL_DEF_VERSION, self.path)
        if ours and stored.index is None and not self._is_flat(stored):
            msg = f"was written by {SOFTWARE} but has no {INDEX_DATASET!r}"
            raise ModelFileError(msg, source=self.path, hint="the file is damaged")

    def _is_flat(self, stored: StoredGroup) -> bool:
        """Whether all variables have DeePMD-kit's names: it keeps our metadata in a new file."""
        names = variable_names(stored, self.path)
        return all(_FLAT_NAME.fullmatch(name) for name in names)


def refuse_other_files(path: str) -> None:
    """Refuse an HDF5 file that leads a reader into other files, whatever else it holds.

    Raises
    ------
    UnsafeFileError
        It has a soft or external link, or a dataset whose bytes are elsewhere.
    ModelFileError
        It is damaged, or no HDF5 file.
    """
    file = OpenedFile(path)
    try:
        Hdf5File(file).refuse_other_files()
    finally:
        file.close()
