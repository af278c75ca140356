# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which module reads a model file, told by the file's first bytes.

A new format is one line of `FORMATS` and a module with a function ``read``, a `Read`. Modules are
named and imported at first use, so that a format of a later room can stand here too.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any, Protocol, cast

from dp_multitask.errors import ModelFileError, UnsafeFileError
from dp_multitask.modelfile.opened_file import OpenedFile
from dp_multitask.records import NamedTuple
from dp_multitask.text.foreign import foreign
from dp_multitask.text.marks import HDF5_SIGNATURE, HDF5_SUFFIXES, YAML_SUFFIXES, ZIP_SIGNATURE


class ModelFormat(NamedTuple):
    """A format: how its files begin, and the module that reads them."""

    signature: bytes
    module: str


FORMATS = (
    ModelFormat(HDF5_SIGNATURE, "dp_multitask.modelfile.reading.hdf5_model"),
    ModelFormat(ZIP_SIGNATURE, "dp_multitask.checkpoint.reading"),
)
_TEXT = "dp_multitask.modelfile.yaml"
"""What has no signature is YAML if its suffix says so."""

_USER_BLOCKS = (512, 1024)


class Source(Protocol):
    """The contents of an open model file, whatever its format."""

    @property
    def has_checksums(self) -> bool:
        """Whether damage to a variable is found when it is read."""

    @property
    def skeleton(self) -> dict[str, Any]:
        """The payload; what stands in the place of variables is the format's affair."""

    def tree(self) -> dict[str, Any]:
        """Give the whole payload, with a lazy variable or array at the place of each variable.

        A lazy variable is a `dp_multitask.modelfile.values.Value`; one whose bytes lie in the file
        as they are in memory is best a `dp_multitask.modelfile.reading.lazy.LazyVariable`.
        """

    def branch(self, name: str) -> dict[str, Any] | None:
        """Give a branch, by name or alias, as a single-model payload; None: take it from `tree`."""

    def check(self, branch: str | None = None) -> None:
        """Raise a `ModelFileError` for what no checksum of a variable tells.

        Of the whole file, or of what a branch is made of.
        """


class Read(Protocol):
    """What the function ``read`` of a format's module takes and gives."""

    def __call__(self, file: OpenedFile, *, verify: bool) -> Source:
        """Read as little of a file as will do; `verify`: compare checksums of what is loaded."""


def read_source(file: OpenedFile, *, verify: bool) -> Source:
    """Read an open file in the format that it has.

    Raises
    ------
    ModelFileError
        It has none of the formats, or is broken.
    UnsafeFileError
        Something stands before the signature.
    """
    read = cast(Read, import_module(_module_of(file)).read)
    return read(file, verify=verify)


def has_own_reader(path: str) -> bool:
    """Whether a path is one that the formats of this package must read, or refuse.

    By its suffix or by how it begins; a folder is none, nor is a program that JAX has compiled.
    """
    if os.path.isdir(path) or path.endswith(".hlo"):
        return False
    if os.path.splitext(path)[1].lower() in (*HDF5_SUFFIXES, *YAML_SUFFIXES):
        return True
    file = OpenedFile(path)
    try:
        head = file.read(0, max(_USER_BLOCKS) + len(HDF5_SIGNATURE))
    finally:
        file.close()
    return any(head.startswith(HDF5_SIGNATURE, at) for at in (0, *_USER_BLOCKS))


def _module_of(file: OpenedFile) -> str:
    head = file.read(0, max(_USER_BLOCKS) + len(HDF5_SIGNATURE))
    for signature, module in FORMATS:
        if head.startswith(signature):
            return module
    if os.path.splitext(file.name)[1].lower() in YAML_SUFFIXES:
        return _TEXT
    if any(head.startswith(HDF5_SIGNATURE, at) for at in _USER_BLOCKS):
        msg = "has a user block before the HDF5 data"
        hint = "a model file starts with HDF5's signature"
        raise UnsafeFileError(msg, source=file.name, hint=hint)
    kind = foreign(head)
    what = kind.what if kind else "neither HDF5 nor a ZIP archive"
    msg = f"is {what if head else 'empty'}, "
    msg += "expected a model file (.dp, .yaml) or the archive of a checkpoint (.pt)"
    hint = kind.remedy if kind else "get it anew, or give another file"
    raise ModelFileError(msg, source=file.name, hint=hint)
