# SPDX-License-Identifier: LGPL-3.0-or-later
"""Read model files: our own through their index, DeePMD-kit's by following its paths."""

from __future__ import annotations

import os
import re
import zlib
from types import TracebackType
from typing import Any

from dp_multitask.config.branch_names import aliases_of
from dp_multitask.errors import ChecksumError, FormatVersionError, ModelFileError
from dp_multitask.modelfile.index import Index, check_extents, load_index
from dp_multitask.modelfile.payload import (
    branch_configs,
    branch_names,
    branch_payload,
    is_multitask,
    resolve_branch,
)
from dp_multitask.modelfile.places import (
    INDEX_DATASET,
    JSON_ATTRIBUTE,
    MODEL_DEF_VERSION,
    SOFTWARE,
    YAML_SUFFIXES,
    branch_group,
    metadata_of,
)
from dp_multitask.modelfile.reading.guard import GuardedFile
from dp_multitask.modelfile.reading.lazy import LazyMaker, Stored
from dp_multitask.modelfile.reading.opening import check_regular
from dp_multitask.modelfile.tree import check_name, rebuild
from dp_multitask.text.strict_json import load_json

_FLAT_NAME = re.compile(r"/variable_\d+")


class ModelFile:
    """A model file that is open for reading. Use it in a ``with`` statement.

    Nothing but the JSON that is asked for is read: opening one branch costs that branch.

    Attributes
    ----------
    path : str
        The file.
    """

    def __init__(self, path: str | os.PathLike[str], *, verify: bool = True) -> None:
        self.path = os.fspath(path)
        self._verify = verify
        self._stored: dict[str, Stored] = {}
        self._file: GuardedFile | None = None
        self._yaml: dict[str, Any] | None = None
        check_regular(self.path)
        if os.path.splitext(self.path)[1].lower() in YAML_SUFFIXES:
            from dp_multitask.modelfile.yaml import read_yaml

            self._yaml = read_yaml(self.path)
        else:
            self._file = GuardedFile(self.path)

    def __enter__(self) -> ModelFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Lazy variables cannot be loaded any more; what was loaded stays."""
        if self._file is not None:
            self._file.close()

    @property
    def is_hdf5(self) -> bool:
        """Whether it is an HDF5 file and no text."""
        return self._file is not None

    @property
    def has_checksums(self) -> bool:
        """Whether damage is found on reading; DeePMD-kit's own files and YAML have none."""
        return self._file is not None and self.stored("").index is not None

    @property
    def skeleton(self) -> dict[str, Any]:
        """The file's JSON tree, variables replaced by their HDF5 paths."""
        return self._yaml if self._yaml is not None else self.stored("").skeleton

    @property
    def metadata(self) -> dict[str, Any]:
        """Software, version, module, time, model_def_version and origin, as far as known."""
        return metadata_of(self.skeleton)

    @property
    def branches(self) -> tuple[str, ...]:
        """The branches in their order; () for a single model."""
        return tuple(branch_names(self.skeleton))

    @property
    def aliases(self) -> dict[str, list[str]]:
        """Alias -> the branches that bear it."""
        return aliases_of(branch_configs(self.skeleton))

    @property
    def shared_links(self) -> dict[str, Any]:
        """What the branches are declared to share, as `preprocess_shared_params` gives it."""
        links = self.skeleton.get("shared_links", {})
        return links if isinstance(links, dict) else {}

    def tree(self) -> dict[str, Any]:
        """Give the whole payload, with `LazyVariable` in the place of every variable.

        Raises
        ------
        ModelFileError
            The file is broken.
        """
        if self._yaml is not None:
            return self._yaml
        return self.lazy(self.stored(""))

    def branch(self, name: str) -> dict[str, Any]:
        """Give one branch as a single-model payload with lazy variables.

        Parameters
        ----------
        name : str
            A branch or an alias.

        Raises
        ------
        UnknownBranchError
            No such branch, or an alias of several.
        ModelFileError
            The file is broken.
        """
        stored = self.find_branch(name)
        if stored is not None:
            return self.lazy(stored)
        tree = self.tree()
        payload = branch_payload(tree, resolve_branch(name, tree, self.path))
        return {**{k: v for k, v in metadata_of(tree).items() if k not in payload}, **payload}

    def find_branch(self, name: str) -> Stored | None:
        """Read the group of a branch, by name or alias; None if the file has no such groups."""
        if self._file is None:
            return None
        if "/" not in name and self._file.exists(f"{branch_group(name)}/{INDEX_DATASET}"):
            return self.stored(branch_group(name))
        if not is_multitask(self.skeleton):
            resolve_branch(name, self.skeleton, self.path)
        resolved = resolve_branch(name, self.skeleton, self.path)
        group = branch_group(resolved)
        if self.stored("").index is None and not self._file.exists(group):
            return None
        return self.stored(group)

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

    @property
    def hdf5(self) -> GuardedFile:
        """The open HDF5 file."""
        if self._file is None:
            msg = "is no HDF5 file"
            raise ModelFileError(msg, source=self.path)
        return self._file

    def lazy(self, stored: Stored) -> dict[str, Any]:
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


def open_model(path: str | os.PathLike[str], *, verify: bool = True) -> ModelFile:
    """Open a model file: ours, a flat one of DeePMD-kit, or ``.yaml``.

    Parameters
    ----------
    path : str or path
        The file.
    verify : bool, default: True
        Compare checksums when variables are loaded (only our files have them).

    Returns
    -------
    ModelFile
        To be used in a ``with`` statement.

    Raises
    ------
    FileAccessError
        The file cannot be read.
    ModelFileError
        It is no model file, broken, unsafe, or of a newer version.
    """
    return ModelFile(path, verify=verify)
