# SPDX-License-Identifier: LGPL-3.0-or-later
"""The ZIP archive of a checkpoint, read strictly: stored entries, each name once, nothing hidden.

What PyTorch writes needs little of ZIP (APPNOTE 6.3.3, sections 4.3.7 to 4.3.16): entries that are
stored, one disk, ZIP64 where sizes ask for it. All else is refused.
"""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

from dp_multitask.errors import (
    CheckpointError,
    ChecksumError,
    DPMultitaskError,
    ModelFileError,
    UnsafeFileError,
)
from dp_multitask.modelfile.opened_file import OpenedFile

SIGNATURE = b"PK\x03\x04"

_LOCAL = struct.Struct("<4s5HIIIHH")
_CENTRAL = struct.Struct("<4s6HIII5HII")
_END = struct.Struct("<4s4HIIH")
_END_64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR_64 = struct.Struct("<4sIQI")
_CENTRAL_SIGNATURE = b"PK\x01\x02"
_END_SIGNATURE = b"PK\x05\x06"
_END_64_SIGNATURE = b"PK\x06\x06"
_LOCATOR_64_SIGNATURE = b"PK\x06\x07"

_MAX_16, _MAX_32 = 0xFFFF, 0xFFFFFFFF
_ZIP64 = 1
_NEWEST = 63
"""Version 6.3 of ZIP, the latest in which a stored entry is what it is here."""
_STREAMED, _UTF_8 = 0x0008, 0x0800
_NOT_PLAIN = 0xFFFF & ~(_STREAMED | _UTF_8)
"""The flags of entries that are more than their bytes: encrypted, patched."""
_MOST_ENTRIES = 1 << 20
_MOST_DIRECTORY_BYTES = 1 << 27
_CHUNK = 1 << 20
PICKLE = "data.pkl"
_CODE = "/code/__torch__"

_DAMAGED = "the file is damaged; get it anew from where it was trained"


def is_training_archive(path: str) -> bool:
    """Whether a file is the archive of a checkpoint, whatever it is called: no code, a pickle."""
    try:
        file = OpenedFile(path)
    except DPMultitaskError:  # whoever reads it says why
        return False
    try:
        names = Archive(file).entries
    except DPMultitaskError:
        return False
    finally:
        file.close()
    return any(name.rpartition("/")[2] == PICKLE for name in names)


class ArchiveEntry(NamedTuple):
    """A member of the archive.

    Attributes
    ----------
    name : str
        Its name, with the folder that all members have.
    header : int
        Where its local header begins.
    size : int
        Its size in bytes.
    crc32 : int
        The checksum of its bytes.
    """

    name: str
    header: int
    size: int
    crc32: int


