# SPDX-License-Identifier: LGPL-3.0-or-later
"""The objects of HDF5 files that other programs wrote or changed, of the plain kinds only.

After the HDF5 File Format Specification 3.0: object headers of versions 1 and 2 (IV.A.1), groups
with a symbol table (III.A.1, III.B, III.D), as DeePMD-kit's files have, with links in their header
or in a fractal heap. `dp_multitask.modelfile.hdf5.decoding` reads what our own writer lays out.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dp_multitask.modelfile.hdf5 import messages as kinds
from dp_multitask.modelfile.hdf5.encoding import UNDEFINED
from dp_multitask.modelfile.hdf5.heaps import FractalHeap, tree_records
from dp_multitask.modelfile.hdf5.objects import Dataset, Group, Unsafe
from dp_multitask.modelfile.hdf5.raw import RawFile
from dp_multitask.modelfile.stored_array import ARRAY, StoredArray, count_bytes
from dp_multitask.records import NamedTuple

_LINKS_BY_NAME, _ATTRIBUTES_BY_NAME = 5, 8  # types of trees
_SHARED = 2  # flag of a message that lies elsewhere
_CHECKSUM = 4
_SYMBOL = struct.Struct("<QQI4x16x")
_SYMBOLIC_LINK = 2


class Message(NamedTuple):
    """A message of an object header: what kind it is, its flags, its bytes and their place."""

    kind: int
    flags: int
    body: bytes
    at: int


def read_object(raw: RawFile, address: int) -> Group | Dataset | Unsafe:
    """Read the object whose header is at an address.

    Raises
    ------
    UnsafeFileError
        A dataset that is no plain array in this file.
    ModelFileError
        It is damaged, or neither a group nor a dataset.
    """
    found: dict[int, list[Message]] = {}
    for message in read_messages(raw, address):
        if message.kind in kinds.HARMLESS:
            continue
        if message.flags & _SHARED:
            raw.refuse(f"the object at {address} has a type that is stored elsewhere")
        found.setdefault(message.kind, []).append(message)
    if kinds.LAYOUT in found:
        return _dataset(raw, address, found)
    if kinds.SYMBOL_TABLE not in found and kinds.LINK_INFO not in found:
        raw.fail(f"the object at {address} is neither a group nor a dataset")
    return _group(raw, address, found)


def read_messages(raw: RawFile, address: int) -> Iterator[Message]:
    """Walk the messages of an object header and of its continuations."""
    start = raw.read(address, 16)
    if start[:4] == b"OHDR":
        yield from _messages_2(raw, address, start)
    elif start[0] == 1:
        yield from _messages_1(raw, address, start)
    else:
        raw.fail(f"no object header at {address}")


def _messages_1(raw: RawFile, address: int, start: bytes) -> Iterator[Message]:
    n_messages, size = struct.unpack_from("<HxxxxI", start, 2)
    blocks = [(address + 16, raw.claim(address, 16 + size)[16:])]
    for begin, block in blocks:  # grows while continuations are found
        at = 0
        while at + 8 <= len(block) and n_messages:
            n_messages -= 1
            kind, nbytes, flags = struct.unpack_from("<HHB", block, at)
            at += 8
            message = Message(kind, flags, block[at : at + nbytes], begin + at)
            at += nbytes
            if at > len(block):
                raw.fail(f"a message that is cut off at {message.at}")
            if kind == kinds.CONTINUATION:
                place = _continuation(raw, message)
                blocks.append((place[0], raw.claim(*place)))
            else:
                yield message


def _messages_2(raw: RawFile, address: int, start: bytes) -> Iterator[Message]:
    flags = start[5]
    head = 6 + 16 * bool(flags & 0x20) + 4 * bool(flags & 0x10)
    width = 1 << (flags & 3)
    size = int.from_bytes(raw.read(address + head, width), "little")
    head += width
    if start[4] != 2 or flags & 0xC0:
        raw.fail(f"an object header of an unknown version at {address}")
    blocks = [(address + head, raw.sealed(address, head + size + _CHECKSUM)[head:])]
    message_head = 6 if flags & 4 else 4
    for begin, block in blocks:  # grows while continuations are found
        at = 0
        while at + message_head <= len(block):
            kind, nbytes, message_flags = struct.unpack_from("<BHB", block, at)
            at += message_head
            message = Message(kind, message_flags, block[at : at + nbytes], begin + at)
            at += nbytes
            if at > len(block):
                raw.fail(f"a message that is cut off at {message.at}")
            if kind == kinds.CONTINUATION:
                place = _continuation(raw, message)
                block_of_it = raw.sealed(*place)
                if block_of_it[:4] != b"OCHK":
                    raw.fail(f"no continuation of a header at {place[0]}")
                blocks.append((place[0] + 4, block_of_it[4:]))
            else:
                yield message


def _continuation(raw: RawFile, message: Message) -> tuple[int, int]:
    if len(message.body) < 16:
        raw.fail(f"a message that is cut off at {message.at}")
    offset, nbytes = struct.unpack_from("<QQ", message.body)
    return offset, nbytes


def _dataset(raw: RawFile, address: int, found: dict[int, list[Message]]) -> Dataset | Unsafe:
    def body(kind: int) -> bytes:
        if len(found.get(kind, ())) != 1:
            raw.fail(f"a dataset without its type, shape or place at {address}")
        return found[kind][0].body

    layout = found[kinds.LAYOUT][0]
    place = kinds.read_layout(raw, body(kinds.LAYOUT), layout.at)
    if isinstance(place, str):
        return Unsafe(address, place)
    if kinds.EXTERNAL_FILES in found:
        return Unsafe(address, "keeps its data in another file")
    if kinds.FILTERS in found:
        return Unsafe(address, "is filtered")
    dtype = kinds.read_element_type(body(kinds.DATATYPE))
    if dtype is None:
        unsafe = "has an element type that is no plain little-endian number or boolean"
        return Unsafe(address, unsafe, is_elsewhere=False)
    shape = kinds.read_dataspace(raw, body(kinds.DATASPACE))
    if shape is None:
        return Unsafe(address, "has no shape", is_elsewhere=False)
    offset, stored = place
    try:
        nbytes = count_bytes(dtype, shape)
    except ValueError as err:
        return Unsafe(address, f"cannot be: {err}")
    if nbytes != stored:
        return Unsafe(address, f"is declared {shape} but {stored} bytes are stored")
    if nbytes and offset + nbytes > raw.size:
        return Unsafe(address, "has no data inside the file")
    return Dataset(address, StoredArray(offset if nbytes else 0, dtype, ARRAY, shape, nbytes))


def _group(raw: RawFile, address: int, found: dict[int, list[Message]]) -> Group:
    members: dict[str, int | None] = {}
    for name, target in _links(raw, found):
        if name in members:
            raw.fail(f"two members of the name {name[:40]!r}")
        members[name] = target
    attributes = dict(
        kinds.read_attribute(raw, body) for body in _attribute_bodies(raw, found)
    )
    return Group(address, members, attributes)


def _links(
    raw: RawFile, found: dict[int, list[Message]]
) -> Iterator[tuple[str, int | None]]:
    for message in found.get(kinds.SYMBOL_TABLE, ()):
        if len(message.body) < 16:
            raw.fail(f"a message that is cut off at {message.at}")
        tree, heap = struct.unpack_from("<QQ", message.body)
        yield from _symbols(raw, tree, heap)
    for message in found.get(kinds.LINK, ()):
        yield kinds.read_link(raw, message.body)
    for message in found.get(kinds.LINK_INFO, ()):
        for body in _dense(raw, message, _LINKS_BY_NAME):
            yield kinds.read_link(raw, body)


def _attribute_bodies(raw: RawFile, found: dict[int, list[Message]]) -> Iterator[bytes]:
    for message in found.get(kinds.ATTRIBUTE, ()):
        yield message.body
    for message in found.get(kinds.ATTRIBUTE_INFO, ()):
        yield from _dense(raw, message, _ATTRIBUTES_BY_NAME)


def _dense(raw: RawFile, message: Message, kind: int) -> Iterator[bytes]:
    """Give the links or attributes that lie in a heap, which an info message leads to."""
    flags = message.body[1] if len(message.body) > 1 else 0
    counter = 8 if kind == _LINKS_BY_NAME else 2
    at = 2 + counter * (flags & 1)
    if len(message.body) < at + 16:
        raw.fail(f"a message that is cut off at {message.at}")
    heap_address, names = struct.unpack_from("<QQ", message.body, at)
    if heap_address == UNDEFINED:
        return
    heap = FractalHeap(raw, heap_address)
    if kind == _LINKS_BY_NAME:
        identifiers = (record[4:] for record in tree_records(raw, names, kind, 11))
    else:
        identifiers = (record[:8] for record in tree_records(raw, names, kind, 17))
    for identifier in identifiers:
        yield heap.object(identifier)


def _symbols(raw: RawFile, tree: int, heap: int) -> Iterator[tuple[str, int | None]]:
    """Walk a group of the oldest kind: a tree of tables of names in a heap."""
    head = raw.claim(heap, 32)
    if head[:5] != b"HEAP\0":
        raw.fail(f"no local heap at {heap}")
    size, _, place = struct.unpack_from("<QQQ", head, 8)
    names = raw.claim(place, size)
    left = len(names)
    for table in _tree_children(raw, tree):
        head = raw.read(table, 8)
        count = int.from_bytes(head[6:8], "little")
        if head[:5] != b"SNOD\1":
            raw.fail(f"no table of symbols at {table}")
        entries = raw.claim(table, 8 + count * _SYMBOL.size)
        for offset, address, cached in _SYMBOL.iter_unpack(entries[8:]):
            end = names.find(b"\0", offset)
            left -= end - offset
            if not 0 < offset < end or left < 0:
                raw.fail(f"names that are not in their heap at {heap}")
            name = kinds.read_name(raw, names[offset:end])
            yield name, None if cached == _SYMBOLIC_LINK else address


def _tree_children(raw: RawFile, root: int) -> Iterator[int]:
    """Give the tables below a tree of version 1."""
    todo = [(root, -1)]
    while todo:
        address, expected = todo.pop()
        head = raw.read(address, 24)
        level, count = struct.unpack_from("<BH", head, 5)
        if head[:5] != b"TREE\0" or (expected >= 0 and level != expected):
            raw.fail(f"no node of a group's tree at {address}")
        node = raw.claim(address, 24 + 16 * count + 8)
        children = struct.unpack_from("<" + "8xQ" * count, node, 24)
        if level:
            todo += [(child, level - 1) for child in reversed(children)]
        else:
            yield from children
