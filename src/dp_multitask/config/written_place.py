# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where the value of a key of an input is written: in a branch, in a shared entry, above."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from dp_multitask.config.branch_names import BRANCHES
from dp_multitask.config.model_section import ModelSection
from dp_multitask.config.reference import ITEM_NAMES, parse_reference
from dp_multitask.errors import TreePath
from dp_multitask.records import NamedTuple

WrittenIn = Literal["written", "shared", "above"]

SHARED: TreePath = ("model", "shared_dict")


class WrittenPlace(NamedTuple):
    """Where a place of the resolved input is written.

    Attributes
    ----------
    path : tuple of str or int
        The place in the input as it is written; what is absent there is written nowhere.
    source : {"written", "shared", "above"}
        It stands where it is looked for, in an entry of ``shared_dict``, or directly under
        ``model``, which hands it down to the branches.
    reference : str or None
        The reference that led to the shared entry, as it is written.
    branches : tuple of str
        The branches that have the value from there.
    """

    path: TreePath
    source: WrittenIn
    reference: str | None
    branches: tuple[str, ...]


def written_place(config: Mapping[str, Any], path: TreePath) -> WrittenPlace:
    """Follow a path of the resolved input to the place where the input writes it.

    Parameters
    ----------
    config : mapping
        The whole input, with its references.
    path : tuple of str or int
        The place, as in ``model/model_dict/ice/descriptor/sel``; nothing needs to stand there.
    """
    section = ModelSection(config.get("model"))
    if path[:2] == SHARED and len(path) > 2:
        return WrittenPlace(path, "written", None, _users(section, str(path[2])))
    if path[:2] != BRANCHES or len(path) < 4 or str(path[2]) not in section.by_name:
        return WrittenPlace(path, "written", None, ())
    branch = section.by_name[str(path[2])]
    place, rest = branch.place(str(path[3])), path[4:]
    source: WrittenIn = "written" if place[:3] == path[:3] else "above"
    reference: str | None = None
    value = branch.params.get(path[3])
    if path[3] == "descriptor" and rest[:1] == ("list",) and len(rest) > 1:
        members = value.get("list") if isinstance(value, Mapping) else None
        if isinstance(members, list) and isinstance(rest[1], int) and rest[1] < len(members):
            value, place, rest = members[rest[1]], (*place, "list", rest[1]), rest[2:]
    if path[3] in ITEM_NAMES and isinstance(value, str):
        key, _ = parse_reference(value)
        if key is not None and key in section.shared:
            users = _users(section, key)
            return WrittenPlace((*SHARED, key, *rest), "shared", value, users)
    branches: tuple[str, ...] = ()
    if source == "above":
        branches = tuple(each.name for each in section.branches if path[3] not in each.own)
    return WrittenPlace((*place, *rest), source, reference, branches)


def _users(section: ModelSection, key: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.branch for each in section.references if each.key == key))


def full_path(config: Mapping[str, Any], parts: TreePath) -> TreePath:
    """Complete a path that begins with a branch, as in ``ice/descriptor/sel``."""
    section = ModelSection(config.get("model"))
    if parts and parts[0] not in config and str(parts[0]) in section.by_name:
        return (*BRANCHES, *parts) if section.kind == "multitask" else parts
    return parts
