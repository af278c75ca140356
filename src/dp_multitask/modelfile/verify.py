# SPDX-License-Identifier: LGPL-3.0-or-later
"""Say everything that is wrong with a model file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from dp_multitask.errors import DPMultitaskError, ModelFileError, format_path
from dp_multitask.modelfile.index import Row, check_extents
from dp_multitask.modelfile.payload import branch_payload, root_name
from dp_multitask.modelfile.places import (
    BRANCHES_GROUP,
    INDEX_DATASET,
    METADATA_KEYS,
    branch_group,
    check_branch_name,
)
from dp_multitask.modelfile.reading.guard import Extent
from dp_multitask.modelfile.reading.hdf5_model import Hdf5Model
from dp_multitask.modelfile.reading.lazy import LazyVariable, Stored
from dp_multitask.modelfile.reading.reader import ModelFile, open_model
from dp_multitask.modelfile.tree import iter_variables, rebuild
from dp_multitask.modelfile.values import ARRAY
from dp_multitask.modelfile.writing.stored_once import UNSHARED, declared_pairs, same_variable


class Problem(NamedTuple):
    """One thing that is wrong.

    Attributes
    ----------
    path : str
        Where: an HDF5 path if it starts with a slash, else a place in the tree.
    message : str
        What.
    """

    path: str
    message: str


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
    """
    try:
        file = open_model(path)
    except ModelFileError as err:
        return [_problem(err, "/")]
    with file:
        return list(_problems(file))


def _problems(file: ModelFile) -> Iterator[Problem]:
    try:
        tree = file.tree()
    except ModelFileError as err:
        yield _problem(err, "/")
        return
    try:
        file.source.check()
    except ModelFileError as err:
        yield _problem(err, "/")
    yield from _names(file)
    yield from _values(tree, file.path)
    source = file.source
    if not isinstance(source, Hdf5Model):
        return
    ours = source.has_checksums
    groups = ["", *(branch_group(branch) for branch in file.branches)] if ours else [""]
    extents: dict[str, Extent] = {}
    for group in groups:
        try:
            stored = source.stored(group)
            yield from _datasets(source, stored, extents)
            if group:
                yield from _branch(file, source, group)
        except DPMultitaskError as err:
            yield _problem(err, f"/{group}")
    rows = [
        Row(each.offset, each.dtype, ARRAY, each.shape, each.nbytes, 0)
        for each in extents.values()
        if each.offset
    ]
    try:
        check_extents(rows, source.hdf5.size, "/", file.path)
    except ModelFileError as err:
        yield _problem(err, "/")
    yield from _strays(file, source, "", {name.strip("/") for name in extents})
    yield from _sharing(tree, extents if ours else None)


def _names(file: ModelFile) -> Iterator[Problem]:
    for branch in file.branches:
        try:
            check_branch_name(branch)
        except DPMultitaskError as err:
            yield _problem(err, f"/{BRANCHES_GROUP}/{branch}")
    for alias, bearers in file.aliases.items():
        others = [branch for branch in bearers if branch != alias]
        if len(bearers) > 1 or (alias in file.branches and others):
            named = ", ".join(bearers)
            yield Problem("/", f"the alias {alias!r} is ambiguous: it belongs to {named}")


def _values(tree: Mapping[str, Any], source: str) -> Iterator[Problem]:
    """Load every variable once: its checksum, and whether all its numbers are finite."""
    seen = set()
    for path, leaf in iter_variables(tree):
        if isinstance(leaf, LazyVariable):
            if leaf.nbytes and (leaf.offset, leaf.shape) in seen:
                continue
            if leaf.offset:
                seen.add((leaf.offset, leaf.shape))
        try:
            array = np.asarray(leaf.load() if isinstance(leaf, LazyVariable) else leaf)
        except ModelFileError as err:
            yield _problem(err, format_path(path))
            continue
        if array.dtype.kind == "f":
            bad = int(array.size - np.count_nonzero(np.isfinite(array)))
            if bad:
                yield Problem(format_path(path), f"{bad} of {array.size} values are not finite")


