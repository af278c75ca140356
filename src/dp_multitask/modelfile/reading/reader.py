# SPDX-License-Identifier: LGPL-3.0-or-later
"""Open model files of any format: what a file says of itself, and its branches."""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from dp_multitask.config.branch_names import aliases_of
from dp_multitask.modelfile.opened_file import OpenedFile
from dp_multitask.modelfile.payload import (
    branch_configs,
    branch_names,
    branch_payload,
    resolve_branch,
)
from dp_multitask.modelfile.places import metadata_of
from dp_multitask.modelfile.reading.formats import Source, read_source
from dp_multitask.notebooks import picture_for


class ModelFile:
    """A model file that is open for reading. Use it in a ``with`` statement.

    Nothing but what is asked for is read: opening one branch costs that branch.

    Attributes
    ----------
    path : str
        The file.
    source : Source
        Its contents, as the reader of its format gives them.
    """

    source: Source

    def __init__(self, path: str | os.PathLike[str], *, verify: bool = True) -> None:
        self.path = os.fspath(path)
        self._file = OpenedFile(path)
        try:
            self.source = read_source(self._file, verify=verify)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> ModelFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        if self._file.closed:
            return f"<ModelFile {self.path!r}: closed>"
        number = len(self.branches)
        what = f"{number} branches" if number else "single model"
        return f"<ModelFile {self.path!r}: {what}>"

    def _repr_html_(self) -> str | None:
        if self._file.closed:
            return None
        return picture_for(self, "file_picture")

    def __getitem__(self, name: str) -> dict[str, Any]:
        """Give one branch, as `branch` does."""
        return self.branch(name)

    def __iter__(self) -> Iterator[str]:
        """Go through the names of the branches."""
        return iter(self.branches)

    def _ipython_key_completions_(self) -> list[str]:
        return [*self.branches, *self.aliases]

    def close(self) -> None:
        """Close the file. Lazy variables cannot be loaded any more; what was loaded stays."""
        self._file.close()

    @property
    def has_checksums(self) -> bool:
        """Whether damage is found on reading; DeePMD-kit's own files and YAML have none."""
        return self.source.has_checksums

    @property
    def skeleton(self) -> dict[str, Any]:
        """The file's JSON tree, variables replaced by what stands for them in the file."""
        return self.source.skeleton

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
        return self.source.tree()

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
        found = self.source.branch(name)
        if found is not None:
            return found
        tree = self.tree()
        payload = branch_payload(tree, resolve_branch(name, tree, self.path))
        return {**{k: v for k, v in metadata_of(tree).items() if k not in payload}, **payload}


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
