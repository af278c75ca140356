# SPDX-License-Identifier: LGPL-3.0-or-later
"""Load a whole tree into memory: many small variables at once, large ones one by one."""

from __future__ import annotations

import mmap
import os
import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from dp_multitask.modelfile.hdf5.encoding import ALIGNMENT
from dp_multitask.modelfile.opened_file import OpenedFile
from dp_multitask.modelfile.parallel import LARGE, map_large
from dp_multitask.modelfile.reading.hdf5_model import Hdf5Model
from dp_multitask.modelfile.reading.lazy import LazyVariable
from dp_multitask.modelfile.reading.reader import open_model
from dp_multitask.modelfile.reading.stored_group import StoredGroup, placed_tree
from dp_multitask.modelfile.stored_array import StoredArray
from dp_multitask.modelfile.values import from_array

_LONGEST_RUN = 8 << 20
_WIDEST_GAP = 1 << 16

_PLAIN = frozenset({str, int, float, bool, type(None), np.ndarray})

# what is raised for a damaged variable names it, so a row of an index becomes a variable at need
_Lazy = Callable[[StoredArray], LazyVariable]


def load_model(
    path: str | os.PathLike[str], branch: str | None = None, *, verify: bool = True
) -> dict[str, Any]:
    """Load a model file into a native tree.

    Parameters
    ----------
    path : str or path
        Our model file, a flat one of DeePMD-kit, or ``.yaml``.
    branch : str, optional
        A branch or an alias: only this branch, as a single-model payload. Its cost is that of the
        branch, not of the file.
    verify : bool, default: True
        Compare every checksum. False maps the file instead of reading it: arrays are then private
        pages of the file, which must not be shortened while they are in use (replacing it, as
        `save_model` does, is fine).

    Returns
    -------
    dict
        The payload, with numpy arrays and scalars under ``@variables`` as they were saved, metadata
        first. A variable that branches share is the same array object in each of them.

    Raises
    ------
    FileAccessError
        The file cannot be read.
    ModelFileError
        It is no model file, broken (`ChecksumError`), unsafe (`UnsafeFileError`), or of a newer
        version (`FormatVersionError`).
    UnknownBranchError
        There is no such branch.
    """
    with open_model(path, verify=verify) as file:
        source = file.source
        if verify:
            source.check(branch)
        if isinstance(source, Hdf5Model) and (stored := source.placed(branch)) is not None:
            return _load_placed(stored, source.hdf5.raw.file, verify=verify)
        tree = file.tree() if branch is None else file.branch(branch)
        return load_tree(tree, mapped=not verify)


def _load_placed(stored: StoredGroup, file: OpenedFile, *, verify: bool) -> dict[str, Any]:
    """Load a group from where its index says, without a lazy variable for each."""
    rows = stored.index.rows if stored.index is not None else []

    def lazy(row: StoredArray) -> LazyVariable:
        names: list[str] = []
        placed_tree(stored, rows, lambda _, place: names.append(place), file.name)
        name = names[rows.index(row)]
        return LazyVariable(file, name, row, row.crc32 if verify else None)

    values = _load(rows, file, lazy, mapped=not verify)
    return placed_tree(stored, values, lambda value, _: value, file.name)


def load_tree(tree: dict[str, Any], *, mapped: bool) -> dict[str, Any]:
    """Load every lazy variable of a tree into its place; the tree itself is changed."""
    places: list[tuple[Any, Any, Any]] = []
    _find(tree, places)
    wanted: dict[OpenedFile, dict[StoredArray, LazyVariable]] = {}
    for _, _, leaf in places:
        if type(leaf) is LazyVariable:
            wanted.setdefault(leaf.file, {}).setdefault(leaf.array, leaf)
    loaded: dict[OpenedFile, dict[StoredArray, Any]] = {}
    for file, leaves in wanted.items():
        values = _load([*leaves], file, leaves.__getitem__, mapped=mapped)
        loaded[file] = dict(zip(leaves, values, strict=True))
    for container, key, leaf in places:
        is_lazy = type(leaf) is LazyVariable
        container[key] = loaded[leaf.file][leaf.array] if is_lazy else leaf.load()
    return tree


def _find(container: Any, places: list[tuple[Any, Any, Any]]) -> None:
    """Note each lazy variable with the dict or list that holds it."""
    for key, node in container.items() if type(container) is dict else enumerate(container):
        kind = type(node)
        if kind is dict or kind is list:
            _find(node, places)
        elif kind is LazyVariable or (kind not in _PLAIN and hasattr(node, "chunks")):
            places.append((container, key, node))


def _load(rows: Sequence[StoredArray], file: OpenedFile, lazy: _Lazy, *, mapped: bool) -> list[Any]:
    """Load arrays of one file; those that are equal are one object."""
    wanted = dict.fromkeys(row for row in rows if row.nbytes)
    arrays = _map(wanted, file) if mapped else None
    if arrays is None:
        arrays = _read(wanted, file, lazy)
    return [
        from_array(arrays[row], row.kind) if row in arrays else lazy(row).load() for row in rows
    ]


def _map(wanted: Iterable[StoredArray], file: OpenedFile) -> dict[StoredArray, Any] | None:
    """Map the file privately; None where the file system cannot."""
    try:
        pages = mmap.mmap(file.descriptor, file.size, access=mmap.ACCESS_COPY)
    except (OSError, ValueError):
        return None
    return {
        row: np.ndarray(row.shape, row.dtype, pages, row.offset)
        for row in wanted
        if row.offset % ALIGNMENT == 0  # others are copied into place
    }


def _read(wanted: Iterable[StoredArray], file: OpenedFile, lazy: _Lazy) -> dict[StoredArray, Any]:
    """Read every array; those that lie close together with one call."""
    arrays: dict[StoredArray, Any] = {}
    large: list[StoredArray] = []
    run: list[StoredArray] = []
    start = end = 0
    for row in sorted(wanted):
        if row.nbytes >= LARGE:
            large.append(row)
            continue
        stop = row.offset + row.nbytes
        if run and (row.offset - end > _WIDEST_GAP or stop - start > _LONGEST_RUN):
            _read_run(run, start, end, file, lazy, arrays)
            run = []
        if not run:
            start = row.offset
        run.append(row)
        end = stop
    if run:
        _read_run(run, start, end, file, lazy, arrays)
    # made here and not by the threads, whose own memory would be new pages every time
    single = [(lazy(row), np.empty(row.shape, row.dtype)) for row in large]
    map_large(lambda pair: pair[0].load_into(pair[1]), single, sum(row.nbytes for row in large))
    for row, (_, array) in zip(large, single, strict=True):
        arrays[row] = array
    return arrays


def _read_run(
    run: list[StoredArray],
    start: int,
    end: int,
    file: OpenedFile,
    lazy: _Lazy,
    arrays: dict[StoredArray, Any],
) -> None:
    buffer = np.empty(end - start, np.uint8)
    file.read_into(buffer, start)
    view = buffer.data
    for row in run:
        at = row.offset - start
        crc = zlib.crc32(view[at : at + row.nbytes])
        if crc != row.crc32:
            lazy(row).check(crc)
        arrays[row] = np.ndarray(row.shape, row.dtype, view, at)
