# SPDX-License-Identifier: LGPL-3.0-or-later
"""A layout sorted by what reading a tree asks for: worked out once for each class."""

from __future__ import annotations

from typing import Any, NamedTuple

from dp_multitask.components.core.kinds import Kind, kind
from dp_multitask.components.core.layout import (
    REQUIRED,
    VARIABLES,
    Child,
    Children,
    Entry,
    Field,
    Given,
    Variables,
)

_NESTED = (Child, Children, Variables)


class Keys(NamedTuple):
    """The keys of a tree.

    Attributes
    ----------
    kinds : dict
        Field -> what it may be.
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
    nested : tuple of str
        Keys whose value is written out anew: components and variables.
    children : tuple of str
        Keys of nested components.
    planned : tuple of Child or Children
        Those whose plan is stated in the layout.
    names : frozenset of str
        Fields, and what only a parent knows.
    """

    kinds: dict[str, Kind]
    words: dict[str, str]
    absent: dict[str, Any]
    given: dict[str, Any]
    required: frozenset[str]
    others: dict[str, Entry]
    nested: tuple[str, ...]
    children: tuple[str, ...]
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
    children = [entry for entry in others.values() if isinstance(entry, Child | Children)]
    needed = [entry.name for entry in children if entry.needed]
    nested = [name for name, entry in others.items() if isinstance(entry, _NESTED)]
    absent = {field.name: field.absent for field in fields if field.absent is not REQUIRED}
    return Keys(
        kinds={field.name: kind(field.kind) for field in fields},
        words={field.name: field.kind for field in fields},
        absent=absent | given,
        given=given,
        required=frozenset([*needed, *(each.name for each in fields if each.name not in absent)]),
        others=others,
        nested=tuple(nested),
        children=tuple(name for name in nested if name != VARIABLES),
        planned=tuple(entry for entry in children if entry.own or entry.plan is not None),
        names=frozenset(entry.name for entry in layout if isinstance(entry, Field | Given)),
    )
