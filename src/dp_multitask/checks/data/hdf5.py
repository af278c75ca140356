# SPDX-License-Identifier: LGPL-3.0-or-later
"""Systems in an HDF5 file: a group for a folder, a dataset for a file.

h5py reads them, as it does for DeePMD-kit; only names, shapes and the two lists of types are asked
for. What links point to is not followed, as DeePMD-kit's walk over the file does not either.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dp_multitask.checks.data.npy import Array
from dp_multitask.checks.data.system import (
    NOT_PERIODIC,
    SETS,
    TYPE_FILE,
    TYPE_MAP,
    AtomTypes,
    FrameSet,
    System,
)

_MOST = 10_000_000
"""More atoms than a system has, but no more than there is memory for."""


def systems_in(path: str, name: str, group: str) -> list[System] | None:
    """Find the systems in a group of an HDF5 file and below it; None if the file is none.

    `name` is the file and `group` the group as the input names them, ``/`` for all of the file.
    DeePMD-kit 3.2.0 knows groups by their full name alone, with a leading and no trailing slash.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            names: list[str] = []
            file.visit(lambda each: names.append(f"/{each}"))
            return list(_found(file, names, name, group))
    except (OSError, RuntimeError, KeyError, ValueError):
        return None


def _found(file: Any, names: list[str], name: str, group: str) -> list[System]:
    content: dict[str, list[str]] = {}
    for each in names:
        holder, _, last = each.rpartition("/")
        content.setdefault(holder, []).append(last)
    top = group.rstrip("/") if group == "/" else group
    inside = [top, *(each for each in names if each.startswith(f"{top}/"))]
    return [
        _system(file, content, each, f"{name}#{each or '/'}")
        for each in inside
        if TYPE_FILE in content.get(each, ())
    ]


def _system(file: Any, content: dict[str, list[str]], group: str, name: str) -> System:
    inside = content[group]
    words = _words(file, f"{group}/{TYPE_MAP}") if TYPE_MAP in inside else None
    return System(
        name,
        _types(_words(file, f"{group}/{TYPE_FILE}")),
        None if words is None else tuple(words),
        NOT_PERIODIC not in inside,
        [
            FrameSet(each, *_arrays(file, f"{group}/{each}", content))
            for each in inside
            if each.startswith(SETS)
        ],
    )


def _arrays(
    file: Any, group: str, content: dict[str, list[str]]
) -> tuple[list[str], Callable[[str], Array | None]]:
    shapes: dict[str, Array | None] = {}
    for each in content.get(group, ()):
        if each.endswith(".npy"):
            shape = getattr(file.get(f"{group}/{each}"), "shape", None)
            shapes[each[:-4]] = None if shape is None else Array(tuple(map(int, shape)))
    return list(shapes), shapes.get


def _words(file: Any, name: str) -> list[str]:
    """Read a short list of words or numbers."""
    stored = file.get(name)
    shape = getattr(stored, "shape", None)
    if shape is None or len(shape) != 1 or shape[0] > _MOST:
        return []
    return [each.decode() if isinstance(each, bytes) else str(each) for each in stored[:]]


def _types(words: list[str]) -> AtomTypes | None:
    try:
        return AtomTypes(len(words), max(int(float(each)) for each in set(words)))
    except (ValueError, OverflowError):
        return None
