# SPDX-License-Identifier: LGPL-3.0-or-later
"""Lay out the HDF5 structure of a new file: every header and attribute, before the data.

The whole structure is made in memory and written at once. Through the HDF5 library the groups and
datasets of thousands of small variables cost more than everything else, and where it puts them
depends on its version.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import TypeVar

from dp_multitask.errors import ModelTreeError
from dp_multitask.modelfile.hdf5.encoding import (
    MAX_GROUP_HEADER,
    SUPERBLOCK_SIZE,
    aligned,
    attribute_heap,
    attribute_heap_size,
    attribute_message,
    attribute_messages,
    dataset_header_size,
    encode_dataset,
    encode_group,
    group_header_size,
    is_stored_apart,
    link_message,
    superblock,
)
from dp_multitask.modelfile.hdf5.lookup3 import lookup3_of_each
from dp_multitask.modelfile.stored_array import StoredArray
from dp_multitask.records import NamedTuple


class _Attribute(NamedTuple):
    name: str
    message: bytes


class Addresses(NamedTuple):
    """Where the structure's objects begin and where the last of them ends.

    `headers` has datasets by their number and groups by their path, `heaps` the groups whose
    attribute is stored apart.
    """

    headers: dict[int | str, int]
    heaps: dict[str, int]
    end: int


class Structure:
    """The groups, datasets and attributes of a new HDF5 file.

    Add all of them, let `place` say where the data may begin, and `encode` once it is known where
    the data lie. Paths are absolute; the root group is ``""``.
    """

    def __init__(self) -> None:
        self._groups: dict[str, dict[str, int | str]] = {"": {}}
        self._datasets: list[tuple[str, int, int]] = []  # type, rank, number of names
        self._attributes: dict[str, _Attribute] = {}

    def add_dataset(self, names: Sequence[str], dtype: str, rank: int) -> None:
        """Add a dataset under its names, with the groups above each.

        Parameters
        ----------
        names : sequence of str
            One hard link is made for each.
        dtype : str
            A key of `dp_multitask.modelfile.hdf5.encoding.DATATYPES`.
        rank : int
            Number of its dimensions.

        Raises
        ------
        ModelTreeError
            A name is taken.
        """
        for name in names:
            parent, _, last = name.rpartition("/")
            self._link(parent, last, len(self._datasets))
        self._datasets.append((dtype, rank, len(names)))

    def add_attribute(self, group: str, name: str, text: bytes) -> None:
        """Attach ASCII text of fixed length to a group, which can have one such."""
        self._make_group(group)
        self._attributes[group] = _Attribute(name, attribute_message(name, text))

    def place(self) -> Addresses:
        """Give every object its place, from the beginning of the file.

        Raises
        ------
        ModelTreeError
            A group has more members than HDF5 can read.
        """
        at, headers = _place_all(
            {
                **{n: dataset_header_size(*dataset) for n, dataset in enumerate(self._datasets)},
                **{path: self._group_size(path) for path in self._groups},
            },
            SUPERBLOCK_SIZE,
        )
        apart = {
            path: attribute_heap_size(attribute.message)
            for path, attribute in self._attributes.items()
            if is_stored_apart(attribute.message)
        }
        end, heaps = _place_all(apart, at)
        return Addresses(headers, heaps, end)

    def encode(self, addresses: Addresses, arrays: Sequence[StoredArray], file_size: int) -> bytes:
        """Give the structure's bytes.

        Parameters
        ----------
        addresses : Addresses
            What `place` gave.
        arrays : sequence of StoredArray
            One for each dataset, in the order in which they were added.
        file_size : int
            Length of the whole file in bytes.
        """
        headers = [
            encode_dataset(dtype, array.shape, n_names, array.offset, array.nbytes)
            for (dtype, _, n_names), array in zip(self._datasets, arrays, strict=True)
        ]
        headers += [self._encode_group(path, addresses) for path in self._groups]
        parts = [superblock(addresses.headers[""], file_size)]
        parts += [
            header + struct.pack("<I", checksum)
            for header, checksum in zip(headers, lookup3_of_each(headers), strict=True)
        ]
        for path, heap in addresses.heaps.items():
            name, message = self._attributes[path]
            parts.append(attribute_heap(name, message, heap))
        return b"".join([part.ljust(aligned(len(part)), b"\0") for part in parts])

    def _link(self, parent: str, name: str, target: int | str) -> None:
        if parent not in self._groups:
            self._make_group(parent)
        members = self._groups[parent]
        if name in members:
            msg = f"two objects of the file would have the path {parent}/{name}"
            raise ModelTreeError(msg)
        members[name] = target

    def _make_group(self, path: str) -> None:
        if path not in self._groups:
            parent, _, name = path.rpartition("/")
            self._link(parent, name, path)
            self._groups[path] = {}

    def _group_size(self, path: str) -> int:
        members = self._groups[path]
        attribute = self._attributes.get(path)
        size = group_header_size(
            sum([len(link_message(name)) + 8 for name in members]),
            len(attribute_messages(attribute.message, 0)) if attribute else 0,
        )
        if size > MAX_GROUP_HEADER:
            msg = f"{path or '/'} has {len(members)} members, more than HDF5 can read"
            raise ModelTreeError(msg)
        return size

    def _encode_group(self, path: str, addresses: Addresses) -> bytes:
        links = [
            link_message(name) + struct.pack("<Q", addresses.headers[target])
            for name, target in self._groups[path].items()
        ]
        messages = b""
        if attribute := self._attributes.get(path):
            messages = attribute_messages(attribute.message, addresses.heaps.get(path, 0))
        return encode_group(links, messages)


_Key = TypeVar("_Key")


def _place_all(sizes: Mapping[_Key, int], start: int) -> tuple[int, dict[_Key, int]]:
    """Put objects one after the other; give where the last ends and where each begins."""
    begins = {}
    for key, size in sizes.items():
        begins[key] = start
        start += aligned(size)
    return start, begins
