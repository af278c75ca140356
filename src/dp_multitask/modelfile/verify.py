# SPDX-License-Identifier: LGPL-3.0-or-later
"""Say everything that is wrong with a model file."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import numpy as np

from dp_multitask.errors import (
    ComponentError,
    ConfigError,
    DPMultitaskError,
    ModelFileError,
    ModelTreeError,
    TreePath,
    format_path,
)
from dp_multitask.modelfile.hdf5.objects import Dataset
from dp_multitask.modelfile.payload import branch_payload, root_name
from dp_multitask.modelfile.places import (
    BRANCHES_GROUP,
    METADATA_KEYS,
    branch_group,
    check_branch_name,
)
from dp_multitask.modelfile.problem import Problem, problem_of
from dp_multitask.modelfile.reading.agreement import same_array
from dp_multitask.modelfile.reading.hdf5_model import Hdf5Model
from dp_multitask.modelfile.reading.reader import ModelFile, open_model
from dp_multitask.modelfile.reading.stored_group import StoredGroup, lazy_tree, variable_names
from dp_multitask.modelfile.stored_array import check_disjoint
from dp_multitask.modelfile.tree import iter_variables, rebuild
from dp_multitask.modelfile.unaccounted import unaccounted
from dp_multitask.modelfile.values import as_value, storage_of
from dp_multitask.modelfile.writing.stored_once import (
    UNSHARED,
    declared_pairs,
    first_name,
    same_variable,
)

_NO_MODEL = (ComponentError, ConfigError)
"""What is wrong with a checkpoint whose parameters describe no model."""


def verify_model(path: str | os.PathLike[str]) -> list[Problem]:
    """Check a model file: structure, checksums, JSON, sharing and finite values.

    Parameters
    ----------
    path : str or path
        Any file that `load_model` reads. Of a file that is not ours only what it has is checked.

    Returns
    -------
    list of Problem
        Everything that is wrong, in the order of the file; empty if nothing is.

    Raises
    ------
    FileAccessError
        The file cannot be read at all.
    UnsupportedError
        A checkpoint holds what this package has no names for.
    """
    try:
        with open_model(path) as file:
            return list(_problems(file))
    except (ModelFileError, *_NO_MODEL) as err:
        problem = problem_of(err, "/")
        return [problem._replace(message=f"{err.message} ({err.hint})") if err.hint else problem]


def _problems(file: ModelFile) -> Iterator[Problem]:
    try:
        tree = file.tree()
    except (ModelFileError, *_NO_MODEL) as err:
        yield problem_of(err, "/")
        return
    source = file.source
    try:
        source.check()
    except ModelFileError as err:
        yield problem_of(err, "/")
    yield from _names(file)
    try:
        variables = list(iter_variables(tree))
    except ModelTreeError as err:
        yield problem_of(err, "/")
        return
    yield from _values(variables)
    if isinstance(source, Hdf5Model):
        yield from _hdf5(source, tree, file.branches if source.has_checksums else ())
    else:
        yield from _sharing(tree, None)


def _names(file: ModelFile) -> Iterator[Problem]:
    branches = file.branches
    for branch in branches:
        try:
            check_branch_name(branch)
        except DPMultitaskError as err:
            yield problem_of(err, f"/{BRANCHES_GROUP}/{branch}")
    for alias, bearers in file.aliases.items():
        others = [branch for branch in bearers if branch != alias]
        if len(bearers) > 1 or (others and alias in branches):
            named = ", ".join(bearers)
            yield Problem("/", f"the alias {alias!r} is ambiguous: it belongs to {named}")


def _values(variables: list[tuple[TreePath, Any]]) -> Iterator[Problem]:
    """Read every variable once: its checksum, and whether all its values are possible ones."""
    seen: set[Hashable] = set()
    for path, leaf in variables:
        storage = storage_of(leaf)
        if storage is not None and storage in seen:
            continue
        seen.add(storage)
        try:
            size, wrong = _count_wrong(leaf, path)
        except ModelFileError as err:
            yield problem_of(err, format_path(path))
            continue
        for count, what in wrong:
            yield Problem(format_path(path), f"{count} of {size} values {what}")


def _count_wrong(leaf: Any, path: TreePath) -> tuple[int, list[tuple[int, str]]]:
    """Count all values, numbers that are not finite, booleans neither true nor false."""
    value = as_value(leaf, path)
    infinite = odd = 0
    for chunk in value.chunks():
        if value.dtype.kind == "f":
            infinite += int(np.count_nonzero(~np.isfinite(chunk.view(value.dtype))))
        elif value.dtype.kind == "b":
            odd += int(np.count_nonzero(chunk > 1))
    counts = [(infinite, "are not finite"), (odd, "are neither true nor false")]
    return value.size, [(count, what) for count, what in counts if count]


def _hdf5(
    source: Hdf5Model, tree: Mapping[str, Any], branches: tuple[str, ...]
) -> Iterator[Problem]:
    """Prove that every group says the same as HDF5 and as the root, one group after the other."""
    ours = source.has_checksums
    source.hdf5.raw.sum_later()
    datasets: dict[str, Dataset] = {}
    root = source.stored("")
    yield from _datasets(source, root, datasets)
    known = {row.offset: row.crc32 for row in root.index.rows} if root.index is not None else {}
    read: set[int] = set()
    for branch in branches:
        group = branch_group(branch)
        try:
            address = source.hdf5.group(group).address
            if address in read:
                continue  # `unaccounted` tells that it is another branch's
            read.add(address)
            stored = source.read_group(group)
            yield from _datasets(source, stored, datasets)
            yield from _checksums(source, stored, known)
            yield from _branch(source, stored, branch)
        except DPMultitaskError as err:
            yield problem_of(err, f"/{group}")
    arrays = [each.array for each in datasets.values()]
    try:
        check_disjoint(arrays, source.hdf5.raw.size, source.path, "/")
    except ModelFileError as err:
        yield problem_of(err, "/")
    models = {"", *map(branch_group, branches)}
    yield from unaccounted(source.hdf5, datasets, models, ours=ours)
    for offset in source.hdf5.raw.unfitting():
        yield Problem("/", f"the checksum of the header at byte {offset} does not fit")
    yield from _sharing(tree, datasets if ours else None)


def _datasets(
    source: Hdf5Model, stored: StoredGroup, datasets: dict[str, Dataset]
) -> Iterator[Problem]:
    """Prove that the index and HDF5 say the same of every variable of a group."""
    names = variable_names(stored, source.path)
    rows = stored.index.rows if stored.index is not None else [None] * len(names)
    if len(rows) != len(names):
        yield Problem(f"/{stored.group}", "the JSON and the index describe different variables")
        return
    for name, row in zip(names, rows, strict=True):
        try:
            if name not in datasets:
                datasets[name] = source.hdf5.dataset(name)
        except ModelFileError as err:
            yield problem_of(err, name)
            continue
        array = datasets[name].array
        if row is not None and not stored.placed:
            row = row._replace(offset=array.offset)
        if row is not None and not same_array(row, array):
            yield Problem(name, "the index and HDF5 disagree about this variable")


def _checksums(
    source: Hdf5Model, stored: StoredGroup, known: dict[int, int]
) -> Iterator[Problem]:
    """Compare the checksums of a branch's index with the root's, or with the bytes themselves."""
    rows = stored.index.rows if stored.index is not None and stored.placed else None
    if rows is not None and all(_is_known(row, row.crc32, known) for row in rows):
        return
    for path, leaf in iter_variables(lazy_tree(stored, source.hdf5, verify=True)):
        if _is_known(leaf, leaf.crc32, known):
            continue
        try:
            for _ in leaf.chunks():
                pass
        except ModelFileError as err:
            yield problem_of(err, f"/{stored.group}/{format_path(path)}")


def _is_known(stored: Any, crc32: int | None, known: Mapping[int, int]) -> bool:
    """Tell whether the root's index has the same checksum at the same place."""
    return stored.nbytes > 0 and known.get(stored.offset) == crc32