def _datasets(
    source: Hdf5Model, stored: Stored, extents: dict[str, Extent]
) -> Iterator[Problem]:
    """Prove that the index and HDF5 say the same of every variable of a group."""
    names: list[str] = []

    def note(leaf: Any, path: Any) -> Any:
        names.append(leaf if leaf.startswith("/") else f"/{stored.group}/{leaf}".replace("//", "/"))
        return leaf

    rebuild(stored.skeleton, note, source.path)
    rows = stored.index.rows if stored.index is not None else [None] * len(names)
    if len(rows) != len(names):
        yield Problem(f"/{stored.group}", "the JSON and the index describe different variables")
        return
    for name, row in zip(names, rows, strict=True):
        try:
            if name not in extents:
                extents[name] = source.hdf5.dataset(name)
        except ModelFileError as err:
            yield _problem(err, name)
            continue
        if row is None:
            continue
        extent = extents[name]
        same = (row.dtype, row.shape) == (extent.dtype, extent.shape)
        if not same or (stored.placed and row.nbytes and row.offset != extent.offset):
            yield Problem(name, "the index and HDF5 disagree about this variable")


def _branch(file: ModelFile, source: Hdf5Model, group: str) -> Iterator[Problem]:
    """Compare a branch's JSON with what the root's says of the branch."""
    branch = next(name for name in file.branches if branch_group(name) == group)
    prefix = f"/{group}/"
    own = {k: v for k, v in source.stored(group).skeleton.items() if k not in METADATA_KEYS}

    def relative(leaf: Any, path: Any) -> Any:
        return leaf.removeprefix(prefix) if isinstance(leaf, str) else leaf

    in_root = rebuild(branch_payload(file.skeleton, branch), relative, file.path)
    _restate_distance(own, in_root, file.branch(branch))
    for key in {**own, **in_root}:
        if key not in METADATA_KEYS and own.get(key, ...) != in_root.get(key, ...):
            yield Problem(f"/{group}", f"its JSON and the root's differ under {key!r}")


def _strays(
    file: ModelFile, source: Hdf5Model, group: str, known: set[str]
) -> Iterator[Problem]:
    """Find links that belong to no variable: what HDF5 has and the JSON does not name."""
    groups = {name[: i] for name in known for i, letter in enumerate(name) if letter == "/"}
    indices = {BRANCHES_GROUP, *(branch_group(branch) for branch in file.branches)}
    todo = [group]
    while todo:
        place = todo.pop()
        try:
            members = source.hdf5.members(place)
        except ModelFileError as err:
            yield _problem(err, f"/{place}")
            continue
        for member in members:
            name = f"{place}/{member}".strip("/")
            if name in groups or name in indices:
                todo.append(name)
            elif name not in known and not (
                member == INDEX_DATASET and (not place or place in indices)
            ):
                yield Problem(f"/{name}", "is no part of the model")


def _sharing(tree: Mapping[str, Any], extents: Mapping[str, Extent] | None) -> Iterator[Problem]:
    """Compare the sharing that is declared with the sharing that is stored."""
    kept = set(tree.get(UNSHARED, []))
    declared: dict[str, set[str]] = {}
    try:
        for pair in declared_pairs(tree):
            name, base = root_name(pair.path), root_name(pair.base_path)
            if pair.certain and format_path(pair.path) not in kept:
                if not same_variable(pair):
                    yield Problem(name, f"is declared shared with {base} but differs from it")
                elif extents is not None and not _is_one(extents, name, base):
                    yield Problem(name, f"is declared shared with {base} but stored twice")
            together = declared.get(name, {name}) | declared.get(base, {base})
            declared |= dict.fromkeys(together, together)
    except DPMultitaskError as err:
        yield _problem(err, "/")
        return
    if extents is None:
        return
    first: dict[int, str] = {}
    for name, extent in extents.items():
        base = first.setdefault(extent.address, name)
        if base != name and name not in declared.get(base, set()):
            yield Problem(name, f"is stored as one object with {base} but not declared shared")


def _is_one(extents: Mapping[str, Extent], name: str, base: str) -> bool:
    one, other = extents.get(name), extents.get(base)
    return one is not None and other is not None and one.address == other.address


def _problem(err: DPMultitaskError, where: str) -> Problem:
    return Problem(format_path(err.path) if err.path else where, err.message)


def _restate_distance(
    own: Mapping[str, Any], in_root: Mapping[str, Any], payload: Mapping[str, Any]
) -> None:
    """Let the root's JSON name a smallest distance, which it states as a number, as a branch does.

    Only if the branch's variable has that value; else the two are left to differ.
    """
    stated = in_root["@variables"].get("min_nbor_dist")
    if isinstance(stated, (int, float)):
        held = payload.get("@variables", {}).get("min_nbor_dist")
        if isinstance(held, LazyVariable) and held.load() == stated:
            in_root["@variables"]["min_nbor_dist"] = own["@variables"]["min_nbor_dist"]
