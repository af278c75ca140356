# SPDX-License-Identifier: LGPL-3.0-or-later
"""Walk and rebuild the variables of a native tree.

Leaves anywhere below the key ``@variables`` are variables, through mappings and lists alike; None
stays None. Everything else is plain JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dp_multitask.errors import ModelFileError, ModelTreeError, TreePath
from dp_multitask.modelfile.places import LEAF_MARK, MAX_TREE_DEPTH, VARIABLES_KEY, hdf5_name
from dp_multitask.records import NamedTuple

Replace = Callable[[Any, TreePath], Any]


_LEAF_TYPES = frozenset({bool, float, int, str, type(None)})
"""The usual types of leaves, told apart first: asking whether something is a mapping takes long."""


class StoredVariable(NamedTuple):
    """One variable of a tree: where it is, what HDF5 calls that place, and what it is."""

    path: TreePath
    name: str
    leaf: Any


def flatten(
    tree: Mapping[str, Any], name_of: Callable[[TreePath], str] = hdf5_name
) -> tuple[dict[str, Any], list[StoredVariable]]:
    """Take the variables out of a tree.

    Parameters
    ----------
    tree : mapping
        A native tree; it is not changed.
    name_of : callable, optional
        Tree path -> the variable's name; by default the path itself, relative.

    Returns
    -------
    skeleton : dict
        A copy of the tree in which every variable is replaced by its name. Tuples have become
        lists, as JSON has no tuples.
    variables : list of StoredVariable
        In the order of the names in the skeleton.

    Raises
    ------
    ModelTreeError
        A key is no string, or a value outside ``@variables`` is not JSON.
    """
    variables: list[StoredVariable] = []

    def take(leaf: Any, path: TreePath) -> str:
        try:
            name = name_of(path)
        except ModelTreeError as err:
            err.path = tuple(part[:40] if isinstance(part, str) else part for part in path)
            raise
        variables.append(StoredVariable(path, name, leaf))
        return name

    return _flatten(tree, (), False, take), variables


def _flatten(node: Any, path: TreePath, below: bool, take: Replace) -> Any:
    if type(node) not in _LEAF_TYPES and not hasattr(type(node), "dtype"):
        if isinstance(node, Mapping):
            _check_depth(path)
            copy: dict[str, Any] = {}
            for key, value in node.items():
                if type(key) is not str or key == LEAF_MARK:
                    raise _bad_key(key, path)
                copy[key] = _flatten(value, (*path, key), below or key == VARIABLES_KEY, take)
            return copy
        if isinstance(node, (list, tuple)):
            _check_depth(path)
            return [_flatten(value, (*path, i), below, take) for i, value in enumerate(node)]
    if below:
        return None if node is None else take(node, path)
    return _plain(node, path)


def _check_depth(path: TreePath) -> None:
    if len(path) >= MAX_TREE_DEPTH:
        msg = f"the tree is nested more than {MAX_TREE_DEPTH} levels deep (or contains itself)"
        raise ModelTreeError(msg, path=path[:8])


def _bad_key(key: Any, path: TreePath) -> ModelTreeError:
    if key == LEAF_MARK:
        msg = f"the key {LEAF_MARK!r} is reserved for YAML files"
        return ModelTreeError(msg, path=path)
    msg = f"the key {key!r} is no string"
    return ModelTreeError(msg, path=path, hint="JSON has no other keys")


def _plain(value: Any, path: TreePath) -> Any:
    if value is None or isinstance(value, (bool, str, int)):
        return value
    if isinstance(value, float):
        if value - value == 0.0:
            return float(value)
        msg = f"{value} is no JSON number"
        raise ModelTreeError(msg, path=path, hint="only variables may hold NaN and infinities")
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        kind = f"{type(value).__name__} of {value.dtype}"
        msg = f"{kind} outside {VARIABLES_KEY!r}"
        hint = f"put arrays under {VARIABLES_KEY!r}, or convert it to a list or number"
        raise ModelTreeError(msg, path=path, hint=hint)
    msg = f"a value of type {type(value).__name__} is not JSON"
    raise ModelTreeError(msg, path=path)


def rebuild(skeleton: Mapping[str, Any], replace: Replace, source: str) -> dict[str, Any]:
    """Copy a tree, with `replace(leaf, path)` in the place of every variable.

    Raises
    ------
    ModelFileError
        The tree is nested more than 100 levels deep.
    """
    copy: dict[str, Any] = _rebuild(skeleton, (), False, replace, source)
    return copy


def _rebuild(node: Any, path: TreePath, below: bool, replace: Replace, source: str) -> Any:
    if isinstance(node, dict):
        if len(path) >= MAX_TREE_DEPTH:
            raise _too_deep(path, source)
        return {
            key: _rebuild(value, (*path, key), below or key == VARIABLES_KEY, replace, source)
            if below or key == VARIABLES_KEY or type(value) in (dict, list)
            else value
            for key, value in node.items()
        }
    if isinstance(node, list):
        if len(path) >= MAX_TREE_DEPTH:
            raise _too_deep(path, source)
        return [_rebuild(value, (*path, i), below, replace, source) for i, value in enumerate(node)]
    if below and node is not None:
        return replace(node, path)
    return node


def _too_deep(path: TreePath, source: str) -> ModelFileError:
    msg = f"the tree is nested more than {MAX_TREE_DEPTH} levels deep"
    return ModelFileError(msg, source=source, path=path[:8])


def iter_variables(tree: Mapping[str, Any]) -> Iterator[tuple[TreePath, Any]]:
    """Walk the variables of a tree in memory: their places and values, None left out."""
    yield from ((variable.path, variable.leaf) for variable in flatten(tree)[1])
