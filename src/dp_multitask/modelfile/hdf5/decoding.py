# SPDX-License-Identifier: LGPL-3.0-or-later
"""Objects of our own layout, from bytes: the other half of `dp_multitask.modelfile.hdf5.encoding`.

What a header states is taken out of it and encoded again: only if that gives the very same bytes is
it a header of ours. So there is nothing in it that was not looked at.
"""

from __future__ import annotations

import struct
from functools import lru_cache

from dp_multitask.modelfile.hdf5 import encoding
from dp_multitask.modelfile.hdf5.objects import Dataset, Group, Unsafe
from dp_multitask.modelfile.hdf5.raw import RawFile
from dp_multitask.modelfile.stored_array import ARRAY, MAX_RANK, StoredArray, count_bytes
from dp_multitask.records import NamedTuple

_CHECKSUM = 4
_DTYPE_OF = {datatype: dtype for dtype, datatype in encoding.DATATYPES.items()}


def decode_object(raw: RawFile, address: int) -> Group | Dataset | Unsafe | None:
    """Read the object whose header is at an address; None if it is not as we lay it out.

    Raises
    ------
    ModelFileError
        It is, but a checksum does not fit, or it reaches into another object.
    """
    flags = raw.read(address, 8)
    if flags[:6] == encoding.GROUP_PREFIX:
        return _decode_group(raw, address)
    return _decode_dataset(raw, address) if flags[:6] == encoding.DATASET_PREFIX else None


def _decode_dataset(raw: RawFile, address: int) -> Dataset | Unsafe | None:
    size = 8 + int.from_bytes(raw.read(address, 8)[6:], "little")
    header = raw.read(address, size)
    rank = header[13] if size > 16 else 255
    begin = 16 + 8 * rank
    if rank > MAX_RANK or size < begin + 8 + 22:
        return None
    shape = struct.unpack_from(f"<{rank}Q", header, 16)
    length = int.from_bytes(header[begin + 1 : begin + 3], "little")
    dtype = _DTYPE_OF.get(header[begin + 4 : begin + 4 + length])
    if dtype is None:
        return None
    n_names = 1
    if size != encoding.dataset_header_size(dtype, rank, 1) - _CHECKSUM:
        n_names = int.from_bytes(header[-26:-22], "little")
    offset, nbytes = struct.unpack_from("<QQ", header, size - 16)
    if (
        not _is_size(nbytes, dtype, shape)
        or encoding.encode_dataset(dtype, shape, n_names, offset, nbytes) != header
        or (offset % encoding.ALIGNMENT if nbytes else offset != encoding.UNDEFINED)
    ):
        return None
    raw.seal_header(address, size + _CHECKSUM)
    if nbytes and offset + nbytes > raw.size:
        return Unsafe(address, "has no data inside the file")
    array = StoredArray(offset if nbytes else 0, dtype, ARRAY, shape, nbytes)
    return Dataset(address, array, n_names)


def _is_size(nbytes: int, dtype: str, shape: tuple[int, ...]) -> bool:
    try:
        return nbytes == count_bytes(dtype, shape)
    except ValueError:
        return False


def _decode_group(raw: RawFile, address: int) -> Group | None:
    size = int.from_bytes(raw.read(address, 10)[6:], "little")
    messages = raw.read(address + 10, size)
    at = len(encoding.GROUP_MESSAGES)
    if messages[:at] != encoding.GROUP_MESSAGES:
        return None
    attribute = None
    if messages[at : at + 1] == bytes([encoding.ATTRIBUTE_INFO]):
        attribute = _decode_attribute(raw, messages, at)
        if attribute is None:
            return None
        at = attribute.end
    members: dict[str, int] = {}
    while at < size:
        end = at + 4 + int.from_bytes(messages[at + 1 : at + 3], "little")
        member = _decode_link(messages[at : end - 8])
        if member is None or end > size or member in members:
            return None
        members[member] = int.from_bytes(messages[end - 8 : end], "little")
        at = end
    raw.seal_header(address, 10 + size + _CHECKSUM)
    # not before all is known to be ours: another reader takes the heap of a group that is not
    attributes = {} if attribute is None else {attribute.name: _text_of(raw, attribute)}
    return Group(address, members, attributes, is_ours=True)


@lru_cache(4096)
def _decode_link(message: bytes) -> str | None:
    """Give the name in a link's message but for the address at its end."""
    if len(message) < 8:
        return None
    try:
        name = message[9 if message[5] & 1 else 8 :].decode()
    except UnicodeDecodeError:
        return None
    is_part_of_path = name not in ("", ".", "..") and "/" not in name and "\0" not in name
    return name if is_part_of_path and encoding.link_message(name) == message else None


class _Attribute(NamedTuple):
    """A group's attribute: its name, its bytes but for its text, and where that lies.

    Attributes
    ----------
    name : str
        The name.
    text : bytes or None
        The text, if it lies in the group's header.
    heap, begin, length : int
        Else the address of its heap, that of the attribute in it, and the attribute's length.
    head : int
        How many bytes of the attribute stand before its text.
    end : int
        Where its messages in the group's header end.
    """

    name: str
    text: bytes | None
    heap: int
    begin: int
    length: int
    head: int
    end: int


def _decode_attribute(raw: RawFile, messages: bytes, at: int) -> _Attribute | None:
    """Read what a group's header says of its attribute."""
    if len(messages) < at + encoding.ATTRIBUTE_INFO_SIZE:
        return None
    heap = int.from_bytes(messages[at + 6 : at + 14], "little")
    end = at + encoding.ATTRIBUTE_INFO_SIZE
    begin, text = heap + encoding.HEAP_FRONT_SIZE, None
    if heap != encoding.UNDEFINED:
        front = raw.read(heap, encoding.HEAP_FRONT_SIZE)
        length = int.from_bytes(front[encoding.ATTRIBUTE_LENGTH_AT :][:8], "little")
        name_size = int.from_bytes(raw.read(begin, 4)[2:], "little")
        start = raw.read(begin, 9 + name_size + 8 + 4)
        info = encoding.attribute_info(heap)
    else:
        front = None
        length = int.from_bytes(messages[end + 1 : end + 3], "little")
        start = messages[end + 4 : end + 4 + length]
        name_size = int.from_bytes(start[2:4], "little")
        end += 4 + length
        info = encoding.attribute_messages(start, 0)
    head = 9 + name_size + 8 + 4
    if messages[at:end] != info or not head <= length <= raw.size or len(start) < head:
        return None
    try:
        name = start[9 : 9 + name_size - 1].decode()
    except UnicodeDecodeError:
        return None
    if start[:head] != encoding.attribute_head(name, length - head):
        return None
    if front is None:
        text = start[head:]
    elif front != encoding.heap_front(name, length, heap):
        return None
    return _Attribute(name, text, heap, begin, length, head, end)


def _text_of(raw: RawFile, attribute: _Attribute) -> bytes:
    text = attribute.text
    if text is None:
        raw.claim(attribute.heap, encoding.HEAP_FRONT_SIZE)
        text = raw.claim(attribute.begin, attribute.length)[attribute.head :]
    return text.rstrip(b"\0")
