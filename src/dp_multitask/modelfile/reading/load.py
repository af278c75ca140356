# SPDX-License-Identifier: LGPL-3.0-or-later
"""Load a whole tree into memory: many small variables at once, large ones one by one."""

from __future__ import annotations

import mmap
import os
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from dp_multitask.modelfile.hdf5.encoding import ALIGNMENT
from dp_multitask.modelfile.opened_file import OpenedFile
from dp_multitask.modelfile.parallel import LARGE, map_large
from dp_multitask.modelfile.reading.lazy import LazyVariable
from dp_multitask.modelfile.reading.reader import open_model
from dp_multitask.modelfile.values import from_array

_LONGEST_RUN = 8 << 20
_WIDEST_GAP = 1 << 16

_Place = tuple[OpenedFile, int, str, tuple[int, ...]]
_PLAIN = frozenset({str, int, float, bool, type(None), np.ndarray})


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
        tree = file.tree() if branch is None else file.branch(branch)
        if verify:
            file.source.check(branch)
        return load_tree(tree, mapped=not verify)


def load_tree(tree: dict[str, Any], *, mapped: bool) -> dict[str, Any]:
    """Load every lazy variable of a tree into its place; the tree itself is changed."""
    places: list[tuple[Any, Any, Any]] = []
    _find(tree, places)
    wanted: dict[OpenedFile, dict[_Place, LazyVariable]] = {}
    for _, _, leaf in places:
        if type(leaf) is LazyVariable and leaf.nbytes:
            wanted.setdefault(leaf.file, {}).setdefault(leaf.place, leaf)
    arrays: dict[_Place, Any] = {}
    for file, leaves in wanted.items():
        arrays |= _map(leaves, file) if mapped else _read(leaves, file)
    for container, key, leaf in places:
        array = arrays.get(leaf.place) if type(leaf) is LazyVariable else None
        container[key] = leaf.load() if array is None else from_array(array, leaf.kind)
    return tree


def _find(container: Any, places: list[tuple[Any, Any, Any]]) -> None:
    """Note each lazy variable with the dict or list that holds it."""
    for key, node in container.items() if type(container) is dict else enumerate(container):
        kind = type(node)
        if kind is dict or kind is list:
            _find(node, places)
        elif kind is LazyVariable or (kind not in _PLAIN and hasattr(node, "chunks")):
            places.append((container, key, node))


def _map(wanted: Mapping[_Place, LazyVariable], file: OpenedFile) -> dict[_Place, Any]:
    """Map the file privately, or read it where the file system cannot."""
    try:
        pages = mmap.mmap(file.descriptor, file.size, access=mmap.ACCESS_COPY)
    except (OSError, ValueError):
        return _read(wanted, file)
    return {
        place: np.ndarray(leaf.shape, leaf.element_type, pages, leaf.offset)
        for place, leaf in wanted.items()
        if leaf.offset % ALIGNMENT == 0  # others are copied into place
    }


def _read(wanted: Mapping[_Place, LazyVariable], file: OpenedFile) -> dict[_Place, Any]:
    """Read every variable; those that lie close together with one call."""
    arrays: dict[_Place, Any] = {}
    run: list[LazyVariable] = []
    start = end = 0
    for leaf in sorted(wanted.values(), key=lambda each: each.offset):
        if leaf.nbytes >= LARGE:
            continue
        stop = leaf.offset + leaf.nbytes
        if run and (leaf.offset - end > _WIDEST_GAP or stop - start > _LONGEST_RUN):
            arrays |= _read_run(run, start, end, file)
            run = []
        if not run:
            start = leaf.offset
        run.append(leaf)
        end = stop
    if run:
        arrays |= _read_run(run, start, end, file)
    # made here and not by the threads, whose own memory would be new pages every time
    single = [(leaf, np.empty(leaf.shape, leaf.element_type)) for leaf in _others(wanted, arrays)]
    nbytes = sum(leaf.nbytes for leaf, _ in single)
    map_large(lambda pair: pair[0].load_into(pair[1]), single, nbytes)
    return arrays | {leaf.place: array for leaf, array in single}


def _others(
    wanted: Mapping[_Place, LazyVariable], arrays: Mapping[_Place, Any]
) -> list[LazyVariable]:
    return [leaf for place, leaf in wanted.items() if place not in arrays]


def _read_run(
    run: list[LazyVariable], start: int, end: int, file: OpenedFile
) -> dict[_Place, Any]:
    buffer = np.empty(end - start, np.uint8)
    file.read_into(buffer, start)
    view = buffer.data
    arrays = {}
    for leaf in run:
        at = leaf.offset - start
        leaf.check(zlib.crc32(view[at : at + leaf.nbytes]))
        arrays[leaf.place] = np.ndarray(leaf.shape, leaf.element_type, view, at)
    return arrays
