# SPDX-License-Identifier: LGPL-3.0-or-later
"""The bytes of an HDF5 file that may be hostile: read inside its bounds, each structure once."""

from __future__ import annotations

from typing import NoReturn

from dp_multitask.errors import ModelFileError, UnsafeFileError
from dp_multitask.modelfile.hdf5.lookup3 import lookup3, lookup3_of_each
from dp_multitask.modelfile.opened_file import OpenedFile

_WINDOW = 1 << 16
_SUMMED_TOGETHER = 4096


class RawFile:
    """Reading of HDF5 structures.

    Every structure is noted with its length. As no two may overlap, all of them together cannot be
    longer than the file: so whatever a file claims, reading costs no more than its size.
    """

    def __init__(self, file: OpenedFile) -> None:
        self.file = file
        self.name = file.name
        self.size = file.size
        self._claimed: dict[int, int] = {}
        self._total = 0
        self._window = b""
        self._start = 0
        self._unsummed: list[tuple[int, bytes]] | None = None
        self._unfitting: list[int] = []

    def fail(self, what: str) -> NoReturn:
        """Raise the error of a damaged file."""
        msg = f"the HDF5 structure is damaged: {what}"
        raise ModelFileError(msg, source=self.name, hint="get the file anew")

    def refuse(self, what: str) -> NoReturn:
        """Raise the error of HDF5 that a model file has no use for."""
        hint = "a model file is made of plain groups and datasets"
        raise UnsafeFileError(what, source=self.name, hint=hint)

    def read(self, offset: int, nbytes: int) -> bytes:
        """Give bytes that must lie inside the file."""
        start = offset - self._start
        if start >= 0 and start + nbytes <= len(self._window):
            return self._window[start : start + nbytes]
        if offset + nbytes > self.size:
            self.fail(f"{nbytes} bytes at {offset} reach beyond the end")
        # neighbours are asked for next
        data = self.file.read(offset, max(nbytes, _WINDOW))
        if len(data) < nbytes:
            self.fail(f"{nbytes} bytes at {offset} cannot be read")
        if nbytes <= _WINDOW:
            self._window, self._start = data, offset
        return data[:nbytes]

    def claim(self, offset: int, nbytes: int) -> bytes:
        """Give the bytes of a structure that has not been read before."""
        data = self.read(offset, nbytes)
        self._total += nbytes
        if offset in self._claimed or self._total > self.size:
            self.fail(f"two structures lie at {offset}")
        self._claimed[offset] = nbytes
        return data

    def sealed(self, offset: int, nbytes: int) -> bytes:
        """Give the bytes of a structure but for its checksum, the last four, which must fit."""
        data = self.claim(offset, nbytes)
        self.check_sum(data[:-4], data[-4:], offset)
        return data[:-4]

    def seal_header(self, offset: int, nbytes: int) -> None:
        """Make sure, now or later, that the checksum of an object's header fits."""
        if self._unsummed is None:
            self.sealed(offset, nbytes)
            return
        self._unsummed.append((offset, self.claim(offset, nbytes)))
        if len(self._unsummed) >= _SUMMED_TOGETHER:
            self._sum_together(self._unsummed)

    def sum_later(self) -> None:
        """Work out the checksums of many headers together, in a fraction of the time.

        `unfitting` tells of those that do not fit.
        """
        self._unsummed = []

    def unfitting(self) -> list[int]:
        """Give the places of the headers that were read since `sum_later` with a wrong checksum."""
        if self._unsummed:
            self._sum_together(self._unsummed)
        return self._unfitting

    def _sum_together(self, structures: list[tuple[int, bytes]]) -> None:
        sums = lookup3_of_each([data[:-4] for _, data in structures])
        for (offset, data), found in zip(structures, sums, strict=True):
            if found != int.from_bytes(data[-4:], "little"):
                self._unfitting.append(offset)
        structures.clear()

    def check_sum(self, data: bytes, checksum: bytes, offset: int) -> None:
        """Make sure that the checksum of what was read at `offset` fits."""
        if lookup3(data) != int.from_bytes(checksum, "little"):
            self.fail(f"the checksum of {len(data)} bytes at {offset} does not fit")

    def structures(self) -> list[tuple[int, int]]:
        """Give the place and the length of every structure that was read."""
        return list(self._claimed.items())
