# SPDX-License-Identifier: LGPL-3.0-or-later
"""Models in HDF5: our own through their index, DeePMD-kit's by following its paths."""

from __future__ import annotations

import re
import zlib
from typing import Any

from dp_multitask.errors import ChecksumError, FormatVersionError, ModelFileError
from dp_multitask.modelfile.index import Index, check_extents, load_index
from dp_multitask.modelfile.payload import is_multitask, resolve_branch
from dp_multitask.modelfile.places import (
    INDEX_DATASET,
    JSON_ATTRIBUTE,
    MODEL_DEF_VERSION,
    SOFTWARE,
    branch_group,
)
from dp_multitask.modelfile.reading.guard import GuardedFile
from dp_multitask.modelfile.reading.lazy import LazyMaker, Stored
from dp_multitask.modelfile.reading.opened_file import OpenedFile
from dp_multitask.modelfile.tree import check_name, rebuild
from dp_multitask.modelfile.writing.writer import crc32_between
from dp_multitask.text.strict_json import load_json

_FLAT_NAME = re.compile(r"/variable_\d+")


def read(file: OpenedFile, *, verify: bool) -> Hdf5Model:
    """Read a model in HDF5."""
    return Hdf5Model(file, verify=verify)


class Hdf5Model:
    """A model in HDF5, group by group.

    Attributes
    ----------
    hdf5 : GuardedFile
        The groups and datasets.
    """

    def __init__(self, file: OpenedFile, *, verify: bool) -> None:
        self.path = file.name
        self.hdf5 = GuardedFile(file)
        self._verify = verify
        self._stored: dict[str, Stored] = {}

    def close(self) -> None:
        """Close the file."""
        self.hdf5.close()

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
        return self._lazy(self.stored(""))

    def branch(self, name: str) -> dict[str, Any] | None:
        """Give the payload of a branch's group; None if the file has no such groups."""
        group = self._branch_group(name)
        return None if group is None else self._lazy(self.stored(group))

    def check(self) -> None:
        """Make sure that no byte around the variables was changed since the file was written.

        Raises
        ------
        ChecksumError
            The bytes are not those that were written.
        """
        stored = self.stored("")
        if stored.index is None or stored.extent is None or not stored.placed:
            return
        extents = [(row.offset, row.nbytes) for row in stored.index.rows]
        extents.append((stored.extent.offset, stored.extent.nbytes))
        crc = crc32_between(self.hdf5.file.descriptor, extents, self.hdf5.size)
        if crc != stored.index.structure_crc32:
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

    def stored(self, group: str) -> Stored:
        """Read the JSON and the index of a group, checksums and version checked."""
        if group not in self._stored:
            self._stored[group] = self._read(group)
        return self._stored[group]

    def _read(self, group: str) -> Stored:
        file = self.hdf5
        where = f"/{group}"
        text = file.text(group, JSON_ATTRIBUTE)
        index, extent, placed = None, None, False
        if file.exists(f"{group}/{INDEX_DATASET}"):
            extent = file.dataset(f"{group}/{INDEX_DATASET}")
            index = load_index(file.read(extent), where, self.path)
            if zlib.crc32(text) != index.json_crc32:
                msg = f"the JSON of {where} is not what was written"
                raise ChecksumError(msg, source=self.path, hint="the file is damaged")
            placed = (index.file_size, index.address) == (file.size, extent.offset)
            if placed and index.group != where:
                msg = f"the index of {where} says that it belongs to {index.group!r}"
                raise ModelFileError(msg, source=self.path)
            if placed:
                check_extents(index.rows, file.size, where, self.path)
        skeleton = load_json(text, self.path, f"the JSON of {where}")
        self._check_origin(skeleton, index)
        return Stored(group, skeleton, index, extent, placed)

    def _check_origin(self, skeleton: dict[str, Any], index: Index | None) -> None:
        if skeleton.get("software") != SOFTWARE:
            return
        version = skeleton.get("model_def_version")
        if not isinstance(version, int) or version > MODEL_DEF_VERSION:
            msg = f"has model_def_version {version}, this package reads up to {MODEL_DEF_VERSION}"
            raise FormatVersionError(msg, source=self.path, hint="upgrade dp-multitask")
        if index is None and not _is_flat(skeleton, self.path):
            msg = f"was written by {SOFTWARE} but has no {INDEX_DATASET!r}"
            raise ModelFileError(msg, source=self.path, hint="the file is damaged")

    def _lazy(self, stored: Stored) -> dict[str, Any]:
        """Rebuild a group's tree with lazy variables."""
        maker = LazyMaker(self.hdf5, stored, self._verify)
        tree = rebuild(stored.skeleton, maker.variable, self.path)
        maker.finish()
        return tree


def _is_flat(skeleton: dict[str, Any], source: str) -> bool:
    """Whether all variables have DeePMD-kit's names: it keeps our metadata when it saves anew."""
    names: list[str] = []
    rebuild(skeleton, lambda leaf, path: names.append(check_name(leaf, path, source)), source)
    return all(_FLAT_NAME.fullmatch(name) for name in names)


