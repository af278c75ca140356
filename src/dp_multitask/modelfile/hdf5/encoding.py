# SPDX-License-Identifier: LGPL-3.0-or-later
"""The bytes of the few kinds of HDF5 object that a model file is made of.

After the HDF5 File Format Specification 3.0: a superblock of version 2 (II.A), object headers of
version 2 (IV.A.1.b) with links kept in the group's own header (IV.A.2.g), contiguous datasets, and
one text attribute, which lies in a heap of its own if it is long (III.G, III.A.2). Every HDF5 since
1.8 reads these.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import lru_cache

from dp_multitask.modelfile.hdf5.lookup3 import lookup3
from dp_multitask.text.marks import HDF5_SIGNATURE

ALIGNMENT = 8
"""Every object of the file starts at a multiple of this, so that data can be mapped."""

SUPERBLOCK_SIZE = 48
MAX_GROUP_HEADER = 30 << 20
"""Bytes of a group's header: the HDF5 library keeps a header in its cache, and that is 32 MiB."""

UNDEFINED = 2**64 - 1  # the address of what is nowhere
_DATASPACE, _LINK_INFO, _DATATYPE, _FILL_VALUE, _LINK = 0x01, 0x02, 0x03, 0x05, 0x06
_LAYOUT, _GROUP_INFO, _ATTRIBUTE, ATTRIBUTE_INFO, _LINK_COUNT = 0x08, 0x0A, 0x0C, 0x15, 0x16
_CONSTANT, _NOT_SHARED = 0x01, 0x04  # flags of messages
_MAX_ATTRIBUTE = 4096  # of a header's bytes the checksum is needed, and Python takes its time
_NODE_SIZE = 512
_CHECKSUM = 4
DATASET_PREFIX, GROUP_PREFIX = b"OHDR\2\1", b"OHDR\2\2"  # the length takes 2 bytes or 4


