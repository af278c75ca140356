# SPDX-License-Identifier: LGPL-3.0-or-later
"""Write variables, JSON and indices into a new file, in one step."""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from dp_multitask.atomic_file import atomic_replacement
from dp_multitask.modelfile.builder import ALIGNMENT, Builder, hdf5_write_errors
from dp_multitask.modelfile.index import Index, Row, dump_index
from dp_multitask.modelfile.jsontext import check_json_size, dump_json
from dp_multitask.modelfile.layout import INDEX_DATASET, JSON_ATTRIBUTE
from dp_multitask.modelfile.parallel import LARGE, map_large
from dp_multitask.modelfile.values import Value


class Dataset(NamedTuple):
    """One variable to be stored, under its first name and hard links for the others."""

    value: Value
    names: tuple[str, ...]


class Group(NamedTuple):
    """A group that is a complete model: its path, its JSON tree, its variables in order.

    `variables` holds the position of each variable's dataset in the list of datasets, and what it
    is in memory.
    """

    path: str
    skeleton: dict[str, Any]
    variables: Sequence[tuple[int, str]]


def write_file(
    target: str | os.PathLike[str], datasets: Sequence[Dataset], groups: Sequence[Group]
) -> None:
    """Write a whole model file over `target`, in one step.

    Parameters
    ----------
    target : path
        The file to create or replace.
    datasets : sequence of Dataset
        The names are absolute HDF5 paths.
    groups : sequence of Group
        The root first.

    Raises
    ------
    FileAccessError
        The file cannot be written.
    ModelTreeError
        A JSON is longer than 100 MB.
    """
    texts = [dump_json(group.skeleton) for group in groups]
    for group, text in zip(groups, texts, strict=True):
        check_json_size(text, f"the JSON of {group.path}")
    with atomic_replacement(target) as temporary:
        with hdf5_write_errors(target):
            places = _write_structure(temporary, datasets, groups, texts)
        _write_data(temporary, datasets, groups, texts, places)


class _Places(NamedTuple):
    datasets: list[int]
    indices: list[tuple[int, int]]


def _write_structure(
    path: str, datasets: Sequence[Dataset], groups: Sequence[Group], texts: Sequence[bytes]
) -> _Places:
    """Create every object, with space for the data; nothing but the JSON is filled in."""
    with Builder(path, len(datasets)) as builder:
        offsets = []
        for dataset in datasets:
            offset = builder.add(dataset.names[0], dataset.value.dtype.str, dataset.value.shape)
            offsets.append(offset)
            for name in dataset.names[1:]:
                builder.link(name, dataset.names[0])
        indices = []
        for group, text in zip(groups, texts, strict=True):
            builder.attribute(group.path, JSON_ATTRIBUTE, text)
            size = len(dump_index(_index_of(group, text, offsets, datasets, None)))
            name = f"{group.path.rstrip('/')}/{INDEX_DATASET}"
            indices.append((builder.add(name, "|u1", (size,)), size))
        return _Places(offsets, indices)


def _write_data(
    path: str,
    datasets: Sequence[Dataset],
    groups: Sequence[Group],
    texts: Sequence[bytes],
    places: _Places,
) -> None:
    """Write the variables, then the indices, the root's last: it covers the bytes around them."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        size = os.fstat(descriptor).st_size
        values = [dataset.value for dataset in datasets]

        crcs = write_values(descriptor, values, places.datasets)
        for number in reversed(range(len(groups))):
            address, length = places.indices[number]
            index = _index_of(
                groups[number], texts[number], places.datasets, datasets, crcs
            )._replace(file_size=size, address=address)
            if number == 0:
                extents = [(address, length), *((row.offset, row.nbytes) for row in index.rows)]
                index = index._replace(structure_crc32=crc32_between(descriptor, extents, size))
            _pwrite(descriptor, memoryview(dump_index(index, length)), address)
    finally:
        os.close(descriptor)


def _index_of(
    group: Group,
    text: bytes,
    offsets: Sequence[int],
    datasets: Sequence[Dataset],
    crcs: Sequence[int] | None,
) -> Index:
    """Make a group's index; without checksums, the longest that it can become."""
    rows = [
        Row(
            offsets[number],
            datasets[number].value.dtype.str,
            kind,
            datasets[number].value.shape,
            0 if crcs is None else crcs[number],
        )
        for number, kind in group.variables
    ]
    structure = 0 if group.path == "/" else None
    longest = 2**63
    return Index(group.path, zlib.crc32(text), longest, longest, structure, rows)


def write_values(descriptor: int, values: Sequence[Value], offsets: Sequence[int]) -> list[int]:
    """Write every variable, small neighbours with one call; give the checksums."""
    crcs = [0] * len(values)
    large = [number for number, value in enumerate(values) if value.nbytes >= LARGE]

    def write(number: int) -> None:
        crcs[number] = _write_value(descriptor, values[number], offsets[number])

    map_large(write, large, sum(values[number].nbytes for number in large))
    run = bytearray()
    start = 0
    for number in sorted(range(len(values)), key=offsets.__getitem__):
        value, offset = values[number], offsets[number]
        if not 0 < value.nbytes < LARGE:
            continue
        gap = offset - start - len(run)
        if not 0 <= gap < ALIGNMENT or len(run) >= LARGE:
            _pwrite(descriptor, memoryview(run), start)
            run, start, gap = bytearray(), offset, 0
        run += bytes(gap)  # what lies between aligned neighbours is padding
        for chunk in value.chunks():
            crcs[number] = zlib.crc32(chunk.data, crcs[number])
            run += chunk.data
    _pwrite(descriptor, memoryview(run), start)
    return crcs


def _write_value(descriptor: int, value: Value, offset: int) -> int:
    crc = 0
    for chunk in value.chunks():
        view = chunk.data
        if value.crc32 is None:
            crc = zlib.crc32(view, crc)
        _pwrite(descriptor, view, offset)
        offset += len(view)
    return crc if value.crc32 is None else value.crc32


def _pwrite(descriptor: int, data: memoryview, offset: int) -> None:
    while len(data):
        done = os.pwrite(descriptor, data[: 1 << 30], offset)
        data = data[done:]
        offset += done


def crc32_between(descriptor: int, extents: Sequence[tuple[int, int]], size: int) -> int:
    """Give the CRC-32 of all bytes of a file outside the given stretches."""
    crc = 0
    end = 0
    for offset, nbytes in sorted({*(extent for extent in extents if extent[1]), (size, 0)}):
        while end < offset:
            piece = os.pread(descriptor, min(offset - end, 1 << 22), end)
            if not piece:
                return crc ^ 1  # the file became shorter while it was read
            crc = zlib.crc32(piece, crc)
            end += len(piece)
        end = max(end, offset + nbytes)
    return crc
