# SPDX-License-Identifier: LGPL-3.0-or-later
"""The checksum of HDF5's metadata: lookup3 by Bob Jenkins (public domain), initial value 0.

A model file has thousands of small headers of a few lengths, so headers of the same length are
summed together.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

_MASK = 0xFFFF_FFFF
_START = 0xDEAD_BEEF
_BLOCK = 12
_WORTH_AN_ARRAY = 8

# the bits that the three lines of the mixing step rotate by, which is done twice
_ROTATIONS = ((4, 6, 8), (16, 19, 4))
# (changed, other, bits): one line of the mixing step, and of the final one
_MIX = tuple(line for bits in _ROTATIONS for line in zip((0, 1, 2), (2, 0, 1), bits, strict=True))
_FINAL = ((2, 1, 14), (0, 2, 11), (1, 0, 25), (2, 1, 16), (0, 2, 4), (1, 0, 14), (2, 1, 24))


def lookup3(data: bytes) -> int:
    """Give the checksum of some bytes."""
    a = b = c = _START + len(data) & _MASK
    if not data:
        return c
    padded = data + bytes(-len(data) % _BLOCK)
    words = struct.unpack(f"<{len(padded) // 4}I", padded)
    triples = iter(words[:-3])
    for one, two, three in zip(triples, triples, triples, strict=True):
        a, b, c = a + one & _MASK, b + two & _MASK, c + three & _MASK
        for bits_a, bits_b, bits_c in _ROTATIONS:
            a = (a - c ^ (c << bits_a | c >> 32 - bits_a)) & _MASK
            c = c + b & _MASK
            b = (b - a ^ (a << bits_b | a >> 32 - bits_b)) & _MASK
            a = a + c & _MASK
            c = (c - b ^ (b << bits_c | b >> 32 - bits_c)) & _MASK
            b = b + a & _MASK
    state: list[int] = [a + words[-3] & _MASK, b + words[-2] & _MASK, c + words[-1] & _MASK]
    for changed, other, bits in _FINAL:
        value = state[other]
        rotated = (value << bits | value >> 32 - bits) & _MASK
        state[changed] = (state[changed] ^ value) - rotated & _MASK
    return state[2]


def lookup3_of_each(texts: Sequence[bytes]) -> list[int]:
    """Give the checksum of each of many byte strings."""
    of_length: dict[int, list[int]] = {}
    for number, text in enumerate(texts):
        of_length.setdefault(len(text), []).append(number)
    sums = [0] * len(texts)
    for length, numbers in of_length.items():
        if length == 0 or len(numbers) < _WORTH_AN_ARRAY:
            found = [lookup3(texts[number]) for number in numbers]
        else:
            found = _of_equal_length([texts[number] for number in numbers], length)
        for number, value in zip(numbers, found, strict=True):
            sums[number] = value
    return sums


def _of_equal_length(texts: list[bytes], length: int) -> list[int]:
    import numpy as np

    n_blocks = -(-length // _BLOCK)
    padded = np.zeros((len(texts), n_blocks * _BLOCK), np.uint8)
    padded[:, :length] = np.frombuffer(b"".join(texts), np.uint8).reshape(-1, length)
    words = np.ascontiguousarray(padded.view("<u4").T)
    state = np.full((3, len(texts)), _START + length & _MASK, np.uint32)
    for block in range(n_blocks - 1):
        state += words[3 * block : 3 * block + 3]
        for changed, other, bits in _MIX:
            state[changed] -= state[other]
            state[changed] ^= _rotated(state[other], bits)
            state[other] += state[3 - changed - other]
    state += words[-3:]
    for changed, other, bits in _FINAL:
        state[changed] ^= state[other]
        state[changed] -= _rotated(state[other], bits)
    found: list[int] = state[2].tolist()
    return found


def _rotated(values: np.ndarray[Any, Any], bits: int) -> np.ndarray[Any, Any]:
    rotated: np.ndarray[Any, Any] = values << bits | values >> 32 - bits
    return rotated
