# SPDX-License-Identifier: LGPL-3.0-or-later
"""One thing that is wrong with a model file."""

from __future__ import annotations

from dp_multitask.errors import DPMultitaskError, format_path
from dp_multitask.records import NamedTuple


class Problem(NamedTuple):
    """One thing that is wrong.

    Attributes
    ----------
    path : str
        Where: an HDF5 path if it starts with a slash, else a place in the tree.
    message : str
        What.
    """

    path: str
    message: str


def problem_of(err: DPMultitaskError, where: str) -> Problem:
    """Make a problem of an error; `where` is for one that names no place itself."""
    return Problem(format_path(err.path) if err.path else where, err.message)
