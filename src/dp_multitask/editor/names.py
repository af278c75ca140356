# SPDX-License-Identifier: LGPL-3.0-or-later
"""The names in an input that an editor follows: shared entries and branches, and all their uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from dp_multitask.checks.schema.multitask_model import SHARED_DICT
from dp_multitask.config.branch_names import BRANCHES, SECTIONS_BY_BRANCH
from dp_multitask.config.reference import parse_reference, reference_sites
from dp_multitask.diagnostics import Edit
from dp_multitask.errors import EditError, TreePath
from dp_multitask.text.plain_data import value_at


class Name(NamedTuple):
    """A name that stands in several places of an input."""

    kind: Literal["shared entry", "branch"]
    text: str


class Occurrence(NamedTuple):
    """One place of a name: a key, or a value that holds a reference."""

    path: TreePath
    is_key: bool
    is_definition: bool


def name_at(data: Mapping[str, Any], path: TreePath, is_key: bool) -> Name | None:
    """Give the name that stands at a place, if one that is followed does."""
    parent = path[:-1]
    if is_key and parent == SHARED_DICT:
        return Name("shared entry", str(path[-1]))
    if is_key and parent in SECTIONS_BY_BRANCH:
        return Name("branch", str(path[-1]))
    for where, text in () if is_key else _references(data):
        key = parse_reference(text)[0]
        if where == path and key is not None:
            return Name("shared entry", key)
    return None


def occurrences(data: Mapping[str, Any], name: Name) -> list[Occurrence]:
    """Find every place of a name, its definition first."""
    if name.kind == "branch":
        places = [(*parent, name.text) for parent in SECTIONS_BY_BRANCH]
        return [
            Occurrence(path, True, path[:-1] == BRANCHES)
            for path in places
            if _has(data, path)
        ]
    found = [Occurrence((*SHARED_DICT, name.text), True, True)] if _has(
        data, (*SHARED_DICT, name.text)
    ) else []
    found += [
        Occurrence(path, False, False)
        for path, text in _references(data)
        if parse_reference(text)[0] == name.text
    ]
    return found


def renaming(data: Mapping[str, Any], name: Name, new: str) -> list[Edit]:
    """Give the edits that rename a name everywhere.

    Raises
    ------
    EditError
        The new name is taken, or cannot be one.
    """
    if not new or (name.kind == "shared entry" and ":" in new):
        msg = f"{new!r} cannot name a {name.kind}"
        raise EditError(msg, hint="a colon begins the share level" if new else "give a name")
    taken = occurrences(data, Name(name.kind, new))
    if taken and new != name.text:
        msg = f"there is a {name.kind} {new!r} already"
        raise EditError(msg, path=taken[0].path, hint="choose another name")
    edits = []
    for place in occurrences(data, name):
        if place.is_key:
            edits.append(Edit.rename(place.path, new))
        else:
            _, colon, level = str(value_at(data, place.path)).partition(":")
            edits.append(Edit.replace(place.path, f"{new}{colon}{level}"))
    return edits


def users_of(data: Mapping[str, Any], key: str) -> list[tuple[str, int]]:
    """Give the branches that name a shared entry, each with its share level."""
    users = []
    for path, text in _references(data):
        found, level = parse_reference(text)
        if found == key:
            users.append((str(path[2]) if path[:2] == BRANCHES else "every branch", level))
    return users


def branch_names(data: Mapping[str, Any]) -> list[str]:
    """Give the branches of an input as far as they can be read."""
    branches = value_at(data, BRANCHES)
    return [str(name) for name in branches] if isinstance(branches, Mapping) else []


def shared_entries(data: Mapping[str, Any]) -> dict[str, Any]:
    """Give the shared entries of an input as far as they can be read."""
    entries = value_at(data, SHARED_DICT)
    return {str(key): each for key, each in entries.items()} if isinstance(entries, dict) else {}


def _has(data: Any, path: TreePath) -> bool:
    parent = value_at(data, path[:-1])
    return isinstance(parent, Mapping) and path[-1] in parent


def _references(data: Mapping[str, Any]) -> Iterator[tuple[TreePath, str]]:
    """Iterate over the places that hold a reference: in branches, and in keys that cascade."""
    model = data.get("model")
    branches = model.get("model_dict") if isinstance(model, Mapping) else None
    if not isinstance(model, Mapping) or not isinstance(branches, Mapping):
        return
    holders: list[tuple[TreePath, Any]] = [(("model",), model)]
    holders += [((*BRANCHES, name), branch) for name, branch in branches.items()]
    for above, params in holders:
        if isinstance(params, Mapping):
            for item, member, text in reference_sites(params):
                inside = (item,) if member is None else (item, "list", member)
                yield (*above, *inside), text
