# SPDX-License-Identifier: LGPL-3.0-or-later
"""A pair potential given as a table: reading it, continuing it to the cut-off, its splines.

The table is a text file: a column of equidistant distances, then one column of energies for each
pair of types (0-0, 0-1, 1-1 ...). As in DeePMD-kit 3.2.0.
"""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dp_multitask.errors import ComponentError, FileAccessError

if TYPE_CHECKING:
    from dp_multitask.components.core.initial import Array


class PairTable(NamedTuple):
    """A table as a model keeps it.

    Attributes
    ----------
    rmin, rmax, hh : float
        The distances of the file: the first, the last, their step.
    values : array of shape (nspline + 1, 1 + number of pairs)
        The table, continued to the cut-off.
    splines : array of shape (ntypes * ntypes * nspline * 4,)
        Coefficients of the cubic in each interval, for each ordered pair.
    """

    rmin: float
    rmax: float
    hh: float
    ntypes: int
    values: Array
    splines: Array


def read_pair_table(path: str, rcut: float) -> PairTable:
    """Read a table and continue it to a cut-off.

    Raises
    ------
    FileAccessError
        The file cannot be read.
    ComponentError
        It holds no table of a whole number of types.
    """
    try:
        values = np.loadtxt(path, dtype=np.float64, ndmin=2)
    except OSError as err:
        msg = f"cannot be read: {err.strerror or err}"
        raise FileAccessError(msg, source=os.fspath(path)) from err
    except ValueError as err:
        msg = f"the table {path!r} holds something that is no number: {err}"
        raise ComponentError(msg) from err
    pairs = values.shape[1] - 1
    ntypes = (math.isqrt(1 + 8 * max(pairs, 0)) - 1) // 2
    if len(values) < 3 or not pairs or ntypes * (ntypes + 1) // 2 != pairs:
        msg = f"the table {path!r} has {len(values)} rows and {pairs} columns of energies"
        hint = "expected a column for each pair of types: 1, 3, 6, 10 ... of them"
        raise ComponentError(msg, hint=hint)
    rmin, rmax = float(values[0, 0]), float(values[-1, 0])
    hh = float(values[1, 0] - values[0, 0])
    if hh <= 0.0:
        msg = f"the distances of the table {path!r} do not grow"
        raise ComponentError(msg)
    values = _continued(values, rcut, rmin, hh)
    return PairTable(rmin, rmax, hh, ntypes, values, _splines(values, ntypes))


def _continued(values: Array, rcut: float, rmin: float, hh: float) -> Array:
    """Add rows up to the cut-off: zeros, or a cubic that goes smoothly to zero."""
    rmax = values[-1, 0]
    missing = math.ceil(rcut / hh - rmin / hh) - (len(values) - 1)
    if rcut <= rmax or missing <= 0:
        return values
    added = np.zeros((missing, values.shape[1]))
    added[:, 0] = np.linspace(rmax + hh, rmax + hh * missing, missing)
    if np.any(values[-1, 1:]):
        # the energies reach zero at the last grid point before the cut-off, if there is one
        last = -2 if added[-1, 0] / hh - rmax / hh >= 2 else -1
        start, slope = values[-1, 1:], values[-1, 1:] - values[-2, 1:]
        width = added[last, 0] - rmax
        t = ((added[:, 0] - rmax) / width)[:, np.newaxis]
        added[:, 1:] = (1 + 2 * t) * (1 - t) ** 2 * start + t * (1 - t) ** 2 * slope * width
        if last == -2:
            added = added[:-1]
    return np.concatenate([values, added])


def _splines(values: Array, ntypes: int) -> Array:
    energies = values[:, 1:]
    rise = _slopes(energies)
    first, second = energies[:-1], energies[1:]
    cubic = np.stack(
        [
            2 * first - 2 * second + rise[:-1] + rise[1:],
            -3 * first + 3 * second - 2 * rise[:-1] - rise[1:],
            rise[:-1],
            first,
        ],
        axis=-1,
    )  # (nspline, pairs, 4)
    upper = np.triu_indices(ntypes)
    ordered = np.zeros((ntypes, ntypes, len(first), 4))
    ordered[upper] = ordered[upper[::-1]] = cubic.transpose(1, 0, 2)
    return ordered.reshape(-1)


def _slopes(energies: Array) -> Array:
    """Give the slopes, per step, of the cubic spline that is flat at both ends."""
    number = len(energies)
    slopes = np.zeros_like(energies)
    if number < 3:
        return slopes
    right = 3.0 * (energies[2:] - energies[:-2])
    factor = np.zeros(number - 2)
    solved: Any = np.zeros_like(right)
    before, carried = 0.0, np.zeros(energies.shape[1])
    for row in range(number - 2):  # forward sweep of the tridiagonal system (1, 4, 1)
        pivot = 4.0 - before
        before = 1.0 / pivot
        carried = (right[row] - carried) / pivot
        factor[row], solved[row] = before, carried
    for row in range(number - 4, -1, -1):
        solved[row] -= factor[row] * solved[row + 1]
    slopes[1:-1] = solved
    return slopes
