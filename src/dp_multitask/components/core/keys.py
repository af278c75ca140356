# SPDX-License-Identifier: LGPL-3.0-or-later
"""A layout sorted by what reading a tree asks for: worked out once for each class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from dp_multitask.components.core.layout import (
    REQUIRED,
    VARIABLES,
    Child,
    Children,
    Entry,
    Field,
    Variables,
)

_NESTED = (Child, Children, Variables)


class Keys(NamedTuple):
    """The keys of a tree.

    Attributes
    ----------
    classes : dict
        Field -> the Python classes it may have.
    contents : dict
        Field -> the checks of what it holds, for those that need any.
    kinds : dict
        Field -> its type in words, for messages.
    absent : dict
        Field -> what a tree without it means.
    required : frozenset of str
        Keys that a tree must have.
    others : dict
        Key -> its entry, for all that are no field.
    nested : tuple of str
        Keys whose value is written out anew: components and variables.
    children : tuple of str
        Keys of nested components.
    """

    classes: dict[str, tuple[type, ...]]
    contents: dict[str, tuple[Callable[[object], bool], ...]]
    kinds: dict[str, str]
    absent: dict[str, Any]
    required: frozenset[str]
    others: dict[str, Entry]
    nested: tuple[str, ...]
    children: tuple[str, ...]


def sort_layout(layout: tuple[Entry, ...]) -> Keys:
    """Sort the entries of a layout; fields that only a config has are left out."""
    fields = [
        entry.in_tree()
        for entry in layout
        if isinstance(entry, Field) and entry.only_in != "config"
    ]
    others: dict[str, Entry] = {
        entry.name: entry for entry in layout if not isinstance(entry, Field)
    }
    children = [entry for entry in others.values() if isinstance(entry, Child | Children)]
    needed = [entry.name for entry in children if entry.needed]
    nested = [name for name, entry in others.items() if isinstance(entry, _NESTED)]
    return Keys(
        classes={field.name: field.classes for field in fields},
        contents={field.name: field.contents for field in fields if field.contents},
        kinds={field.name: field.kind for field in fields},
        absent={field.name: field.absent for field in fields if field.absent is not REQUIRED},
        required=frozenset(
            [*needed, *(field.name for field in fields if field.absent is REQUIRED)]
        ),
        others=others,
        nested=tuple(nested),
        children=tuple(name for name in nested if name != VARIABLES),
    )
