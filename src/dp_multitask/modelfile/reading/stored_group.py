# SPDX-License-Identifier: LGPL-3.0-or-later
"""A group of a model file as it was read, and the tree of lazy variables that it stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from dp_multitask.errors import ModelFileError
from dp_multitask.modelfile.hdf5.file import Hdf5File
from dp_multitask.modelfile.index import Index
from dp_multitask.modelfile.payload import BRANCH_EXTRAS, tree_path
from dp_multitask.modelfile.places import BRANCHES_GROUP, MAX_TREE_DEPTH, VARIABLES_KEY, link_name
from dp_multitask.modelfile.reading.lazy import LazyVariable
from dp_multitask.modelfile.stored_array import ARRAY, NUMPY_SCALAR, StoredArray, check_disjoint

_T = TypeVar("_T")
_NONE: Any = object()

MakeVariable = Callable[[str, str], Any]
"""What stands for a variable, from its name in the JSON and from the one that its place gives."""


class StoredGroup:
    """A group that was read.

    Attributes
    ----------
    group : str
        Its path without slashes around it, ``""`` for the root.
    skeleton : dict
        Its JSON tree.
    is_multitask : bool
        Whether that is a multitask payload.
    index : Index or None
        Its index, if it has one.
    index_array : StoredArray or None
        Where the index lies.
    placed : bool
        Whether the index was made for this very file, so that its offsets hold. A group that
        another program copied keeps valid checksums only.
    """

    def __init__(
        self,
        group: str,
        skeleton: dict[str, Any],
        is_multitask: bool,
        index: Index | None = None,
        index_array: StoredArray | None = None,
        placed: bool = False,
    ) -> None:
        self.group = group
        self.skeleton = skeleton
        self.is_multitask = is_multitask
        self.index = index
        self.index_array = index_array
        self.placed = placed

    def absolute(self, name: str) -> str:
        """Give the absolute HDF5 path of a name in the JSON."""
        return name if name.startswith("/") or not self.group else f"/{self.group}/{name}"


def rebuild(stored: StoredGroup, make: MakeVariable, source: str) -> dict[str, Any]:
    """Copy a group's tree, with `make(name, its place's name)` where a variable is.

    Raises
    ------
    ModelFileError
        The tree is nested more than 100 levels deep, or a name is no text.
    """

    def copy(node: Any, prefix: str, below: bool, depth: int) -> Any:
        kind = type(node)
        if kind is dict:
            if depth >= MAX_TREE_DEPTH:
                raise _too_deep(prefix, source)
            return {
                key: copy(value, prefix_of(prefix, key), below or key == VARIABLES_KEY, depth + 1)
                if type(value) in _CONTAINERS
                else make_checked(value, prefix + link_name(key))
                if (below or key == VARIABLES_KEY) and value is not None
                else value
                for key, value in node.items()
            }
        if depth >= MAX_TREE_DEPTH:
            raise _too_deep(prefix, source)
        return [
            copy(value, f"{prefix}{number}/", below, depth + 1)
            if type(value) in _CONTAINERS
            else make_checked(value, f"{prefix}{number}")
            if below and value is not None
            else value
            for number, value in enumerate(node)
        ]

    def make_checked(name: Any, place: str) -> Any:
        if type(name) is str and name.strip("/") and "\0" not in name:
            return make(name, place)
        msg = f"expected the HDF5 path of a variable, found {str(name)[:60]!r}"
        raise ModelFileError(msg, source=source, path=tree_path(place))

    prefix_of = _prefix_in_multitask if stored.is_multitask else _prefix
    start = "/" if stored.is_multitask else ""
    tree: dict[str, Any] = copy(stored.skeleton, start, False, 0)
    return tree


_CONTAINERS = frozenset({dict, list})


def _prefix(above: str, key: str) -> str:
    return f"{above}{link_name(key)}/"


def _prefix_in_multitask(above: str, key: str) -> str:
    """Put what belongs to a branch into the branch's group, as `payload.root_name` does."""
    if above == "/model/model_dict/":
        return f"/{BRANCHES_GROUP}/{link_name(key)}/model/"
    if above == f"/{BRANCH_EXTRAS}/":
        return f"/{BRANCHES_GROUP}/{link_name(key)}/"
    return f"{above}{link_name(key)}/"


def _too_deep(prefix: str, source: str) -> ModelFileError:
    msg = f"the tree is nested more than {MAX_TREE_DEPTH} levels deep"
    return ModelFileError(msg, source=source, path=tree_path(prefix)[:8])


def variable_names(stored: StoredGroup, source: str) -> list[str]:
    """Give the absolute HDF5 paths of a group's variables in their order."""
    names: list[str] = []
    rebuild(stored, lambda name, place: names.append(stored.absolute(name)), source)
    return names


def lazy_tree(stored: StoredGroup, file: Hdf5File, *, verify: bool) -> dict[str, Any]:
    """Rebuild a group's tree with lazy variables.

    Raises
    ------
    ModelFileError
        A variable does not exist, or is not what the index says.
    """
    if stored.index is not None and stored.placed:
        opened = file.raw.file

        def lazy(row: StoredArray, place: str) -> LazyVariable:
            return LazyVariable(opened, place, row, row.crc32 if verify else None)

        return placed_tree(stored, stored.index.rows, lazy, file.name)
    rows = iter(stored.index.rows) if stored.index is not None else None
    found: list[StoredArray] = []

    def variable(name: str, place: str) -> LazyVariable:
        array = file.dataset(stored.absolute(name)).array
        crc = None
        if rows is None:
            array = array._replace(kind=ARRAY if array.shape else NUMPY_SCALAR)
        else:
            row = next(rows, None)
            if row is None or row[1:5:2] != array[1:5:2] or name.lstrip("/") != place.lstrip("/"):
                raise disagreement(stored, file.name)
            array = array._replace(kind=row.kind)
            crc = row.crc32 if verify else None
        found.append(array)
        return LazyVariable(file.raw.file, place, array, crc)

    tree = rebuild(stored, variable, file.name)
    if rows is not None and next(rows, None) is not None:
        raise disagreement(stored, file.name)
    check_disjoint(found, file.raw.size, file.name, f"/{stored.group}")
    return tree


def placed_tree(
    stored: StoredGroup, items: Iterable[_T], make: Callable[[_T, str], Any], source: str
) -> dict[str, Any]:
    """Rebuild a group's tree, with `make(item, its place's name)` where a variable is.

    Parameters
    ----------
    stored : StoredGroup
        The group, with an index.
    items : iterable
        What `make` takes, one for each row of the index.
    make : callable
        Gives what stands for a variable.
    source : str
        The file.

    Raises
    ------
    ModelFileError
        The tree has other variables than the index.
    """
    rest = iter(items)

    def variable(name: str, place: str) -> Any:
        item = next(rest, _NONE)
        if item is _NONE or (name != place and name.lstrip("/") != place):
            raise disagreement(stored, source)
        return make(item, place)

    tree = rebuild(stored, variable, source)
    if next(rest, _NONE) is not _NONE:
        raise disagreement(stored, source)
    return tree


def disagreement(stored: StoredGroup, source: str) -> ModelFileError:
    """Say that a group's JSON and its index name different variables."""
    msg = f"the JSON and the index of /{stored.group} describe different variables"
    return ModelFileError(msg, source=source, hint="the file is damaged")