def _branch(source: Hdf5Model, stored: StoredGroup, branch: str) -> Iterator[Problem]:
    """Compare a branch's JSON with what the root's says of the branch."""
    prefix = f"/{stored.group}/"
    own = {k: v for k, v in stored.skeleton.items() if k not in METADATA_KEYS}

    def relative(leaf: Any, path: Any) -> Any:
        return leaf.removeprefix(prefix) if isinstance(leaf, str) else leaf

    in_root = rebuild(branch_payload(source.skeleton, branch), relative, source.path)
    _restate_distance(source, stored, own, in_root)
    for key in {**own, **in_root}:
        if key not in METADATA_KEYS and own.get(key, ...) != in_root.get(key, ...):
            yield Problem(f"/{stored.group}", f"its JSON and the root's differ under {key!r}")


def _restate_distance(
    source: Hdf5Model, stored: StoredGroup, own: Mapping[str, Any], in_root: Mapping[str, Any]
) -> None:
    """Let the root's JSON name a smallest distance, which it states as a number, as a branch does.

    Only if the branch's variable has that value; else the two are left to differ.
    """
    stated = in_root["@variables"].get("min_nbor_dist")
    named = own.get("@variables")
    if isinstance(stated, (int, float)) and isinstance(named, dict):
        payload = lazy_tree(stored, source.hdf5, verify=False)
        held = payload["@variables"].get("min_nbor_dist")
        if storage_of(held) is not None and held.load() == stated:
            in_root["@variables"]["min_nbor_dist"] = named["min_nbor_dist"]


def _sharing(
    tree: Mapping[str, Any], datasets: Mapping[str, Dataset] | None
) -> Iterator[Problem]:
    """Compare the sharing that is declared with the sharing that is stored."""
    together: dict[str, str] = {}
    try:
        kept = set(tree.get(UNSHARED, []))
        for pair in declared_pairs(tree):
            name, base = root_name(pair.path), root_name(pair.base_path)
            if pair.certain and format_path(pair.path) not in kept:
                if not same_variable(pair):
                    yield Problem(name, f"is declared shared with {base} but differs from it")
                elif datasets is not None and not _is_one(datasets, name, base):
                    yield Problem(name, f"is declared shared with {base} but stored twice")
            if first_name(together, name) != first_name(together, base):
                together[first_name(together, name)] = first_name(together, base)
    except DPMultitaskError as err:
        yield problem_of(err, "/")
        return
    if datasets is None:
        return
    first: dict[int, str] = {}
    for name, dataset in datasets.items():
        base = first.setdefault(dataset.address, name)
        if base != name and first_name(together, name) != first_name(together, base):
            yield Problem(name, f"is stored as one object with {base} but not declared shared")


def _is_one(datasets: Mapping[str, Dataset], name: str, base: str) -> bool:
    one, other = datasets.get(name), datasets.get(base)
    return one is not None and other is not None and one.address == other.address
