# SPDX-License-Identifier: LGPL-3.0-or-later
"""Distributions and tables of indices of the descriptor ``dpa4``.

Features of degree ``l`` have ``2 l + 1`` orders ``m``. They stand degree by degree, or, between
atoms, order by order: all of ``m = 0``, then for each ``m`` up to ``mmax`` those of ``-m`` and
those of ``+m``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from dp_multitask.components.core.initial import Initialiser, precision_dtype, uniform
from dp_multitask.components.core.plan import PlannedArray

if TYPE_CHECKING:
    import numpy as np

    from dp_multitask.components.core.initial import Array

Arrays = dict[str, PlannedArray]
"""Arrays of a block by their names, each with its shape and distribution."""


def under(prefix: str, arrays: Arrays) -> Arrays:
    """Put a block's name before those of its arrays."""
    return {f"{prefix}.{name}": planned for name, planned in arrays.items()}


def promoted(arrays: Arrays) -> Arrays:
    """Keep arrays in single precision where the descriptor has half precision."""
    return {name: (shape, _promote(initial)) for name, (shape, initial) in arrays.items()}


def _promote(initial: Initialiser) -> Initialiser:
    def draw(rng: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        return initial(rng, shape, precision_dtype("float32") if dtype == "float16" else dtype)

    return draw


def truncated(fan: int, factor: float = 1.0) -> Initialiser:
    """Draw from a normal of deviation ``1 / sqrt(fan)``, cut at three of them, times a factor.

    `fan` is the sum of the widths before and after a matrix.
    """
    std = 1.0 / math.sqrt(fan)

    def draw(rng: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        values = rng.standard_normal(shape)
        while (beyond := abs(values) > 3.0).any():
            values[beyond] = rng.standard_normal(int(beyond.sum()))
        return (values * (std * factor)).astype(dtype, copy=False)

    return draw


def fan_in(width: int) -> Initialiser:
    """Draw uniformly from ``+-1 / sqrt(width)``, of the width before a matrix."""
    return uniform(1.0 / math.sqrt(width))


def index(values: Sequence[int]) -> PlannedArray:
    """Plan indices, 64-bit integers whatever the precision."""

    def fill(rng: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        import numpy as np

        return np.array(values, np.int64)

    return (len(values),), fill


@cache
def degrees(lmax: int) -> tuple[int, ...]:
    """Give the degree of each feature, degree by degree."""
    return tuple(degree for degree in range(lmax + 1) for _ in range(2 * degree + 1))


@cache
def degrees_by_order(lmax: int, mmax: int) -> tuple[int, ...]:
    """Give the degree of each feature, order by order."""
    signed = (degree for m in range(1, mmax + 1) for _ in "-+" for degree in range(m, lmax + 1))
    return (*range(lmax + 1), *signed)


@cache
def orders(lmax: int, mmax: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Give where the features of positive and of negative orders stand, order by order."""
    positive: list[int] = []
    negative: list[int] = []
    start = lmax + 1
    for m in range(1, mmax + 1):
        number = lmax + 1 - m
        negative += range(start, start + number)
        positive += range(start + number, start + 2 * number)
        start += 2 * number
    return tuple(positive), tuple(negative)


@cache
def kernel_places(lmax: int, mmax: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Say where a kernel that mixes degrees stands: in a list of numbers, and in a matrix.

    Orders ``-m`` and ``+m`` have the same numbers, a block each on the diagonal of the matrix.
    """
    size = len(degrees_by_order(lmax, mmax))
    listed: list[int] = []
    dense: list[int] = []
    first = start = 0
    for m in range(mmax + 1):
        number = lmax + 1 - m
        for _ in "0" if m == 0 else "-+":
            for before in range(number):
                for after in range(number):
                    listed.append(first + before * number + after)
                    dense.append((start + after) * size + start + before)
            start += number
        first += number * number
    return tuple(listed), tuple(dense)


def kernel_size(lmax: int, mmax: int) -> int:
    """Count the numbers of such a kernel."""
    return sum((lmax + 1 - m) ** 2 for m in range(mmax + 1))