def aligned(size: int) -> int:
    """Round a place or a length up to the alignment."""
    return -(-size // ALIGNMENT) * ALIGNMENT


def _message(kind: int, body: bytes, flags: int = 0) -> bytes:
    return struct.pack("<BHB", kind, len(body), flags) + body


GROUP_MESSAGES = _message(
    _LINK_INFO, struct.pack("<BBQQ", 0, 0, UNDEFINED, UNDEFINED)
) + _message(_GROUP_INFO, bytes(2), _CONSTANT)


def _integer(n_bytes: int, *, signed: bool) -> bytes:
    return struct.pack("<BBHIHH", 0x10, 8 * signed, 0, n_bytes, 0, 8 * n_bytes)


def _float(n_bytes: int, exponent_bits: int) -> bytes:
    n_bits = 8 * n_bytes
    mantissa = n_bits - exponent_bits - 1
    return struct.pack(
        "<BBBBIHHBBBBI",
        *(0x11, 0x20, n_bits - 1, 0),  # the mantissa's first bit is implied; where the sign is
        *(n_bytes, 0, n_bits, mantissa, exponent_bits, 0, mantissa, 2 ** (exponent_bits - 1) - 1),
    )


DATATYPES = {
    "|b1": struct.pack("<BHBI", 0x38, 2, 0, 1) + _integer(1, signed=True) + b"FALSE\0TRUE\0\0\1",
    "<f2": _float(2, 5),
    "<f4": _float(4, 8),
    "<f8": _float(8, 11),
    **{f"{'<' if n > 1 else '|'}i{n}": _integer(n, signed=True) for n in (1, 2, 4, 8)},
    **{f"{'<' if n > 1 else '|'}u{n}": _integer(n, signed=False) for n in (1, 2, 4, 8)},
}
"""The HDF5 type of each element type; booleans are h5py's enumeration of FALSE and TRUE."""


def superblock(root: int, end: int) -> bytes:
    """Give the first bytes of a file, from the address of its root group and its length."""
    head = HDF5_SIGNATURE + struct.pack("<4B4Q", 2, 8, 8, 0, 0, UNDEFINED, end, root)
    return head + struct.pack("<I", lookup3(head))


@lru_cache(1024)
def _dataset_header(dtype: str, rank: int, n_names: int) -> tuple[bytes, bytes]:
    """Give the header of a contiguous dataset but for its shape, its place and the checksum.

    Returns
    -------
    before : bytes
        What stands before the lengths of the dimensions, 8 bytes each.
    between : bytes
        What stands between these and the data's offset and length, 8 bytes each, which are last.
    """
    datatype = DATATYPES[dtype]
    between = _message(_DATATYPE, datatype, _CONSTANT)
    # version 3, space allocated early, fill value never written
    between += _message(_FILL_VALUE, b"\x03\x05", _CONSTANT)
    if n_names > 1:
        between += _message(_LINK_COUNT, struct.pack("<BI", 0, n_names), _NOT_SHARED)
    dataspace = struct.pack("<4B", 2, rank, 0, min(rank, 1))
    before = struct.pack("<BHB", _DATASPACE, len(dataspace) + 8 * rank, 0) + dataspace
    between += struct.pack("<BHBBB", _LAYOUT, 18, 0, 3, 1)
    n_message_bytes = len(before) + 8 * rank + len(between) + 16
    return DATASET_PREFIX + struct.pack("<H", n_message_bytes) + before, between


def dataset_header_size(dtype: str, rank: int, n_names: int) -> int:
    """Give the length of a dataset's header with its checksum."""
    before, between = _dataset_header(dtype, rank, n_names)
    return len(before) + 8 * rank + len(between) + 16 + _CHECKSUM


def encode_dataset(
    dtype: str, shape: Sequence[int], n_names: int, offset: int, nbytes: int
) -> bytes:
    """Give the header of a dataset, without its checksum."""
    before, between = _dataset_header(dtype, len(shape), n_names)
    place = struct.pack("<QQ", offset if nbytes else UNDEFINED, nbytes)
    return before + struct.pack(f"<{len(shape)}Q", *shape) + between + place


@lru_cache(4096)
def link_message(name: str) -> bytes:
    """Give a hard link but for the address that it leads to, which is the last 8 bytes."""
    encoded = name.encode()
    wide = len(encoded) > 255
    flags, length = (0x11, "<H") if wide else (0x10, "<B")  # the character set is stored: UTF-8
    body = struct.pack("<BBB", 1, flags, 1) + struct.pack(length, len(encoded)) + encoded
    return struct.pack("<BHB", _LINK, len(body) + 8, 0) + body


def encode_group(links: Sequence[bytes], attribute: bytes) -> bytes:
    """Give the header of a group, without its checksum.

    Parameters
    ----------
    links : sequence of bytes
        Messages of `link_message`, each with its address.
    attribute : bytes
        What `attribute_messages` gave, or nothing.
    """
    messages = GROUP_MESSAGES + attribute + b"".join(links)
    return GROUP_PREFIX + struct.pack("<I", len(messages)) + messages


def group_header_size(n_link_bytes: int, attribute_size: int) -> int:
    """Give the length of a group's header with its checksum."""
    return 10 + len(GROUP_MESSAGES) + n_link_bytes + attribute_size + _CHECKSUM


def attribute_message(name: str, text: bytes) -> bytes:
    """Give a text attribute of fixed length: its description and its value."""
    text = text or b"\0"
    return attribute_head(name, len(text)) + text


def attribute_head(name: str, length: int) -> bytes:
    """Give the description of a text attribute of some bytes."""
    encoded = name.encode() + b"\0"
    datatype = struct.pack("<BBHI", 0x13, 1, 0, length)  # ASCII, padded with NUL
    dataspace = struct.pack("<4B", 2, 0, 0, 0)
    head = struct.pack("<BBHHHB", 3, 0, len(encoded), len(datatype), len(dataspace), 0)
    return head + encoded + datatype + dataspace


def is_stored_apart(attribute: bytes) -> bool:
    """Whether an attribute is too long for its object's header."""
    return len(attribute) > _MAX_ATTRIBUTE


def attribute_messages(attribute: bytes, heap: int) -> bytes:
    """Give the messages of an object's header for its only attribute.

    Parameters
    ----------
    attribute : bytes
        What `attribute_message` gave.
    heap : int
        Where `attribute_heap` lies, if the attribute is stored apart.
    """
    if is_stored_apart(attribute):
        return attribute_info(heap)
    return attribute_info(UNDEFINED) + _message(_ATTRIBUTE, attribute)


def attribute_info(heap: int) -> bytes:
    """Give the message that leads to the heap of an attribute, `UNDEFINED` if there is none."""
    names = UNDEFINED if heap == UNDEFINED else heap + HEAP_HEADER.size + _CHECKSUM
    return _message(ATTRIBUTE_INFO, struct.pack("<BBQQ", 0, 0, heap, names), _NOT_SHARED)


ATTRIBUTE_INFO_SIZE = 22

# signature, version, length of an identifier and of filters, flags, largest managed object, next
# identifier of a huge one, its tree; managed objects: free space, free space manager, space,
# allocated, iterator, number; huge ones: bytes, number; tiny ones: bytes, number; of the doubling
# table: width, first and largest block, bits of the heap's size, rows, root, rows of the root
HEAP_HEADER = struct.Struct("<4sBHHBIQQ QQQQQQ QQQQ HQQHHQH")
# signature, version, type, node size, record size, depth, percentages of splitting and merging,
# root, records in the root and in all
TREE_HEADER = struct.Struct("<4sBBIHHBBQHQ")
_TREES = 2
_LEAVES_AT = HEAP_HEADER.size + _CHECKSUM + _TREES * (TREE_HEADER.size + _CHECKSUM)
HEAP_FRONT_SIZE = aligned(_LEAVES_AT + _TREES * _NODE_SIZE)
ATTRIBUTE_LENGTH_AT = _LEAVES_AT + _NODE_SIZE + 14
"""Where the front of a heap states the length of the attribute: in the record of the last leaf."""


def attribute_heap_size(attribute: bytes) -> int:
    """Give the length of `attribute_heap`."""
    return HEAP_FRONT_SIZE + len(attribute)


def attribute_heap(name: str, attribute: bytes, heap: int) -> bytes:
    """Give an attribute that is too long for its object's header, and what leads to it."""
    return heap_front(name, len(attribute), heap) + attribute


def heap_front(name: str, length: int, heap: int) -> bytes:
    """Give what leads to an attribute that is too long for its object's header.

    A fractal heap with one huge object, the attribute; the tree that finds attributes by name,
    and the tree of huge objects; each tree is one leaf with one record.

    Parameters
    ----------
    name : str
        Of the attribute.
    length : int
        Bytes of what `attribute_message` gave; it comes next.
    heap : int
        The address that these bytes will have.
    """
    names = heap + HEAP_HEADER.size + _CHECKSUM
    huge = names + TREE_HEADER.size + _CHECKSUM
    leaves = heap + _LEAVES_AT
    header = HEAP_HEADER.pack(
        *(b"FRHP", 0, 8, 0, 2, 4096, 1, huge),
        *(0, UNDEFINED, 0, 0, 0, 0),
        *(length, 1, 0, 0),
        *(4, 1024, 65536, 40, 1, UNDEFINED, 0),
    )
    identifier = struct.pack("<BQ", 0x10, 1)[:8]  # a huge object, found by its number
    by_name = identifier + struct.pack("<BII", 0, 0xFFFF, lookup3(name.encode()))
    by_number = struct.pack("<QQQ", heap + HEAP_FRONT_SIZE, length, 1)
    trees = ((8, by_name, leaves), (1, by_number, leaves + _NODE_SIZE))
    parts = [_sealed(header)]
    parts += [
        _sealed(TREE_HEADER.pack(b"BTHD", 0, kind, _NODE_SIZE, len(record), 0, 100, 40, at, 1, 1))
        for kind, record, at in trees
    ]
    parts += [
        _sealed(struct.pack("<4sBB", b"BTLF", 0, kind) + record).ljust(_NODE_SIZE, b"\0")
        for kind, record, _ in trees
    ]
    return b"".join(parts).ljust(HEAP_FRONT_SIZE, b"\0")


def _sealed(data: bytes) -> bytes:
    return data + struct.pack("<I", lookup3(data))
