# SPDX-License-Identifier: LGPL-3.0-or-later
"""What can be wrong with the references of a model section, each told here and nowhere else.

`resolve` raises the first finding, `check` lists them all beside those of its own rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from dp_multitask import errors
from dp_multitask.config.model_section import Branch, ModelSection
from dp_multitask.config.reference import (
    ITEM_NAMES,
    Reference,
    references_without_branches,
    strings_in_hybrid,
)
from dp_multitask.diagnostics import Finding, Fix, Safety
from dp_multitask.registry import find_type
from dp_multitask.text.plain_data import describe, slip_of, suggest

_MOST_SUGGESTIONS = 50
"""Comparing names costs; that many wrong ones at once are no typos."""


def malformed(section: ModelSection) -> Iterator[Finding]:
    """Find what is neither ``key`` nor ``key:level``."""
    for (_, text), references in section.uses.items():
        if references[0].key is None:
            key, _, level = text.partition(":")
            msg = f"the share level in {text!r} is {level!r}, expected a non-negative integer"
            fixed = key if key and not level else None
            yield from _each(references, msg, f"write {key!r} or '{key}:1'", fixed, "safe")


def unknown(section: ModelSection) -> Iterator[Finding]:
    """Find references that name no entry."""
    nearest: dict[str, str | None] = {}
    for (item_key, text), references in section.uses.items():
        key = references[0].key
        if key is None or key in section.shared:
            continue
        if key not in nearest:
            few = len(nearest) < _MOST_SUGGESTIONS
            nearest[key] = _meant(key, section.shared) if few else None
        near = nearest[key]
        hint = f"Did you mean {near!r}?" if near else _entries(section.shared)
        msg = f"the {ITEM_NAMES[item_key]} {key!r} is no entry of shared_dict"
        fixed = near + text[len(key) :] if near else None
        sure = near is not None and near in (_last_part(key), slip_of(key, section.shared))
        yield from _each(references, msg, hint, fixed, "safe" if sure else "unsafe")


def _meant(key: str, shared: Mapping[Any, Any]) -> str | None:
    """Give the entry that was meant: named with its path, as in JSON Schema, or misspelt."""
    last = _last_part(key)
    return last if last in shared else suggest(key, shared)


def _last_part(key: str) -> str:
    return key.rpartition("/")[2].strip()


def of_wrong_kind(section: ModelSection) -> Iterator[Finding]:
    """Find references to an entry that cannot be what it is used as."""
    for references in _known_uses(section):
        entry = section.shared[references[0].key]
        expected = (list, tuple) if references[0].item_key == "type_map" else Mapping
        if not isinstance(entry, expected):
            found = "a type map" if isinstance(entry, list) else describe(entry)
            for each in references:
                yield wrong_kind(section, each, found)


def wrong_kind(section: ModelSection, reference: Reference, found: str) -> Finding:
    """Say that an entry is `found`, and not what a reference uses it as."""
    wanted = ITEM_NAMES[reference.item_key]
    msg = f"a {wanted} is expected here, but {reference.key!r} is {found}"
    candidates = [key for key, entry in section.shared.items() if _can_be(entry, reference)]
    hint = f"name a {wanted} of shared_dict"
    if len(candidates) == 1 and candidates[0] != reference.key:
        hint = f"Did you mean {candidates[0]!r}?"
    entry = (*section.model_path, "shared_dict", reference.key or "")
    # what is said of it as that kind of part, and of the entry, follows
    return Finding(reference.path, msg, hint, covers=(entry, reference.path))


def of_two_kinds(section: ModelSection) -> Iterator[Finding]:
    """Find entries that are used both as a descriptor and as a fitting net."""
    first: dict[str | None, Reference] = {}
    for references in _known_uses(section):
        here = references[0]
        if here.item_key == "type_map":
            continue
        earlier = first.setdefault(here.key, here)
        if earlier.item_key != here.item_key:
            msg = (
                f"{here.key!r} is used as a {ITEM_NAMES[here.item_key]} here and as a "
                f"{ITEM_NAMES[earlier.item_key]} in branch {earlier.branch!r}"
            )
            yield from _each(references, msg, "give each kind an entry of its own in shared_dict")


def not_expanded(section: ModelSection) -> Iterator[Finding]:
    """Find references where none are expanded."""
    hint = "write the member's parameters out, or put the hybrid into the branch itself"
    used = {each[0].key for each in _known_uses(section) if each[0].item_key != "type_map"}
    for key, entry in section.shared.items():
        if key in used:
            for where, text in strings_in_hybrid(entry, (*section.model_path, "shared_dict", key)):
                yield _misplaced(where, text, f"the hybrid {key!r} of shared_dict", hint)
    for branch in section.branches:
        for where, text in _within_inner_hybrids(branch):
            yield _misplaced(where, text, "a hybrid within a hybrid", hint)
        models = branch.params.get("models")
        for where, text in references_without_branches({"models": models}):
            here = (*branch.place("models"), *where[1:])
            hint = "write the parameters out in the sub-model"
            yield _misplaced(here, text, "a linear model's sub-model", hint)


def without_branches(model: Mapping[Any, Any]) -> Iterator[Finding]:
    """Find references in a single-task model."""
    for path, text in references_without_branches(model):
        item_key = next(str(key) for key in path if key in ITEM_NAMES)
        what = ITEM_NAMES[item_key]
        msg = f"the {what} must be written out in a single-task input, found {text!r}"
        yield Finding(("model", *path), msg, "only branches of 'model/model_dict' share entries")


def not_one_type_map(section: ModelSection, *, required: bool) -> Iterator[Finding]:
    """Find that the branches do not reference exactly one type map, or at most one."""
    used = [text for item_key, text in section.uses if item_key == "type_map"]
    if required and not used:
        yield _no_type_map(section)
    # of a name that is no entry's, `unknown` tells
    known = {*section.shared, None}
    used = [text for text in used if section.uses["type_map", text][0].key in known]
    # the usual one, without a level if it stands with and without
    usual = max(used, key=lambda text: _users(section, text), default="")
    for text in used:
        references, first = section.uses["type_map", text], section.uses["type_map", usual]
        if text == usual or references[0].key is None:  # a malformed one is told of by itself
            continue
        msg = f"several type maps are referenced, {usual!r} and here {text!r}"
        same = references[0].key == first[0].key is not None
        hint = f"write {usual!r} in every branch"
        yield from _each(references, msg, hint, usual if same else None, "safe")


def _users(section: ModelSection, text: str) -> tuple[bool, bool, int]:
    """Tell how usual a reference to a type map is: whole, without a level, by many branches."""
    references = section.uses["type_map", text]
    return references[0].key is not None, ":" not in text, len(references)


def _no_type_map(section: ModelSection) -> Finding:
    """Say that no branch references a type map; and if none has one, nothing else of that."""
    msg = "no branch references a shared type map, exactly one is expected"
    hint = "put the type map into 'model/shared_dict' and name it in every branch"
    place, covers = (*section.model_path, "model_dict"), []
    if not any("type_map" in each.params for each in section.branches):
        maps = [key for key, entry in section.shared.items() if isinstance(entry, list)]
        if len(maps) == 1:
            hint = f"write 'type_map': {maps[0]!r} in every branch"
        covers = [each.place("type_map") for each in section.branches]
        covers += [(*section.model_path, "shared_dict", key) for key in maps]
    return Finding(place, msg, hint, "key", tuple(covers))


_Find = Callable[[ModelSection], Iterable[Finding]]
_FINDINGS: tuple[tuple[_Find, type[errors.ConfigError]], ...] = (
    (malformed, errors.ReferenceSyntaxError),
    (unknown, errors.UnknownSharedKeyError),
    (of_wrong_kind, errors.SharedKindError),
    (of_two_kinds, errors.SharedKindError),
    (not_expanded, errors.MisplacedReferenceError),
)


def refuse_findings(section: ModelSection, *, needs_type_map: bool) -> None:
    """Raise the first thing that is wrong with a section's references.

    Raises
    ------
    ConfigError
        Of the subclass that stands for the finding.
    """
    for find, error in _FINDINGS:
        for path, message, hint, *_ in find(section):
            raise error(message, path=path, hint=hint)
    for path, message, hint, *_ in not_one_type_map(section, required=needs_type_map):
        raise errors.SharedTypeMapError(message, path=path, hint=hint)


def _known_uses(section: ModelSection) -> Iterator[list[Reference]]:
    """Iterate over the uses whose entry is there."""
    for references in section.uses.values():
        if references[0].key is not None and references[0].key in section.shared:
            yield references


def _each(
    references: list[Reference],
    message: str,
    hint: str,
    instead: str | None = None,
    safety: Safety = "unsafe",
) -> Iterator[Finding]:
    """Say the same of every reference, and what to write instead."""
    for each in references:
        fix = None if instead is None else Fix.replace(each.path, instead, safety)
        yield Finding(each.path, message, hint, fix=fix)


def _within_inner_hybrids(branch: Branch) -> Iterator[tuple[errors.TreePath, str]]:
    hybrid = branch.params.get("descriptor")
    if not isinstance(hybrid, dict) or hybrid.get("type") != "hybrid":
        return
    members = hybrid.get("list")
    for index, member in enumerate(members if isinstance(members, list) else ()):
        yield from strings_in_hybrid(member, (*branch.place("descriptor"), "list", index))


def _misplaced(path: errors.TreePath, text: str, place: str, hint: str) -> Finding:
    msg = f"the reference {text!r} stands in {place}, where references are not expanded"
    return Finding(path, msg, hint)


def _can_be(entry: Any, reference: Reference) -> bool:
    """Tell whether an entry is surely what a reference needs."""
    if reference.item_key == "type_map":
        return isinstance(entry, list)
    named = entry.get("type") if isinstance(entry, dict) else None
    return isinstance(named, str) and find_type(reference.item_key, named) is not None


def _entries(names: Mapping[Any, Any]) -> str:
    shown = [str(name) for name in names]
    if not shown:
        return "add 'model/shared_dict' with this entry"
    return f"its entries: {', '.join(shown[:8])}{', ...' if len(shown) > 8 else ''}"
