# SPDX-License-Identifier: LGPL-3.0-or-later
"""What was probably meant by a key or a choice that does not exist."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping
from typing import Any

from dp_multitask.checks.schema.table import Body, SchemaTable, Variant
from dp_multitask.diagnostics import Safety
from dp_multitask.text.plain_data import is_commented_out, near_names, slip_of, suggest

_VERY_NEAR = 0.85
_MOST_COMPARED = 100  # letters: a name that long is no typo, only slow to compare
_COMMENT_WORDS = ("comment", "note", "remark", "description")


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Give the name that was probably meant."""
    return suggest(name[:_MOST_COMPARED], names)


def meant_key(
    key: str, value: Any, body: Body, given: Mapping[Any, Any], references: Container[str] = ()
) -> str | None:
    """Give the key of a section that was probably meant by an unknown one.

    It has to be absent and to hold what the unknown key holds, unless it is all but the same
    word: a key of another kind, however alike its name, is not what was meant.
    """
    if is_commented_out(key):
        return None
    names = {name: body.fields[name] for name in body.fields} | {
        alias: body.fields[name] for alias, name in body.alias.items()
    }
    near = nearest(key, names)
    if near is not None and _alike(key, near):
        return body.alias.get(near, near)
    fitting = [
        name
        for name, field in names.items()
        if name not in given
        and (field.matches(value) or (isinstance(value, str) and name in references))
    ]
    near = nearest(key, fitting)
    return None if near is None else body.alias.get(near, near)


def _alike(one: str, other: str) -> bool:
    from difflib import SequenceMatcher  # slow to import, and seldom wanted

    return SequenceMatcher(None, one.lower(), other.lower()).ratio() >= _VERY_NEAR


def meant_choice(
    found: str, variant: Variant, given: Iterable[Any], table: SchemaTable
) -> str | None:
    """Give the choice that was probably meant: of those with a near name, the one with the keys.

    `given` are the keys that stand beside the flag.
    """
    near = near_names(found[:_MOST_COMPARED], variant.tags, 5)
    beside = [key for key in given if isinstance(key, str)]

    def known(tag: str) -> int:
        name = variant.bodies.get(variant.canonical(tag) or "")
        body = None if name is None else table.body(name)
        return 0 if body is None else sum(key in body.fields or key in body.alias for key in beside)

    return max(near, key=known, default=None)


def is_comment_elsewhere(key: str) -> bool:
    """Tell whether a key is written as comments are in other programs' inputs."""
    return is_commented_out(key) or key.lower().startswith(_COMMENT_WORDS)


def how_sure(name: str, near: str, known: Collection[str]) -> Safety:
    """Tell whether one word surely is a misspelling of the other."""
    return "safe" if slip_of(name, known) == near else "unsafe"


def choices_with(key: str, owner: str, table: SchemaTable) -> list[str]:
    """Give the choices of a body's variants that do have a key."""
    found = []
    for variant in table.body(owner).variants:
        for tag, name in variant.bodies.items():
            if name is not None:
                body = table.body(name)
                if key in body.fields or key in body.alias:
                    found.append(tag)
    return found
