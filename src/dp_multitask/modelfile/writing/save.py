# SPDX-License-Identifier: LGPL-3.0-or-later
"""Save a tree as a model file: which datasets, which groups, which hard links."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from dp_multitask.errors import ModelTreeError, TreePath
from dp_multitask.modelfile.payload import (
    branch_names,
    branch_payload,
    check_extras,
    is_multitask,
    root_name,
)
from dp_multitask.modelfile.places import (
    BRANCHES_GROUP,
    INDEX_DATASET,
    branch_group,
    check_branch_name,
    metadata_of,
    new_metadata,
    without_metadata,
)
from dp_multitask.modelfile.stored_array import ITEM_SIZES
from dp_multitask.modelfile.tree import flatten
from dp_multitask.modelfile.values import Value, as_value
from dp_multitask.modelfile.writing.stored_once import shared_names
from dp_multitask.modelfile.writing.suffixes import check_writable_suffix
from dp_multitask.modelfile.writing.writer import NewDataset, NewGroup, write_file
from dp_multitask.text.marks import YAML_SUFFIXES
from dp_multitask.text.plain_data import describe


def save_model(path: str | os.PathLike[str], tree: Mapping[str, Any]) -> None:
    """Save a native model tree, of one model or of many branches.

    Parameters
    ----------
    path : str or path
        A ``.dp`` or ``.hdf5`` file, or ``.yaml`` for DeePMD-kit's text form. It appears whole or
        not at all.
    tree : mapping
        The payload: ``model``, ``model_def_script`` and what else the top level holds, with numpy
        arrays, numpy scalars or Python numbers under ``@variables``. A multitask payload has
        ``model.model_dict`` and may have ``shared_links``. It is not changed. Metadata in it
        (``software``, ``version``, ``time`` ...) goes to ``origin``.

    Raises
    ------
    ModelTreeError
        The tree holds something that cannot be stored faithfully; the error names its path.
    SharingError
        Variables that ``shared_links`` declares shared differ.
    BranchNameError
        A branch cannot be named so.
    FileAccessError
        The file cannot be written.
    UsageError
        The suffix is unknown.

    Notes
    -----
    The layout is described in ``docs/format.md``.
    """
    check_writable_suffix(path)
    if not isinstance(tree, Mapping):
        msg = f"a model tree is a mapping, found {describe(tree)}"
        raise ModelTreeError(msg, hint="load_model gives the tree of a file")
    full = {**new_metadata([tree]), **without_metadata(tree)}
    if is_multitask(full):
        for branch in branch_names(full):
            check_branch_name(branch)
    if os.fspath(path).lower().endswith(YAML_SUFFIXES):
        from dp_multitask.modelfile.yaml import write_yaml

        write_yaml(path, full)
    else:
        write_model(path, full)


def write_model(path: str | os.PathLike[str], tree: Mapping[str, Any]) -> None:
    """Write a tree, metadata and all, as HDF5. Leaves may be lazy variables of open files."""
    _check_top_level(tree)
    if is_multitask(tree):
        datasets, groups = _plan_multitask(tree)
    else:
        skeleton, variables = flatten(tree)
        values = [_storable(variable.leaf, variable.path) for variable in variables]
        datasets = [
            NewDataset(value, (f"/{variable.name}",))
            for value, variable in zip(values, variables, strict=True)
        ]
        groups = [NewGroup("/", skeleton, [(i, value.kind) for i, value in enumerate(values)])]
    write_file(path, datasets, groups)


def _storable(leaf: Any, path: TreePath) -> Value:
    """Make a leaf ready to be written; a lazy one may have a type that no file holds."""
    value = as_value(leaf, path)
    if value.dtype.str not in ITEM_SIZES:
        msg = f"a variable of element type {value.dtype.name} cannot be stored faithfully"
        hint = "numpy has no such type; train with 'precision': 'float32'"
        raise ModelTreeError(msg, path=path, hint=hint)
    return value


def _check_top_level(tree: Mapping[str, Any]) -> None:
    for key in (INDEX_DATASET, BRANCHES_GROUP):
        if key in tree:
            msg = f"the key {key!r} at the top level is reserved by the file format"
            raise ModelTreeError(msg, path=(key,))


class _Plan:
    """The datasets of a multitask file: one a variable, or one for all that share it."""

    def __init__(self, shared: Mapping[str, str]) -> None:
        self._shared = shared
        self._number: dict[str, int] = {}
        self._values: list[Value] = []
        self._names: list[dict[str, None]] = []

    def add(self, name: str, leaf: Any, path: TreePath) -> tuple[int, str]:
        """Note a variable by its absolute name; give its dataset's number and its kind."""
        value = _storable(leaf, path)
        number = self._number.setdefault(self._shared.get(name, name), len(self._values))
        if number == len(self._values):
            self._values.append(value)
            self._names.append({})
        self._names[number][name] = None
        return number, value.kind

    def datasets(self) -> list[NewDataset]:
        """Give the datasets in the order in which they were first met."""
        return [
            NewDataset(value, tuple(names))
            for value, names in zip(self._values, self._names, strict=True)
        ]


def _plan_multitask(tree: Mapping[str, Any]) -> tuple[list[NewDataset], list[NewGroup]]:
    branches = branch_names(tree)
    for branch in branches:
        check_branch_name(branch)
        check_extras(tree, branch)
    skeleton, variables = flatten(tree, root_name)
    plan = _Plan(shared_names(tree))
    groups = [NewGroup("/", skeleton, [plan.add(v.name, v.leaf, v.path) for v in variables])]
    metadata = {key: value for key, value in metadata_of(tree).items() if key != "origin"}
    for branch in branches:
        payload = {**metadata, **branch_payload(tree, branch)}
        _check_top_level(payload)
        skeleton, variables = flatten(payload)
        prefix = f"/{branch_group(branch)}"
        numbered = [plan.add(f"{prefix}/{v.name}", v.leaf, v.path) for v in variables]
        groups.append(NewGroup(prefix, skeleton, numbered))
    return plan.datasets(), groups
