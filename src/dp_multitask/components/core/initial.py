# SPDX-License-Identifier: LGPL-3.0-or-later
"""The distributions from which DeePMD-kit draws fresh variables, and its precisions.

Read off DeePMD-kit 3.2.0: the PyTorch backend, which trains; where its numpy backend differs, the
place that uses the distribution says so. Stating a distribution takes no numpy, drawing does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dp_multitask.errors import ComponentError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[Any]
else:
    Array = Any

Initialiser = Callable[["np.random.Generator", "tuple[int, ...]", "np.dtype[Any]"], "Array"]
"""Draws an array of a shape and dtype."""

_PRECISIONS = {
    "default": "float64",
    "float64": "float64",
    "double": "float64",
    "float32": "float32",
    "single": "float32",
    "float16": "float16",
    "half": "float16",
    "bfloat16": "bfloat16",
}


def precision_name(precision: str) -> str:
    """Give numpy's name of a precision; ``default`` is ``float64``.

    Raises
    ------
    ComponentError
        No such precision.
    """
    found = _PRECISIONS.get(precision.lower()) if isinstance(precision, str) else None
    if found is None:
        msg = f"unknown precision {precision!r}"
        known = ", ".join(_PRECISIONS)
        raise ComponentError(msg, path=("precision",), hint=f"expected one of {known}")
    return found


def precision_dtype(precision: str) -> np.dtype[Any]:
    """Give the dtype of a precision.

    Raises
    ------
    ComponentError
        No such precision, or numpy has no such dtype (``bfloat16``).
    """
    import numpy as np

    name = precision_name(precision)
    if name == "bfloat16":
        msg = "variables of precision 'bfloat16' cannot be initialised: numpy has no such type"
        raise ComponentError(msg, path=("precision",), hint="choose 'float32'")
    return np.dtype(name)


def constant(value: float) -> Initialiser:
    """Give every element one value."""

    def fill(rng: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        import numpy as np

        return np.full(shape, value, dtype) if value else np.zeros(shape, dtype)

    return fill


def normal(std: float, mean: float = 0.0) -> Initialiser:
    """Draw from a normal distribution of given standard deviation and mean."""

    def draw(rng: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        values = rng.standard_normal(shape)
        values *= std
        if mean:
            values += mean
        return values.astype(dtype, copy=False)

    return draw


def uniform(bound: float) -> Initialiser:
    """Draw uniformly from ``+-bound``."""

    def draw(rng: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        return rng.uniform(-bound, bound, shape).astype(dtype, copy=False)

    return draw


def in_double(initial: Initialiser) -> Initialiser:
    """Keep float64 whatever the precision, as biases of types and outputs are."""

    def draw(rng: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        return initial(rng, shape, precision_dtype("float64"))

    return draw


def given(values: Any) -> Initialiser:
    """Take values that are known: of the whole shape, of one that spreads to it, or a sequence."""

    def fill(rng: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        import numpy as np

        known = np.asarray(values, dtype)
        if known.size == math.prod(shape):
            return np.array(known.reshape(shape))
        return np.array(np.broadcast_to(known, shape))

    return fill


def weight_matrix(rng: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Draw the matrix of a layer: normal, of standard deviation ``1 / sqrt(in + out)``."""
    return normal(1.0 / math.sqrt(max(1, sum(shape))))(rng, shape, dtype)


def glorot_uniform(rng: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Draw uniformly from ``+-sqrt(6 / (in + out))``, as PyTorch's ``xavier_uniform_``."""
    return uniform(math.sqrt(6.0 / max(1, sum(shape))))(rng, shape, dtype)


zeros = constant(0.0)
ones = constant(1.0)
unit_normal = normal(1.0)
timestep = normal(0.001, 0.1)
