# SPDX-License-Identifier: LGPL-3.0-or-later
"""The few bytes of an HDF5 file that must not be left to the HDF5 library.

The superblock, to refuse what surrounds the file proper, and variable-length text attributes (what
DeePMD-kit writes): reading one through HDF5 never ends when its heap is damaged. The layout is that
of the HDF5 File Format Specification 3.0, sections II.A, III.E and IV.A.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import NoReturn

from dp_multitask.errors import ModelFileError, UnsafeFileError
from dp_multitask.modelfile.places import MAX_JSON_BYTES

SIGNATURE = b"\x89HDF\r\n\x1a\n"
_UNDEFINED = 0xFFFF_FFFF_FFFF_FFFF
_ATTRIBUTE, _CONTINUATION = 0x0C, 0x10
_VARIABLE_LENGTH = 9
_MAX_HEADER_BYTES = 1 << 20
_MAX_MESSAGES = 10_000
_MAX_HEAP_OBJECTS = 1 << 16


def check_superblock(head: bytes, size: int, name: str) -> int:
    """Make sure that the file is one HDF5 file from its first byte to its last.

    Parameters
    ----------
    head : bytes
        The first 2048 bytes of the file, or all of it.
    size : int
        Length of the file in bytes.
    name : str
        For messages.

    Returns
    -------
    int
        Address of the root group's object header.

    Raises
    ------
    ModelFileError
        No HDF5 file, or an unknown version of the superblock.
    UnsafeFileError
        A user block, a driver block, or bytes beyond the end.
    """
    if not head.startswith(SIGNATURE):
        if any(head[at:].startswith(SIGNATURE) for at in (512, 1024)):
            msg = "has a user block before the HDF5 data"
            hint = "a model file starts with HDF5's signature"
            raise UnsafeFileError(msg, source=name, hint=hint)
        msg = "is no HDF5 file"
        raise ModelFileError(msg, source=name, hint="expected a .dp or .yaml model file")
    version = head[8] if len(head) > 8 else 255
    if version in (0, 1) and len(head) >= 100:
        at = 24 if version == 0 else 28
        sizes = head[13:15]
        base, _, end, driver, _, root = struct.unpack_from("<6Q", head, at)
    elif version in (2, 3) and len(head) >= 48:
        sizes = head[9:11]
        base, _, end, root = struct.unpack_from("<4Q", head, 12)
        driver = _UNDEFINED
    else:
        msg = f"has an unknown or truncated HDF5 superblock (version {version})"
        raise ModelFileError(msg, source=name)
    if sizes != b"\x08\x08":
        msg = "does not use 8-byte addresses"
        raise UnsafeFileError(msg, source=name)
    if base or driver != _UNDEFINED:
        msg = "is part of a larger file" if base else "is spread over several files"
        raise UnsafeFileError(msg, source=name)
    if end > size:
        msg = f"is truncated: {size} bytes of {end}"
        raise ModelFileError(msg, source=name)
    if end < size:
        msg = f"has {size - end} bytes after the end of the HDF5 data"
        raise UnsafeFileError(msg, source=name)
    return int(root)


def variable_length_attribute(
    descriptor: int, header: int, attribute: str, size: int, name: str
) -> bytes:
    """Read a scalar variable-length text attribute of the object whose header is at `header`.

    Raises
    ------
    ModelFileError
        The header or the heap is damaged, or has a form that no DeePMD-kit file has.
    UnsafeFileError
        The text is longer than 100 MB.
    """
    raw = RawFile(descriptor, size, name)
    for kind, body in raw.messages(header):
        if kind == _ATTRIBUTE:
            found = raw.attribute(body, attribute.encode())
            if found is not None:
                return found
    msg = f"the attribute {attribute!r} is not in its object's header"
    raise ModelFileError(msg, source=name)


class RawFile:
    """Bounds-checked reading of HDF5 structures.

    Parameters
    ----------
    descriptor : int
        An open file.
    size : int
        Its length in bytes.
    name : str
        For messages.
    """

    def __init__(self, descriptor: int, size: int, name: str) -> None:
        self._descriptor = descriptor
        self._size = size
        self._name = name

    def fail(self, what: str) -> NoReturn:
        """Raise the error of a damaged file."""
        msg = f"the HDF5 structure is damaged: {what}"
        raise ModelFileError(msg, source=self._name)

    def read(self, offset: int, nbytes: int) -> bytes:
        """Read bytes that must lie inside the file."""
        if nbytes < 0 or offset + nbytes > self._size:
            self.fail(f"{nbytes} bytes at {offset} reach beyond the end")
        data = os.pread(self._descriptor, nbytes, offset)
        if len(data) != nbytes:
            self.fail(f"{nbytes} bytes at {offset} cannot be read")
        return data

    def messages(self, address: int) -> Iterator[tuple[int, bytes]]:
        """Walk the messages of an object header, of version 1 or 2, and of its continuations."""
        start = self.read(address, 16)
        old = start[0] == 1
        if old:
            blocks = [(address + 16, struct.unpack_from("<I", start, 8)[0])]
            message_head = 8
        elif start[:4] == b"OHDR" and start[4] == 2:
            flags = start[5]
            at = 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
            width = 1 << (flags & 3)
            length = int.from_bytes(self.read(address + at, width), "little")
            blocks = [(address + at + width, length)]
            message_head = 6 if flags & 4 else 4
        else:
            self.fail(f"no object header at {address}")
        count = total = 0
        for offset, length in blocks:  # grows while continuations are found
            total += length
            if total > _MAX_HEADER_BYTES:
                self.fail("an object header of more than 1 MB")
            block = self.read(offset, length)
            at = 0
            while at + message_head <= length:
                count += 1
                if count > _MAX_MESSAGES:
                    self.fail("an object header without end")
                kind, nbytes = struct.unpack_from("<HH" if old else "<BH", block, at)
                at += message_head
                body = block[at : at + nbytes]
                at += nbytes
                if kind == _CONTINUATION and len(body) >= 16:
                    where, nbytes = struct.unpack_from("<QQ", body)
                    # a continuation of version 2 has a signature before and a checksum after
                    blocks.append((where, nbytes) if old else (where + 4, nbytes - 8))
                elif len(body) == nbytes:
                    yield kind, body

    def attribute(self, body: bytes, wanted: bytes) -> bytes | None:
        """Give the text of an attribute message, or None if it is another attribute's."""
        if len(body) < 8 or body[0] not in (1, 2, 3):
            return None
        name_size, type_size, space_size = struct.unpack_from("<HHH", body, 2)
        at = 9 if body[0] == 3 else 8
        pad = 8 if body[0] == 1 else 1
        if body[at : at + name_size].rstrip(b"\0") != wanted:
            return None
        at += -(-name_size // pad) * pad
        kind = body[at : at + type_size]
        at += -(-type_size // pad) * pad + -(-space_size // pad) * pad
        if not kind or kind[0] & 0x0F != _VARIABLE_LENGTH or body[1] & 3:
            self.fail("a text attribute of another type")
        if len(body) < at + 16:
            self.fail("a text attribute without a value")
        length, address, number = struct.unpack_from("<IQI", body, at)
        if length > MAX_JSON_BYTES:
            msg = f"the attribute {wanted.decode()!r} is declared {length} bytes long"
            raise UnsafeFileError(msg, source=self._name)
        text = self.heap_object(address, number)[:length] if length else b""
        if len(text) != length:
            self.fail("a text that is longer than its heap object")
        return text

    def heap_object(self, address: int, number: int) -> bytes:
        """Give an object of a global heap collection."""
        head = self.read(address, 16)
        if head[:5] != b"GCOL\x01":
            self.fail(f"no global heap at {address}")
        end = address + struct.unpack_from("<Q", head, 8)[0]
        if end > self._size:
            self.fail("a global heap that reaches beyond the end")
        at = address + 16
        for _ in range(_MAX_HEAP_OBJECTS):
            if at + 16 > end:
                break
            index, _, _, nbytes = struct.unpack("<HHIQ", self.read(at, 16))
            if index == number:
                if at + 16 + nbytes > end:
                    self.fail("a heap object that is larger than its heap")
                return self.read(at + 16, nbytes)
            if index == 0:  # the free space that ends a collection
                break
            at += 16 + -(-nbytes // 8) * 8
        msg = f"object {number} is not in its global heap"
        raise ModelFileError(msg, source=self._name)
