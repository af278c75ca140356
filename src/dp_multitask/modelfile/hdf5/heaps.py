# SPDX-License-Identifier: LGPL-3.0-or-later
"""The heaps in which HDF5 keeps what does not fit into a header.

After the HDF5 File Format Specification 3.0: global heaps (III.E), which hold texts of variable
length, and fractal heaps (III.G) with the trees of version 2 (III.A.2) that find what is in them,
which hold many links, many attributes or long ones.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator

from dp_multitask.modelfile.hdf5.encoding import HEAP_HEADER, TREE_HEADER, UNDEFINED
from dp_multitask.modelfile.hdf5.raw import RawFile
from dp_multitask.records import NamedTuple

_CHECKSUM = 4
_MAX_BLOCK = 1 << 26
_MANAGED, _HUGE, _TINY = 0, 1, 2
_HUGE_OBJECTS = 1  # the type of the tree that finds them by their number


def read_global_heap(raw: RawFile, address: int) -> dict[int, bytes]:
    """Give the objects of a global heap collection by their number."""
    head = raw.read(address, 16)
    if head[:8] != b"GCOL\x01\0\0\0":
        raw.fail(f"no global heap at {address}")
    size = int.from_bytes(head[8:], "little")
    heap = raw.claim(address, size)
    objects: dict[int, bytes] = {}
    at = 16
    while at + 16 <= size:
        index, _, nbytes = struct.unpack_from("<HHxxxxQ", heap, at)
        if index == 0:  # the free space that ends a collection
            break
        if at + 16 + nbytes > size:
            raw.fail("a heap object that is larger than its heap")
        objects.setdefault(index, heap[at + 16 : at + 16 + nbytes])
        at += 16 + -(-nbytes // 8) * 8
    return objects


class FractalHeap:
    """A fractal heap: objects, each found by an identifier."""

    def __init__(self, raw: RawFile, address: int) -> None:
        self._raw = raw
        self._address = address
        head = raw.sealed(address, HEAP_HEADER.size + _CHECKSUM)
        (
            signature, version, _, filters, self._flags, _, _, self._huge_tree, *_,
            self._width, self._first, self._largest, bits, _, root, rows,
        ) = HEAP_HEADER.unpack(head)  # fmt: skip
        powers = all(n and n & (n - 1) == 0 for n in (self._width, self._first, self._largest))
        if signature != b"FRHP" or version or filters or not powers:
            raw.fail(f"no heap of a known kind at {address}")
        if not self._first <= self._largest <= _MAX_BLOCK or self._width > 1024 or bits > 64:
            raw.fail(f"a heap of impossible sizes at {address}")
        self._offset_size = -(-bits // 8)
        self._n_direct = (self._largest // self._first).bit_length() + 1
        self._begins: list[int] = []  # ascending, as the blocks are read in that order
        self._blocks: list[bytes] = []
        if root != UNDEFINED:
            if rows:
                self._read_indirect(root, 0, rows, self._n_direct + bits)
            else:
                self._read_direct(root, 0, self._first)
        self._huge: dict[int, tuple[int, int]] | None = None

    def object(self, identifier: bytes) -> bytes:
        """Give the object of an identifier."""
        kind = identifier[0] >> 4
        found = None
        if kind == _MANAGED:
            found = self._managed_object(identifier)
        elif kind == _HUGE:
            place = self._huge_objects().get(int.from_bytes(identifier[1:], "little"))
            found = self._raw.claim(*place) if place is not None else None
        elif kind == _TINY and (identifier[0] & 0x0F) + 2 <= len(identifier):
            found = identifier[1 : (identifier[0] & 0x0F) + 2]
        if found is None:
            self._raw.fail(f"an object that is not in its heap at {self._address}")
        return found

    def _managed_object(self, identifier: bytes) -> bytes | None:
        cut = 1 + self._offset_size
        offset = int.from_bytes(identifier[1:cut], "little")
        length = int.from_bytes(identifier[cut:], "little")
        number = bisect_right(self._begins, offset) - 1
        if number < 0:
            return None
        at = offset - self._begins[number]
        block = self._blocks[number]
        return block[at : at + length] if at + length <= len(block) else None

    def _huge_objects(self) -> dict[int, tuple[int, int]]:
        if self._huge is None:
            self._huge = {}
            if self._huge_tree != UNDEFINED:
                for record in tree_records(self._raw, self._huge_tree, _HUGE_OBJECTS, 24):
                    address, length, number = struct.unpack("<QQQ", record)
                    self._huge[number] = (address, length)
        return self._huge

    def _read_direct(self, address: int, begin: int, size: int) -> None:
        raw = self._raw
        block = raw.claim(address, size)
        head = b"FHDB\0" + struct.pack("<Q", self._address)
        head += begin.to_bytes(self._offset_size, "little")
        if not block.startswith(head):
            raw.fail(f"no block of its heap at {address}")
        if self._flags & 2:
            stored = block[len(head) : len(head) + _CHECKSUM]
            blank = block[: len(head)] + bytes(_CHECKSUM) + block[len(head) + _CHECKSUM :]
            raw.check_sum(blank, stored, address)
        self._begins.append(begin)
        self._blocks.append(block)

    def _read_indirect(self, address: int, begin: int, rows: int, left: int) -> None:
        """Read a block of addresses: rows of direct blocks, then of indirect ones."""
        raw = self._raw
        if left <= 0 or rows > self._n_direct + 64:
            raw.fail(f"a heap without end at {self._address}")
        head = b"FHIB\0" + struct.pack("<Q", self._address)
        head += begin.to_bytes(self._offset_size, "little")
        n_children = rows * self._width
        block = raw.sealed(address, len(head) + 8 * n_children + _CHECKSUM)
        if not block.startswith(head):
            raw.fail(f"no block of its heap at {address}")
        children = struct.unpack_from(f"<{n_children}Q", block, len(head))
        for number, child in enumerate(children):
            row = number // self._width
            size = self._first << max(row - 1, 0)
            if child != UNDEFINED:
                if row < self._n_direct:
                    self._read_direct(child, begin, size)
                else:
                    below = (size // (self._first * self._width)).bit_length()
                    self._read_indirect(child, begin, below, left - 1)
            begin += size


class _Node(NamedTuple):
    address: int
    n_records: int
    depth: int


def tree_records(raw: RawFile, address: int, kind: int, size: int) -> Iterator[bytes]:
    """Give the records of a tree of version 2, of a known type and record size."""
    head = raw.sealed(address, TREE_HEADER.size + _CHECKSUM)
    signature, version, found, node_size, record_size, depth, _, _, root, n_root, total = (
        TREE_HEADER.unpack(head)
    )
    if (signature, version, found, record_size) != (b"BTHD", 0, kind, size) or depth > 16:
        raw.fail(f"no tree of its kind at {address}")
    if not 64 <= node_size <= _MAX_BLOCK:
        raw.fail(f"a tree of impossible sizes at {address}")
    pointers = _pointer_sizes(raw, node_size, size, depth)
    n_read = 0
    todo = [_Node(root, n_root, depth)] if total else []
    while todo:
        node = todo.pop()
        records, below = _read_node(raw, node, kind, size, node_size, pointers)
        n_read += len(records)
        yield from records
        todo += below
    if n_read != total:
        raw.fail(f"a tree of {total} records that has {n_read} at {address}")


def _pointer_sizes(
    raw: RawFile, node_size: int, record_size: int, depth: int
) -> list[tuple[int, int]]:
    """Give the bytes of the number of records below a node, and of all below that, by depth."""
    most = (node_size - 6 - _CHECKSUM) // record_size
    width = -(-most.bit_length() // 8)
    sizes = [(0, 0)]
    in_all = most
    total_width = 0
    for _ in range(depth):
        sizes.append((width, total_width))
        room = node_size - 6 - _CHECKSUM - (8 + width + total_width)
        most = room // (record_size + 8 + width + total_width)
        if most < 1:
            raw.fail("a tree whose nodes hold nothing")
        in_all = (most + 1) * in_all + most
        total_width = -(-in_all.bit_length() // 8)
    return sizes


def _read_node(
    raw: RawFile,
    node: _Node,
    kind: int,
    record_size: int,
    node_size: int,
    pointers: list[tuple[int, int]],
) -> tuple[list[bytes], list[_Node]]:
    """Give the records of a node and the nodes below it."""
    width, total_width = pointers[node.depth]
    pointer = 8 + width + total_width
    end = 6 + node.n_records * record_size
    length = end + ((node.n_records + 1) * pointer if node.depth else 0)
    if length + _CHECKSUM > node_size:
        raw.fail(f"a node of a tree that is too full at {node.address}")
    raw.claim(node.address, node_size)
    block = raw.read(node.address, length + _CHECKSUM)
    raw.check_sum(block[:-_CHECKSUM], block[-_CHECKSUM:], node.address)
    signature = b"BTIN" if node.depth else b"BTLF"
    if block[:6] != signature + bytes([0, kind]):
        raw.fail(f"no node of its tree at {node.address}")
    records = [block[at : at + record_size] for at in range(6, end, record_size)]
    below = []
    for at in range(end, length, pointer):
        address = int.from_bytes(block[at : at + 8], "little")
        n_records = int.from_bytes(block[at + 8 : at + 8 + width], "little")
        below.append(_Node(address, n_records, node.depth - 1))
    return records, below
