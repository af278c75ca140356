# SPDX-License-Identifier: LGPL-3.0-or-later
"""Branches of a multitask input dropped and renamed, in every section that names them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dp_multitask.config.branch_names import ALIAS_KEY, SECTIONS_BY_BRANCH, aliases_of, find_branch
from dp_multitask.config.compose.assembly import Note
from dp_multitask.config.model_section import ModelSection
from dp_multitask.diagnostics import Edit
from dp_multitask.errors import ConfigError, TreePath, UsageError
from dp_multitask.text.plain_data import value_at


def without_branches(
    config: Mapping[str, Any], names: Sequence[str]
) -> tuple[list[Edit], list[Note]]:
    """Give the edits that drop branches, and the shared entries that then nobody uses.

    Parameters
    ----------
    config : mapping
        A multitask input.
    names : sequence of str
        Branches, by name or alias.

    Raises
    ------
    UnknownBranchError
        There is no such branch.
    UsageError
        No branch would be left.
    """
    branches = _branches(config)
    dropped = list(dict.fromkeys(find_branch(name, branches) for name in names))
    if len(dropped) == len(branches):
        msg = "no branch would be left"
        raise UsageError(msg, hint="keep one of them")
    edits = [
        Edit.remove((*section, name))
        for section in SECTIONS_BY_BRANCH
        for name in dropped
        if name in _section(config, section)
    ]
    notes = [Note(("model", "model_dict", name), "dropped") for name in dropped]
    for key in _unused(config, dropped):
        path: TreePath = ("model", "shared_dict", key)
        edits.append(Edit.remove(path))
        notes.append(Note(path, "dropped: no branch uses it any more"))
    left = len(branches) - len(dropped)
    for path, dimension in _case_dimensions(config):
        if dimension == len(branches) and not any(path[2] == name for name in dropped):
            edits.append(Edit.replace(path, left))
            notes.append(Note(path, f"{left} for so many branches, {dimension} before"))
    return edits, notes


def with_renamed_branch(
    config: Mapping[str, Any], old: str, new: str
) -> tuple[list[Edit], list[Note]]:
    """Give the edits that rename a branch in every section.

    Raises
    ------
    UnknownBranchError
        There is no branch `old`.
    ConfigError
        Another branch has the name `new`, or bears it as an alias.
    """
    branches = _branches(config)
    name = find_branch(old, branches)
    bearers = [each for each in aliases_of(branches).get(new, []) if each != name]
    if new in branches or bearers:
        owner = new if new in branches else bearers[0]
        msg = f"{new!r} is a branch" if new in branches else f"{new!r} is an alias of {owner!r}"
        hint = "take another name"
        raise ConfigError(msg, path=("model", "model_dict", owner), hint=hint)
    edits = [
        Edit.rename((*section, name), new)
        for section in SECTIONS_BY_BRANCH
        if name in _section(config, section)
    ]
    path: TreePath = ("model", "model_dict", name)
    notes = [Note(path, f"renamed to {new!r}")]
    aliases = branches[name].get(ALIAS_KEY)
    if isinstance(aliases, list) and new in aliases:
        index = aliases.index(new)
        edits.append(
            Edit.remove((*path, ALIAS_KEY, index) if len(aliases) > 1 else (*path, ALIAS_KEY))
        )
        notes.append(Note((*path, ALIAS_KEY), f"{new!r} is no alias any more: it is the name"))
    if "finetune_head" not in branches[name]:
        msg = f"to go on from a branch {name!r} of a checkpoint, write 'finetune_head': {name!r}"
        notes.append(Note(path, msg))
    return edits, notes


def _branches(config: Mapping[str, Any]) -> dict[str, Any]:
    branches = _section(config, ("model", "model_dict"))
    found = {name: each for name, each in branches.items() if isinstance(each, dict)}
    if not found:
        msg = "the input has no branches: its model section has no 'model_dict'"
        raise ConfigError(msg, path=("model",), hint="name a multitask input as the base")
    return found


def _section(config: Any, path: TreePath) -> Mapping[str, Any]:
    """Give a section of an input; an empty one where there is none."""
    found = value_at(config, path)
    return found if isinstance(found, Mapping) else {}


def _unused(config: Mapping[str, Any], dropped: Sequence[str]) -> Iterator[str]:
    """Iterate over the shared entries that only dropped branches use."""
    used: dict[bool, set[str]] = {True: set(), False: set()}
    for each in ModelSection(config.get("model")).references:
        if each.key is not None:
            used[each.branch in dropped].add(each.key)
    for key in _section(config, ("model", "shared_dict")):
        if key in used[True] - used[False]:
            yield key


def _case_dimensions(config: Mapping[str, Any]) -> Iterator[tuple[TreePath, int]]:
    """Iterate over the places that say how many branches a fitting net tells apart."""
    for section in ("model_dict", "shared_dict"):
        for key, entry in _section(config, ("model", section)).items():
            inner = ("fitting_net",) if section == "model_dict" else ()
            value = _section(entry, inner).get("dim_case_embd")
            if isinstance(value, int) and value:
                yield ("model", section, key, *inner, "dim_case_embd"), value