class Archive:
    """The members of an open ZIP file.

    Attributes
    ----------
    file : OpenedFile
        The file.
    entries : dict of str to ArchiveEntry
        Name -> member.

    Raises
    ------
    ModelFileError
        It is no whole ZIP archive.
    CheckpointError
        It holds code.
    UnsafeFileError
        It uses a feature that a checkpoint has no use for: compression, encryption, a name twice,
        members that take more room than the file has.
    """

    def __init__(self, file: OpenedFile) -> None:
        self.file = file
        self._places: dict[str, int] = {}
        self._checked: set[str] = set()
        start, size, count = self._find_directory()
        if size > _MOST_DIRECTORY_BYTES or count > _MOST_ENTRIES:
            msg = f"lists {count} members, the limit is {_MOST_ENTRIES}"
            raise self._unsafe(msg)
        directory = file.read(start, size)
        if len(directory) != size:
            msg = "its directory is cut short"
            raise self._broken(msg)
        self._directory_start = start
        self.entries = self._read_directory(directory, count)
        if sum(entry.size for entry in self.entries.values()) > start:
            msg = "its members claim more bytes than there are"
            raise self._unsafe(msg)

    def place_of(self, entry: ArchiveEntry) -> int:
        """Give where a member's bytes begin; its local header must agree with the directory."""
        place = self._places.get(entry.name)
        if place is None:
            place = self._places[entry.name] = self._check_local(entry)
        return place

    def read(self, entry: ArchiveEntry, most: int) -> bytes:
        """Read a whole member of at most `most` bytes, and compare its checksum."""
        if entry.size > most:
            msg = f"holds {entry.size} bytes, the limit is {most}"
            raise self._unsafe(msg, entry.name)
        data = self.file.read(self.place_of(entry), entry.size)
        if len(data) != entry.size or zlib.crc32(data) != entry.crc32:
            raise self._not_as_written(entry)
        return data

    def check(self, entry: ArchiveEntry) -> None:
        """Compare the checksum of a member, piece by piece, unless that was done before.

        Raises
        ------
        ChecksumError
            Its bytes are not those that were written.
        """
        if entry.name in self._checked:
            return
        place, crc = self.place_of(entry), 0
        for at in range(0, entry.size, _CHUNK):
            crc = zlib.crc32(self.file.read(place + at, min(_CHUNK, entry.size - at)), crc)
        if crc != entry.crc32:
            raise self._not_as_written(entry)
        self._checked.add(entry.name)

    def _find_directory(self) -> tuple[int, int, int]:
        """Give place and size of the central directory, and how many entries it has."""
        size = self.file.size
        # what follows the end record is a comment, and PyTorch writes none
        at = size - _END.size
        end = self.file.read(at, _END.size) if at >= 0 else b""
        if len(end) != _END.size or not end.startswith(_END_SIGNATURE):
            msg = "it is cut short, or something follows the archive"
            raise self._broken(msg)
        _, disk, first, here, count, nbytes, start, comment = _END.unpack(end)
        if disk or first or here != count or comment:
            msg = "its end record is none that PyTorch writes"
            raise self._broken(msg)
        if _MAX_16 in (count,) or _MAX_32 in (nbytes, start):
            start, nbytes, count, at = self._find_directory_64(at)
        if start + nbytes > at:
            msg = "its directory reaches beyond its end"
            raise self._broken(msg)
        return start, nbytes, count

    def _find_directory_64(self, end: int) -> tuple[int, int, int, int]:
        locator = self.file.read(max(end - _LOCATOR_64.size, 0), _LOCATOR_64.size)
        if len(locator) != _LOCATOR_64.size or not locator.startswith(_LOCATOR_64_SIGNATURE):
            msg = "it lacks the ZIP64 end record"
            raise self._broken(msg)
        _, disk, at, disks = _LOCATOR_64.unpack(locator)
        record = self.file.read(at, _END_64.size) if at < self.file.size else b""
        if disk or disks != 1 or len(record) != _END_64.size:
            msg = "its ZIP64 end record is none that PyTorch writes"
            raise self._broken(msg)
        signature, _, _, _, one, other, here, count, nbytes, start = _END_64.unpack(record)
        if signature != _END_64_SIGNATURE or one or other or here != count:
            msg = "its ZIP64 end record is none that PyTorch writes"
            raise self._broken(msg)
        return start, nbytes, count, at

    def _read_directory(self, directory: bytes, count: int) -> dict[str, ArchiveEntry]:
        entries: dict[str, ArchiveEntry] = {}
        at = 0
        for _ in range(count):
            if at + _CENTRAL.size > len(directory):
                msg = "its directory is cut short"
                raise self._broken(msg)
            fields = _CENTRAL.unpack_from(directory, at)
            signature, _, needed, flags, method, _, _, crc, packed, size, *rest = fields
            name_size, extra_size, comment_size, _, _, _, header = rest
            at += _CENTRAL.size
            end = at + name_size + extra_size + comment_size
            # what is needed is a version of ZIP, and a system in the upper byte
            newer = needed & 0xFF > _NEWEST
            if signature != _CENTRAL_SIGNATURE or newer or end > len(directory):
                msg = "its directory is damaged"
                raise self._broken(msg)
            name = self._text(directory[at : at + name_size])
            if _CODE in name:
                raise self._code()
            if _MAX_32 in (packed, size, header):
                extra = directory[at + name_size : at + name_size + extra_size]
                size, packed, header = self._sizes_64(extra, size, packed, header)
            if method or flags & _NOT_PLAIN or packed != size:
                msg = "is compressed or encrypted or patched, a checkpoint's are not"
                raise self._unsafe(msg, name)
            if name in entries:
                msg = "occurs twice in the archive"
                raise self._unsafe(msg, name)
            entries[name] = ArchiveEntry(name, header, size, crc)
            at = end
        if at != len(directory):
            msg = "its directory is longer than its entries"
            raise self._broken(msg)
        return entries

    def _sizes_64(
        self, extra: bytes, size: int, packed: int, header: int
    ) -> tuple[int, int, int]:
        """Take from the ZIP64 field those of the three sizes that did not fit."""
        at = 0
        while at + 4 <= len(extra):
            kind, length = struct.unpack_from("<HH", extra, at)
            if kind == _ZIP64:
                field = extra[at + 4 : at + 4 + length]
                large = [value == _MAX_32 for value in (size, packed, header)]
                if len(field) < 8 * sum(large):
                    break
                values = iter(struct.unpack_from(f"<{sum(large)}Q", field))
                found = [
                    next(values) if is_large else value
                    for value, is_large in zip((size, packed, header), large, strict=True)
                ]
                return found[0], found[1], found[2]
            at += 4 + length
        msg = "the ZIP64 field of a member is damaged"
        raise self._broken(msg)

    def _check_local(self, entry: ArchiveEntry) -> int:
        header = self.file.read(entry.header, _LOCAL.size)
        if len(header) != _LOCAL.size or not header.startswith(SIGNATURE):
            msg = f"the member {entry.name!r} has no header"
            raise self._broken(msg)
        _, _, flags, method, _, _, crc, packed, size, name_size, extra_size = _LOCAL.unpack(header)
        name = self.file.read(entry.header + _LOCAL.size, name_size)
        # a writer that streams leaves the sizes to a record behind the data
        streamed = bool(flags & _STREAMED) and not (crc or packed or size)
        told = _MAX_32 in (packed, size) or streamed
        if (
            method
            or flags & _NOT_PLAIN
            or name != entry.name.encode()
            or not (streamed or crc == entry.crc32)
            or not (told or (packed, size) == (entry.size, entry.size))
        ):
            msg = "is described differently in two places"
            raise self._unsafe(msg, entry.name)
        place = entry.header + _LOCAL.size + int(name_size) + int(extra_size)
        if place + entry.size > self._directory_start:
            msg = f"the member {entry.name!r} reaches beyond the archive"
            raise self._broken(msg)
        return place

    def _text(self, name: bytes) -> str:
        try:
            return name.decode()
        except UnicodeDecodeError as err:
            msg = "the name of a member is no UTF-8"
            raise ModelFileError(msg, source=self.file.name, hint=_DAMAGED) from err

    def _broken(self, how: str) -> ModelFileError:
        msg = f"the checkpoint's archive cannot be read: {how}"
        return ModelFileError(msg, source=self.file.name, hint=_DAMAGED)

    def _unsafe(self, how: str, member: str | None = None) -> UnsafeFileError:
        msg = f"the checkpoint's archive {how}" if member is None else f"{member[:80]!r} {how}"
        hint = "PyTorch writes no such file; get the checkpoint from where it was trained"
        return UnsafeFileError(msg, source=self.file.name, hint=hint)

    def _code(self) -> CheckpointError:
        msg = "is a TorchScript archive: it holds code, expected tensors alone"
        hint = "dp-multitask pack makes a model file of it through an installed DeePMD-kit"
        if not self.file.name.endswith(".pth"):
            hint = f"call it .pth: then {hint}"
        return CheckpointError(msg, source=self.file.name, hint=hint)

    def _not_as_written(self, entry: ArchiveEntry) -> ChecksumError:
        msg = f"the checkpoint's member {entry.name!r} is not what was written"
        return ChecksumError(msg, source=self.file.name, hint=_DAMAGED)
