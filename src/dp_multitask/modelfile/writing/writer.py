# SPDX-License-Identifier: LGPL-3.0-or-later
"""Write variables, JSON and indices into a new file, in one step."""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from typing import Any

from dp_multitask import system_files
from dp_multitask.atomic_file import atomic_replacement
from dp_multitask.modelfile.hdf5.encoding import ALIGNMENT, aligned
from dp_multitask.modelfile.hdf5.structure import Structure
from dp_multitask.modelfile.index import Index, crc32_between, dump_index
from dp_multitask.modelfile.model_json import check_json_size, dump_json
from dp_multitask.modelfile.parallel import LARGE, map_large
from dp_multitask.modelfile.places import INDEX_DATASET, JSON_ATTRIBUTE
from dp_multitask.modelfile.stored_array import ARRAY, StoredArray
from dp_multitask.modelfile.values import Value
from dp_multitask.records import NamedTuple

_WRITE_BACK = 8 << 20


class NewDataset(NamedTuple):
    """One variable to be stored, under its first name and hard links for the others."""

    value: Value
    names: tuple[str, ...]


class NewGroup(NamedTuple):
    """A group that is a complete model: its path, its JSON tree, its variables in order.

    `variables` holds the position of each variable's dataset in the list of datasets, and what it
    is in memory.
    """

    path: str
    skeleton: dict[str, Any]
    variables: Sequence[tuple[int, str]]


def write_file(
    target: str | os.PathLike[str], datasets: Sequence[NewDataset], groups: Sequence[NewGroup]
) -> None:
    """Write a whole model file over `target`, in one step.

    Parameters
    ----------
    target : path
        The file to create or replace.
    datasets : sequence of NewDataset
        The names are absolute HDF5 paths.
    groups : sequence of NewGroup
        The root first.

    Raises
    ------
    FileAccessError
        The file cannot be written.
    ModelTreeError
        A JSON is longer than 100 MB, a group has too many members, or two objects would have the
        same path.
    """
    texts = [dump_json(group.skeleton) for group in groups]
    for group, text in zip(groups, texts, strict=True):
        check_json_size(text, f"the JSON of {group.path}")
    plan = _plan(datasets, groups, texts)
    with atomic_replacement(target) as temporary:
        descriptor = os.open(temporary, system_files.UPDATING)
        try:
            os.ftruncate(descriptor, plan.file_size)  # what nothing is written to is zero
            _pwrite(descriptor, memoryview(plan.structure), 0)
            crcs = write_values(descriptor, [each.value for each in datasets], plan.offsets)
            _write_indices(descriptor, plan, groups, crcs)
        finally:
            os.close(descriptor)


class _Plan(NamedTuple):
    """A whole file but for the bytes of its variables and their checksums."""

    structure: bytes
    offsets: list[int]
    indices: list[tuple[Index, int]]  # each with its length
    file_size: int


def _plan(
    datasets: Sequence[NewDataset], groups: Sequence[NewGroup], texts: Sequence[bytes]
) -> _Plan:
    """Lay out a file: the structure, the variables in their order, the indices."""
    structure = Structure()
    for value, names in datasets:
        structure.add_dataset(names, value.dtype.str, len(value.shape))
    for group, text in zip(groups, texts, strict=True):
        path = group.path.rstrip("/")
        structure.add_attribute(path, JSON_ATTRIBUTE, text)
        structure.add_dataset((f"{path}/{INDEX_DATASET}",), "|u1", 1)
    addresses = structure.place()
    end = addresses.end
    placed = []
    for value, _ in datasets:
        begin = end if value.nbytes else 0
        placed.append(StoredArray(begin, value.dtype.str, ARRAY, value.shape, value.nbytes))
        end = aligned(end + value.nbytes)
    offsets = [place.offset for place in placed]
    indices = []
    for group, text in zip(groups, texts, strict=True):
        rows = [placed[number]._replace(kind=kind) for number, kind in group.variables]
        index = _index_of(group, text, rows)
        size = len(dump_index(index))
        indices.append((index._replace(address=end), size))
        placed.append(StoredArray(end, "|u1", ARRAY, (size,), size))
        end = aligned(end + size)
    file_size = placed[-1].offset + placed[-1].nbytes
    indices = [(index._replace(file_size=file_size), size) for index, size in indices]
    return _Plan(structure.encode(addresses, placed, file_size), offsets, indices, file_size)


def _index_of(group: NewGroup, text: bytes, rows: list[StoredArray]) -> Index:
    """Make a group's index but for the checksums, with its place and the file's length unknown."""
    structure = 0 if group.path == "/" else None
    longest = 2**63
    return Index(group.path, zlib.crc32(text), longest, longest, structure, rows)


def _write_indices(
    descriptor: int, plan: _Plan, groups: Sequence[NewGroup], crcs: Sequence[int]
) -> None:
    """Write the indices, the root's last: it covers the bytes around the variables."""

    def read(offset: int, nbytes: int) -> bytes:
        return system_files.read_at(descriptor, nbytes, offset)

    for group, (index, size) in reversed([*zip(groups, plan.indices, strict=True)]):
        numbers = [number for number, _ in group.variables]
        rows = [
            StoredArray._make((*row[:-1], crcs[number]))
            for number, row in zip(numbers, index.rows, strict=True)
        ]
        index = index._replace(rows=rows)
        if index.structure_crc32 is not None:
            extents = [(index.address, size), *((row.offset, row.nbytes) for row in rows)]
            crc = crc32_between(read, extents, index.file_size)
            index = index._replace(structure_crc32=crc)
        _pwrite(descriptor, memoryview(dump_index(index, size)), index.address)


def write_values(descriptor: int, values: Sequence[Value], offsets: Sequence[int]) -> list[int]:
    """Write every variable, small neighbours with one call; give the checksums."""
    crcs = [0] * len(values)
    large = [number for number, value in enumerate(values) if value.nbytes >= LARGE]

    def write(number: int) -> None:
        crcs[number] = _write_value(descriptor, values[number], offsets[number])

    map_large(write, large, sum(values[number].nbytes for number in large))
    run: list[bytes] = []
    start = end = 0
    for number in sorted(range(len(values)), key=offsets.__getitem__):
        value, offset = values[number], offsets[number]
        if not 0 < value.nbytes < LARGE:
            continue
        if not 0 <= offset - end < ALIGNMENT or end - start >= LARGE:
            _pwrite(descriptor, memoryview(b"".join(run)), start)
            run, start, end = [], offset, offset
        if offset > end:
            run.append(bytes(offset - end))  # what lies between aligned neighbours is padding
        crc = 0
        for chunk in value.chunks():
            data = chunk.tobytes()
            crc = zlib.crc32(data, crc)
            run.append(data)
        crcs[number] = crc
        end = offset + value.nbytes
    _pwrite(descriptor, memoryview(b"".join(run)), start)
    return crcs


def _write_value(descriptor: int, value: Value, offset: int) -> int:
    crc = 0
    begun = offset
    for chunk in value.chunks():
        view = chunk.data
        if value.crc32 is None:
            crc = zlib.crc32(view, crc)
        _pwrite(descriptor, view, offset)
        offset += len(view)
        if offset - begun >= _WRITE_BACK:
            system_files.begin_writing_back(descriptor, begun, offset - begun)
            begun = offset
    return crc if value.crc32 is None else value.crc32


def _pwrite(descriptor: int, data: memoryview, offset: int) -> None:
    while len(data):
        done = system_files.write_at(descriptor, data, offset)
        data = data[done:]
        offset += done
