# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where things lie in a model file, and what they are called."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from dp_multitask.config.branch_names import RESERVED_NAMES
from dp_multitask.errors import (
    BranchNameError,
    FormatVersionError,
    ModelFileError,
    ModelTreeError,
    TreePath,
    UsageError,
)
from dp_multitask.text.limits import MOST_BYTES

SOFTWARE = "dp-multitask"
MODULE = "dp_multitask.modelfile"
MODEL_DEF_VERSION = 1
"""The version of the layout and of the tree; a reader refuses a newer one."""

_LAST_SECOND = 253_402_300_799  # 9999-12-31T23:59:59Z
METADATA_KEYS = ("software", "version", "module", "time", "model_def_version", "origin")
JSON_ATTRIBUTE = "json"
INDEX_DATASET = "@index"
BRANCHES_GROUP = "model_dict"
VARIABLES_KEY = "@variables"
LEAF_MARK = "@is_variable"
MAX_TREE_DEPTH = 100
MAX_KEY_BYTES = 65_000
"""Bytes of a key on the way to a variable: HDF5 names a group or dataset with less than 64 KiB."""

MAX_JSON_BYTES = MOST_BYTES


@lru_cache(4096)
def link_name(key: str) -> str:
    """Give the HDF5 link name of a tree key; only what HDF5 cannot hold is percent-encoded.

    Raises
    ------
    ModelTreeError
        The key is no valid Unicode text, or too long.
    """
    try:
        key.encode()
    except UnicodeEncodeError as err:
        msg = f"the key {key!r} is no valid Unicode text and cannot name a variable"
        raise ModelTreeError(msg) from err
    if key in ("", ".", ".."):
        return key.replace(".", "%2E") or "%"
    name = key.replace("%", "%25").replace("/", "%2F").replace("\0", "%00")
    if len(name.encode()) > MAX_KEY_BYTES:
        msg = f"the key {key[:40]!r}... cannot name a variable: longer than {MAX_KEY_BYTES} bytes"
        raise ModelTreeError(msg)
    return name


def tree_key(name: str) -> str:
    """Give the tree key of an HDF5 link name, the opposite of `link_name`."""
    if name in ("%", "%2E", "%2E%2E"):
        return name.replace("%2E", ".").replace("%", "")
    return name.replace("%2F", "/").replace("%00", "\0").replace("%25", "%")


def hdf5_name(path: TreePath) -> str:
    """Write a tree path as a relative HDF5 path."""
    return _prefix(path[:-1]) + link_name(str(path[-1]))


@lru_cache(4096)
def _prefix(path: TreePath) -> str:
    """Write the path of a container, which its variables have in common."""
    return "".join([f"{link_name(str(key))}/" for key in path])


def branch_group(branch: str) -> str:
    """Give the HDF5 path of a branch's group, without a leading slash."""
    return f"{BRANCHES_GROUP}/{link_name(branch)}"


def check_branch_name(branch: object, source: str | None = None) -> str:
    """Return a branch name unchanged if a group, a key of a state dict and a user can bear it.

    Raises
    ------
    BranchNameError
        It is no string, empty, reserved, or holds ``/``, ``.`` or NUL.
    """
    if not isinstance(branch, str):
        msg = f"a branch name must be a string, found {type(branch).__name__}"
        raise BranchNameError(msg, source=source)
    found = [repr(character) for character in "/.\0" if character in branch]
    if branch and not found and branch not in RESERVED_NAMES:
        return branch
    msg = f"the branch name {branch!r} "
    msg += f"holds {', '.join(found)}" if found else "is reserved" if branch else "is empty"
    reserved = " and ".join(map(repr, sorted(RESERVED_NAMES)))
    hint = f"rename it: a branch name is any text without '/', '.' and NUL but {reserved}"
    raise BranchNameError(msg, source=source, hint=hint)


def check_version(found: object, what: str, known: int, source: str) -> None:
    """Make sure that a file states the version that this package knows.

    Raises
    ------
    FormatVersionError
        It states a newer one.
    ModelFileError
        It states none, or something that is no version.
    """
    if type(found) is not int or found < 1:
        msg = f"has {what} {str(found)[:40]!r}, expected the integer {known}"
        raise ModelFileError(msg, source=source, hint="the file is damaged or forged")
    if found > known:
        msg = f"has {what} {found}, this package reads up to {known}"
        raise FormatVersionError(msg, source=source, hint="upgrade dp-multitask")


def _time_of_writing() -> str:
    """Give the time now, or that of ``SOURCE_DATE_EPOCH``, for bytes that can be made again.

    Raises
    ------
    UsageError
        The variable holds no date up to the year 9999.
    """
    written = os.environ.get("SOURCE_DATE_EPOCH", "")
    seconds = int(written) if written.isascii() and written.isdigit() else None
    if written and (seconds is None or len(written) > 12 or seconds > _LAST_SECOND):
        msg = f"SOURCE_DATE_EPOCH is {written[:40]!r}, expected seconds since 1970"
        raise UsageError(msg, hint="unset it, or write a whole number such as 1700000000")
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def new_metadata(trees: Iterable[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Make the metadata of a file to be written now.

    Parameters
    ----------
    trees : iterable of mappings
        What the file is derived from; the first that has metadata is kept under ``origin``.
    """
    import dp_multitask

    metadata: dict[str, Any] = {
        "software": SOFTWARE,
        "version": dp_multitask.__version__,
        "module": MODULE,
        "time": _time_of_writing(),
        "model_def_version": MODEL_DEF_VERSION,
    }
    for tree in trees:
        if origin := metadata_of(tree):
            metadata["origin"] = origin
            break
    return metadata


def metadata_of(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Give the metadata keys of a tree's top level, in the order of `METADATA_KEYS`."""
    return {key: tree[key] for key in METADATA_KEYS if key in tree}


def without_metadata(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Copy the top level of a tree, its metadata left out."""
    return {key: value for key, value in tree.items() if key not in METADATA_KEYS}
