# SPDX-License-Identifier: LGPL-3.0-or-later
"""What an HDF5 file is made of, as far as a model file may be."""

from __future__ import annotations

from collections.abc import Mapping

from dp_multitask.modelfile.stored_array import StoredArray
from dp_multitask.records import NamedTuple


class HeapText(NamedTuple):
    """A text of variable length: a piece of a global heap."""

    length: int
    heap: int
    number: int


class Group(NamedTuple):
    """A group.

    Attributes
    ----------
    address : int
        Where its header lies.
    members : mapping
        Name -> address of the object; None for a link that leads elsewhere.
    attributes : mapping
        Name -> its text, a piece of a heap, or None for what is not one text.
    is_ours : bool
        Whether it is laid out as we do it.
    """

    address: int
    members: Mapping[str, int | None]
    attributes: Mapping[str, bytes | HeapText | None]
    is_ours: bool = False


class Dataset(NamedTuple):
    """A plain array.

    Attributes
    ----------
    address : int
        Where its header lies.
    array : StoredArray
        The array.
    n_names : int
        How many links lead to it as it states itself; 0 if it is not laid out as we do it.
    """

    address: int
    array: StoredArray
    n_names: int = 0


class Unsafe(NamedTuple):
    """A dataset that no model has, and why; `is_elsewhere` if not for its type or shape."""

    address: int
    why: str
    is_elsewhere: bool = True


HdfObject = Group | Dataset | Unsafe
