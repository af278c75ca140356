# SPDX-License-Identifier: LGPL-3.0-or-later
"""A layout sorted by what reading a tree asks for: worked out once for each class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.components.core.kinds import FieldKind, kind, one_of
from dp_multitask.components.core.layout import (
    REQUIRED,
    Child,
    Children,
    Constant,
    Entry,
    Field,
    Given,
    Variables,
    Version,
)
from dp_multitask.records import NamedTuple


class Keys(NamedTuple):
    """The keys of a tree.

    Attributes
    ----------
    kinds : dict
        Key of anything but a nested component -> what it may be.
    words : dict
        Field -> the same in words, for messages.
    absent : dict
        Field -> what a tree without it means; what only a parent knows -> its default.
    given : dict
        The latter alone.
    required : frozenset of str
        Keys that a tree must have.
    others : dict
        Key -> its entry, for all that are no field.
    children : dict
        Key of nested components -> its entry.
    mutable : tuple of str
        Keys whose value may be a component, list or mapping.
    planned : tuple of Child or Children
        Those whose plan is stated in the layout.
    names : frozenset of str
        Fields, and what only a parent knows.
    """

    kinds: dict[str, FieldKind]
    words: dict[str, str]
    absent: dict[str, Any]
    given: dict[str, Any]
    required: frozenset[str]
    others: dict[str, Entry]
    children: dict[str, Child | Children]
    mutable: tuple[str, ...]
    planned: tuple[Child | Children, ...]
    names: frozenset[str]


def sort_layout(layout: tuple[Entry, ...]) -> Keys:
    """Sort the entries of a layout; fields that only a config has are left out."""
    fields = [
        entry.in_tree()
        for entry in layout
        if isinstance(entry, Field) and entry.only_in != "config"
    ]
    given = {
        entry.name: entry.default
        for entry in layout
        if isinstance(entry, Given) and entry.default is not REQUIRED
    }
    others: dict[str, Entry] = {
        entry.name: entry for entry in layout if not isinstance(entry, Field | Given)
    }
    children = {
        name: entry for name, entry in others.items() if isinstance(entry, Child | Children)
    }
    needed = [entry.name for entry in children.values() if entry.needed]
    kinds = {field.name: kind(field.kind) for field in fields}
    kinds |= {name: _kind_of(entry) for name, entry in others.items() if name not in children}
    absent = {field.name: field.absent for field in fields if field.absent is not REQUIRED}
    return Keys(
        kinds=kinds,
        words={field.name: field.kind for field in fields},
        absent=absent | given,
        given=given,
        required=frozenset([*needed, *(each.name for each in fields if each.name not in absent)]),
        others=others,
        children=children,
        mutable=(*children, *(name for name, each in kinds.items() if each.may_be_mutable)),
        planned=tuple(each for each in children.values() if each.own or each.plan is not None),
        names=frozenset(entry.name for entry in layout if isinstance(entry, Field | Given)),
    )


def _kind_of(entry: Entry) -> FieldKind:
    """Give what the value of a key may be that is no field and no component."""
    if isinstance(entry, Constant):
        return one_of(entry.value, *entry.also)
    if isinstance(entry, Version):
        return FieldKind(kind("float").classes, (entry.covers,))
    return FieldKind((dict, Mapping) if isinstance(entry, Variables) else (object,))
