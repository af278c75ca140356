# SPDX-License-Identifier: LGPL-3.0-or-later
"""One system of training data: what its folder holds, in the format of DeePMD-kit."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from dp_multitask.checks.data.npy import Array, read_header
from dp_multitask.system_files import READING

TYPE_FILE = "type.raw"
TYPE_MAP = "type_map.raw"
NOT_PERIODIC = "nopbc"
SETS = "set."
REAL_TYPES = "real_atom_types"

_PIECE = 4096  # Python makes room for all of it before it reads


class AtomTypes(NamedTuple):
    """What ``type.raw`` says: how many atoms, and the highest type."""

    atoms: int
    highest: int


@dataclass
class FrameSet:
    """A folder ``set.*``: the arrays in it by name, without ``.npy``, and their shapes."""

    name: str
    arrays: Collection[str]
    shape: Callable[[str], Array | None]

    def stored_as(self, label: str) -> str | None:
        """Give the name under which DeePMD-kit finds a label here (3.2.0), None for nowhere."""
        if label in self.arrays:
            return label
        other = f"atomic_{label[5:]}" if label.startswith("atom_") else label
        return other if other in self.arrays else None


@dataclass
class System:
    """A system that was looked at.

    Attributes
    ----------
    name : str
        As DeePMD-kit would write it.
    types : AtomTypes or None
        What ``type.raw`` says; None if it is no list of numbers.
    type_map : tuple of str or None
        The elements of ``type_map.raw``; None without one.
    periodic : bool
        Whether there is no file ``nopbc``.
    sets : list of FrameSet
        In any order.
    """

    name: str
    types: AtomTypes | None
    type_map: tuple[str, ...] | None
    periodic: bool
    sets: list[FrameSet] = field(default_factory=list)


def read_folder(path: str, name: str, files: Collection[str], folders: list[str]) -> System:
    """Look at a system in a folder whose files and folders were listed."""
    sets = [each for each in folders if each.startswith(SETS)]
    return System(
        name,
        atom_types(_bytes_of(f"{path}/{TYPE_FILE}")),
        elements(_bytes_of(f"{path}/{TYPE_MAP}")) if TYPE_MAP in files else None,
        NOT_PERIODIC not in files,
        [_frame_set(f"{path}/{each}", each) for each in sets]
        # DeePMD-kit takes a file of that name for a set, and stops
        + [FrameSet(each, (), lambda _: None) for each in files if each.startswith(SETS)],
    )


def _frame_set(path: str, name: str) -> FrameSet:
    try:
        listed = os.listdir(path)
    except OSError:
        listed = []
    return FrameSet(name, _arrays(tuple(listed)), lambda label: read_header(f"{path}/{label}.npy"))


@lru_cache(maxsize=1024)
def _arrays(listed: tuple[str, ...]) -> frozenset[str]:
    """Give the arrays in a folder; most sets of a data set hold the same."""
    return frozenset(each[:-4] for each in listed if each.endswith(".npy"))


@lru_cache(maxsize=1024)
def atom_types(text: bytes) -> AtomTypes | None:
    """Read ``type.raw`` as ``numpy.loadtxt`` does: one row or one column of numbers."""
    if b"#" in text:
        text = b"\n".join(line.partition(b"#")[0] for line in text.splitlines())
    words = text.split()
    if not words:
        return None
    rows = sum(1 for line in text.splitlines() if line.strip())
    if rows not in (1, len(words)):
        return None
    try:
        return AtomTypes(len(words), max(int(float(each)) for each in set(words)))
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=1024)
def elements(text: bytes) -> tuple[str, ...]:
    """Read ``type_map.raw``: words, with comments behind ``#``."""
    lines = text.decode("utf-8", errors="replace").splitlines()
    return tuple(word for line in lines for word in line.partition("#")[0].split())


def _bytes_of(path: str) -> bytes:
    """Read a small file as a whole; what cannot be read is empty."""
    try:
        file = os.open(path, READING)
    except OSError:
        return b""
    try:
        parts = [os.read(file, _PIECE)]
        while len(parts[-1]) == _PIECE:
            parts.append(os.read(file, _PIECE))
        return parts[0] if len(parts) == 1 else b"".join(parts)
    except OSError:
        return b""
    finally:
        os.close(file)
