# SPDX-License-Identifier: LGPL-3.0-or-later
"""From what stands under ``systems`` to the systems that DeePMD-kit would train on (3.2.0)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, NamedTuple

from dp_multitask.checks.data.system import SETS, TYPE_FILE, System, read_folder
from dp_multitask.errors import TreePath

LMDB: Final = "LMDB"
Trouble = Literal["absent", "empty", "unreadable", "LMDB"]


class FoundData(NamedTuple):
    """What one of the names under ``systems`` stands for; `trouble` says why for nothing."""

    name: str
    systems: list[System]
    trouble: Trouble | None = None


class Search:
    """Looks at each folder and file once, however many branches name it.

    Parameters
    ----------
    folder : str
        The folder that relative paths count from.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._known: dict[tuple[str, tuple[str, ...] | None], FoundData] = {}

    def entry(self, name: str, patterns: Sequence[str] | None = None) -> FoundData:
        """Look for the systems in a folder, or in a file in the form ``file.hdf5#/group``."""
        key = (name, None if patterns is None else tuple(patterns))
        if key not in self._known:
            try:
                self._known[key] = self._look(*key)
            except ValueError:  # a NUL in the path
                self._known[key] = FoundData(name, [], "absent")
        return self._known[key]

    def section(self, data: dict[Any, Any]) -> list[tuple[TreePath, FoundData]]:
        """Look for what the ``systems`` of a section name, each with its place below them."""
        named, patterns = data.get("systems"), data.get("rglob_patterns")
        chosen = None
        if isinstance(patterns, list):
            chosen = [each for each in patterns if isinstance(each, str)]
        if isinstance(named, str):
            return [((), self.entry(named, chosen))]
        names = enumerate(named if isinstance(named, list) else ())
        return [((at,), self.entry(name, chosen)) for at, name in names if isinstance(name, str)]

    def _look(self, name: str, patterns: tuple[str, ...] | None) -> FoundData:
        if not name and patterns is None:
            return FoundData(name, [], "absent")  # it is not taken for the folder of the input
        path = os.path.join(self._folder, name)
        listed = _listed(path)
        if listed is not None and (name.endswith(".lmdb") or "data.mdb" in listed[0]):
            return FoundData(name, [], LMDB)
        if listed is not None:
            if patterns is None:
                systems = list(_below(path, name, listed))
            else:
                systems = list(_matching(path, name, patterns))
            return FoundData(name, systems, None if systems else "empty")
        file, _, group = path.partition("#")
        if not os.path.isfile(file):
            return FoundData(name, [], "absent")
        if name.endswith(".lmdb"):
            return FoundData(name, [], LMDB)
        from dp_multitask.checks.data.hdf5 import systems_in

        found = systems_in(file, name.partition("#")[0], group if "#" in name else "/")
        if found is None:
            return FoundData(name, [], "unreadable")
        return FoundData(name, found, None if found else "empty")


def _listed(path: str) -> tuple[list[str], list[str]] | None:
    """List the files and the folders in a folder; None if it is none."""
    files: list[str] = []
    folders: list[str] = []
    try:
        with os.scandir(path) as entries:
            for each in entries:
                (folders if each.is_dir() else files).append(each.name)
    except OSError:
        return None
    return files, folders


def _below(path: str, name: str, listed: tuple[list[str], list[str]]) -> Iterator[System]:
    """Find the systems in a folder and in the folders below it; links are not descended into."""
    waiting = [(path, name, listed)]
    while waiting:
        path, name, (files, folders) = waiting.pop()
        is_system = TYPE_FILE in files
        if is_system:
            yield read_folder(path, name, files, folders)
        for each in reversed(folders):
            inside = f"{path}/{each}"
            if is_system and each.startswith(SETS):
                continue
            inner = _listed(inside)
            if inner is not None and os.path.islink(inside):
                inner = (inner[0], [sub for sub in inner[1] if sub.startswith(SETS)])
            if inner is not None:
                waiting.append((inside, f"{name.rstrip('/')}/{each}", inner))


def _matching(path: str, name: str, patterns: Sequence[str]) -> Iterator[System]:
    """Find the systems below a folder that match one of the glob patterns."""
    from pathlib import Path

    root = Path(path)
    found: set[str] = set()
    for pattern in patterns:
        try:
            found.update(str(each) for each in root.rglob(pattern) if (each / TYPE_FILE).is_file())
        except (ValueError, NotImplementedError, IndexError):
            continue
    for each in sorted(found):
        listed = _listed(each)
        if listed is not None:
            yield read_folder(each, os.path.join(name, os.path.relpath(each, path)), *listed)
