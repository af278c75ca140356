# SPDX-License-Identifier: LGPL-3.0-or-later
"""The messages of object headers that any writer of plain HDF5 makes.

After the HDF5 File Format Specification 3.0, section IV.A.2: dataspaces, datatypes, layouts, links
and attributes, in each version that HDF5 1.8 to 2.0 write.
"""

from __future__ import annotations

import struct

from dp_multitask.modelfile.hdf5.encoding import DATATYPES, UNDEFINED
from dp_multitask.modelfile.hdf5.objects import HeapText
from dp_multitask.modelfile.hdf5.raw import RawFile
from dp_multitask.modelfile.places import MAX_JSON_BYTES
from dp_multitask.modelfile.stored_array import MAX_RANK

DATASPACE, LINK_INFO, DATATYPE, LINK, EXTERNAL_FILES = 0x01, 0x02, 0x03, 0x06, 0x07
LAYOUT, FILTERS, ATTRIBUTE, CONTINUATION = 0x08, 0x0B, 0x0C, 0x10
SYMBOL_TABLE, ATTRIBUTE_INFO = 0x11, 0x15
HARMLESS = frozenset({0x00, 0x04, 0x05, 0x0A, 0x0D, 0x0E, 0x12, 0x13, 0x16})
"""Nothing, fill values, group info, comments, times, sizes of trees, number of links."""

_STRING, _ENUMERATION, _VARIABLE_LENGTH = 3, 8, 9


def read_dataspace(raw: RawFile, body: bytes) -> tuple[int, ...] | None:
    """Give the shape that a message states; None where it states that there is none."""
    if len(body) < 4 or body[0] not in (1, 2):
        raw.fail("a dataspace of an unknown version")
    version, rank, flags, kind = body[:4]
    if version == 2 and kind == 2:
        return None
    begin = 8 if version == 1 else 4
    end = begin + 8 * rank
    longest = 8 * rank if flags & 1 else 0  # what the lengths may grow to comes next
    if rank > MAX_RANK or flags & 2 or len(body) < end + longest:
        raw.fail("a dataspace that is cut off")
    return struct.unpack_from(f"<{rank}Q", body, begin)


def read_element_type(body: bytes) -> str | None:
    """Give the element type that a datatype message states; None for all that is no plain number.

    Versions of the message differ in one half of its first byte and in how an enumeration's names
    are padded.
    """
    if len(body) < 8:
        return None
    if body[0] & 0x0F == _ENUMERATION:
        return "|b1" if _is_boolean(body) else None
    plain = bytes([0x10 | body[0] & 0x0F]) + body[1:]
    for name, known in DATATYPES.items():
        if plain.startswith(known) and not any(plain[len(known) :]):
            return name
    return None


def _is_boolean(body: bytes) -> bool:
    version = body[0] >> 4
    base = 8 + len(DATATYPES["|i1"])
    if body[1:8] != DATATYPES["|b1"][1:8] or read_element_type(body[8:base]) != "|i1":
        return False
    names = b"FALSE\0\0\0TRUE\0\0\0\0" if version < 3 else b"FALSE\0TRUE\0"
    expected = names + b"\0\1"
    return body[base:].startswith(expected) and not any(body[base + len(expected) :])


def read_layout(raw: RawFile, body: bytes, at: int) -> tuple[int, int] | str:
    """Give the place and the length of a dataset's bytes, or what is unsafe about them.

    Parameters
    ----------
    raw : RawFile
        The file.
    body : bytes
        The message.
    at : int
        Where it lies in the file, as it may itself hold the data.
    """
    if len(body) < 4 or body[0] not in (3, 4, 5):
        raw.fail("a layout of an unknown version")
    kind = body[1]
    if kind == 0:
        nbytes = int.from_bytes(body[2:4], "little")
        if 4 + nbytes > len(body):
            raw.fail("a compact dataset that is cut off")
        return at + 4, nbytes
    if kind == 1 and len(body) >= 18:
        offset, nbytes = struct.unpack_from("<QQ", body, 2)
        return (offset, nbytes) if offset != UNDEFINED else (0, 0)
    return "is a virtual dataset" if kind == 3 else "is chunked"


def read_link(raw: RawFile, body: bytes) -> tuple[str, int | None]:
    """Give a link's name and address; None for one that leads elsewhere than to an object."""
    if len(body) < 4 or body[0] != 1 or body[1] & 0xE0:
        raw.fail("a link of an unknown version")
    flags = body[1]
    at = 2
    kind = body[at] if flags & 8 else 0
    at += bool(flags & 8) + 8 * bool(flags & 4) + bool(flags & 0x10)
    width = 1 << (flags & 3)
    length = int.from_bytes(body[at : at + width], "little")
    at += width
    name = body[at : at + length]
    if len(name) != length or (kind == 0 and len(body) < at + length + 8):
        raw.fail("a link that is cut off")
    address = int.from_bytes(body[at + length : at + length + 8], "little")
    return read_name(raw, name), address if kind == 0 else None


def read_name(raw: RawFile, name: bytes) -> str:
    """Give the name of a link, which must be one part of a path."""
    try:
        text = name.decode()
    except UnicodeDecodeError:
        raw.fail(f"a link whose name {name[:40]!r} is no UTF-8")
    if text in ("", ".", "..") or "/" in text or "\0" in text:
        raw.fail(f"a link named {text[:40]!r}")
    return text


def read_attribute(raw: RawFile, body: bytes) -> tuple[str, bytes | HeapText | None]:
    """Give an attribute's name, and its value if it is one text."""
    if len(body) < 9 or body[0] not in (1, 2, 3):
        raw.fail("an attribute of an unknown version")
    sizes = struct.unpack_from("<HHH", body, 2)
    at = 9 if body[0] == 3 else 8
    parts = []
    for size in sizes:
        parts.append(body[at : at + size])
        at += -(-size // 8) * 8 if body[0] == 1 else size
    name, datatype, dataspace = parts
    if at > len(body) or not name.endswith(b"\0") or len(datatype) < 8:
        raw.fail("an attribute that is cut off")
    text: bytes | HeapText | None = None
    shared = body[0] > 1 and body[1] & 3
    if not shared and read_dataspace(raw, dataspace) == ():
        text = _read_text(raw, datatype, body[at:])
    return name.rstrip(b"\0").decode(errors="replace"), text


def _read_text(raw: RawFile, datatype: bytes, value: bytes) -> bytes | HeapText | None:
    kind = datatype[0] & 0x0F
    size = int.from_bytes(datatype[4:8], "little")
    if kind == _STRING:
        if size > len(value):
            what = f"a text attribute is declared {size} bytes long, {len(value)} are stored"
            raw.refuse(what)
        return value[:size].rstrip(b"\0")
    if kind == _VARIABLE_LENGTH and datatype[1] & 0x0F == 1 and len(value) >= 16:
        length, heap, number = struct.unpack_from("<IQI", value)
        if length > MAX_JSON_BYTES:
            raw.refuse(f"a text attribute is declared {length} bytes long")
        return HeapText(length, heap, number)
    return None
