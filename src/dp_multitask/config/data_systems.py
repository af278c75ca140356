# SPDX-License-Identifier: LGPL-3.0-or-later
"""Folders of training data: which systems there are below one, and which elements they have."""

from __future__ import annotations

import os
from collections.abc import Sequence

from dp_multitask.errors import FileAccessError, TypeMapMismatchError

_TYPES = "type.raw"
_NAMES = "type_map.raw"
_HDF5 = "#"


def systems_below(path: str) -> list[str]:
    """Give the systems below a folder: the folders that have a ``type.raw``, itself included.

    A path into an HDF5 file (``data.h5#/water``) is taken as it is.

    Raises
    ------
    FileAccessError
        There is no such folder, or no system in it.
    """
    if _HDF5 in path and os.path.isfile(path.split(_HDF5)[0]):
        return [path]
    if not os.path.isdir(path):
        msg = "no such folder of data"
        raise FileAccessError(msg, source=path, hint="a system is a folder with a type.raw")
    found = [folder for folder, _, files in os.walk(path) if _TYPES in files]
    if not found:
        msg = "there is no system of data in it"
        raise FileAccessError(msg, source=path, hint="a system is a folder with a type.raw")
    return sorted(found)


def check_types(system: str, type_map: Sequence[str]) -> None:
    """Refuse a system with atoms of a type that the type map does not have.

    Raises
    ------
    TypeMapMismatchError
        An element or type is not in the type map.
    FileAccessError
        A file of the system cannot be read.
    """
    if _HDF5 in system:
        return
    names = _read_words(os.path.join(system, _NAMES))
    used = sorted({_index(word, system) for word in _read_words(os.path.join(system, _TYPES))})
    if names:
        elements = [names[index] if index < len(names) else f"type {index}" for index in used]
        missing = [element for element in elements if element not in type_map]
    else:
        missing = [f"type {index}" for index in used if index >= len(type_map)]
    if missing:
        msg = f"has atoms that the model does not know: {', '.join(missing)}"
        hint = f"the type map of the model is {' '.join(type_map)}"
        raise TypeMapMismatchError(msg, source=system, hint=hint)


def _read_words(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().split()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as err:
        msg = f"cannot be read: {getattr(err, 'strerror', None) or err}"
        raise FileAccessError(msg, source=path) from err


def _index(word: str, system: str) -> int:
    if not word.isdecimal():
        msg = f"a type of an atom is a whole number, found {word[:20]!r}"
        raise TypeMapMismatchError(msg, source=os.path.join(system, _TYPES))
    return int(word)
