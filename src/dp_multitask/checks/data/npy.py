# SPDX-License-Identifier: LGPL-3.0-or-later
"""The headers of ``.npy`` files, read without NumPy and without the array behind them."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import NamedTuple

from dp_multitask.system_files import READING

_MAGIC = b"\x93NUMPY"
# what NumPy writes fits in 128 bytes, but for structured types, which no label has
_ENOUGH = 512
_SHAPE = re.compile(rb"'shape':\s*\(([\d,\s]*)\)")
_TYPE = re.compile(rb"'descr':\s*'[<>|=]?[a-zA-Z](\d+)'")


class Array(NamedTuple):
    """What is known of a stored array: its shape, and whether the file holds all of it."""

    shape: tuple[int, ...]
    complete: bool = True

    @property
    def written(self) -> str:
        """The shape in a message, such as ``3x18``."""
        return "x".join(map(str, self.shape)) or "no dimensions"

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return _product(self.shape)


def read_header(path: str) -> Array | None:
    """Read the header of an ``.npy`` file; None where it is none or cannot be read."""
    try:
        file = os.open(path, READING)
    except OSError:
        return None
    try:
        head = os.read(file, _ENOUGH)
        parsed = _parsed(head)
        if parsed is None:
            return None
        shape, needed = parsed
        return Array(shape, needed is None or os.fstat(file).st_size >= needed)
    except OSError:
        return None
    finally:
        os.close(file)


def _parsed(head: bytes) -> tuple[tuple[int, ...], int | None] | None:
    if not head.startswith(_MAGIC) or len(head) < 12:
        return None
    wide = head[6] > 1
    begin = 12 if wide else 10
    length = int.from_bytes(head[8:begin], "little")
    return _understood(head[begin : begin + length], begin + length)


@lru_cache(maxsize=4096)
def _understood(text: bytes, begin: int) -> tuple[tuple[int, ...], int | None] | None:
    """Give the shape that a header tells, and how long the file has to be."""
    written = _SHAPE.search(text)
    if written is None:
        return None
    shape = tuple(int(each) for each in written[1].split(b",") if each.strip())
    kind = _TYPE.search(text)
    return shape, None if kind is None else begin + _product(shape) * int(kind[1])


def _product(numbers: tuple[int, ...]) -> int:
    product = 1
    for each in numbers:
        product *= each
    return product
