# SPDX-License-Identifier: LGPL-3.0-or-later
"""From what stands under ``systems`` to the systems that DeePMD-kit would train on (3.2.0)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Final, Literal, NamedTuple

from dp_multitask.checks.data.system import SETS, TYPE_FILE, System, read_folder
from dp_multitask.checks.data.waiting import seen_at
from dp_multitask.errors import TreePath

LMDB: Final = "LMDB"
Trouble = Literal["absent", "empty", "unreadable", "LMDB", "no LMDB"]


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
        self._known: dict[tuple[str, tuple[str, ...] | None, bool], FoundData] = {}

    def entry(
        self, name: str, patterns: Sequence[str] | None = None, *, alone: bool = False
    ) -> FoundData:
        """Look for the systems in a folder, or in a file in the form ``file.hdf5#/group``.

        Only a name that stands alone, in no list, can be an LMDB data set.
        """
        key = (name, None if patterns is None else tuple(patterns), alone)
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
            return [((), self.entry(named, chosen, alone=True))]
        names = named if isinstance(named, list) else []
        once = list(dict.fromkeys(name for name in names if isinstance(name, str)))
        found = dict(zip(once, seen_at(lambda name: self.entry(name, chosen), once), strict=True))
        return [((at,), found[name]) for at, name in enumerate(names) if isinstance(name, str)]

    def _look(self, name: str, patterns: tuple[str, ...] | None, alone: bool) -> FoundData:
        if not name and patterns is None:
            return FoundData(name, [], "absent")  # it is not taken for the folder of the input
        path = os.path.join(self._folder, name)
        listed = _listed(path)
        if alone and listed is not None and "data.mdb" in listed.files:
            return FoundData(name, [], LMDB)
        if alone and listed is not None and name.endswith(".lmdb"):
            return FoundData(name, [], "no LMDB")
        if listed is not None:
            if patterns is None:
                systems = _below(path, name, listed)
            else:
                systems = _matching(path, name, patterns)
            return FoundData(name, systems, None if systems else "empty")
        file, _, group = path.partition("#")
        if not os.path.isfile(file):
            return FoundData(name, [], "absent")
        if alone and name.endswith(".lmdb"):
            return FoundData(name, [], LMDB)
        if patterns is not None:
            return FoundData(name, [], "empty")
        from dp_multitask.checks.data.hdf5 import systems_in

        found = systems_in(file, name.partition("#")[0], group if "#" in name else "/")
        if found is None:
            return FoundData(name, [], "unreadable")
        return FoundData(name, found, None if found else "empty")


class _Listing(NamedTuple):
    """What is in a folder, by name; links to folders are among the folders, too."""

    files: list[str]
    folders: list[str]
    links: list[str]


def _listed(path: str) -> _Listing | None:
    """List a folder; None if it is none."""
    listing = _Listing([], [], [])
    try:
        with os.scandir(path) as entries:
            for each in entries:
                (listing.folders if each.is_dir() else listing.files).append(each.name)
                if each.is_symlink():
                    listing.links.append(each.name)
    except OSError:
        return None
    return listing


class _Folder(NamedTuple):
    """A folder to look into; of a link only the sets belong to it."""

    path: str
    name: str
    is_link: bool = False


def _below(path: str, name: str, listing: _Listing) -> list[System]:
    """Find the systems in a folder and in the folders below it; links are not descended into."""
    system, level = _contents(_Folder(path, name), listing)
    found = [system]
    while level:
        seen = seen_at(_look_into, level)
        found += [system for system, _ in seen]
        level = [each for _, folders in seen for each in folders]
    return [each for each in found if each is not None]


def _look_into(folder: _Folder) -> tuple[System | None, list[_Folder]]:
    listing = _listed(folder.path)
    return (None, []) if listing is None else _contents(folder, listing)


def _contents(folder: _Folder, listing: _Listing) -> tuple[System | None, list[_Folder]]:
    """Give the system that a folder is, and the folders in it that may hold others."""
    path, name, is_link = folder
    files, folders, links = listing
    system = read_folder(path, name, files, folders) if TYPE_FILE in files else None
    if is_link:
        return system, []
    prefix = name.rstrip("/")
    inner = [
        _Folder(f"{path}/{each}", f"{prefix}/{each}", each in links)
        for each in sorted(folders)
        if system is None or not each.startswith(SETS)
    ]
    return system, inner


def _matching(path: str, name: str, patterns: Sequence[str]) -> list[System]:
    """Find the systems below a folder that match one of the glob patterns."""
    from pathlib import Path

    root = Path(path)
    found: set[str] = set()
    for pattern in patterns:
        try:
            found.update(str(each) for each in root.rglob(pattern) if (each / TYPE_FILE).is_file())
        except (ValueError, NotImplementedError, IndexError):
            continue
    folders = [
        _Folder(each, os.path.join(name, os.path.relpath(each, path))) for each in sorted(found)
    ]
    return [system for system, _ in seen_at(_look_into, folders) if system is not None]
