# SPDX-License-Identifier: LGPL-3.0-or-later
"""Keys that must be given and are not; where their contents stand beside them, that is said too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dp_multitask.checks.schema import messages
from dp_multitask.checks.schema.messages import Words
from dp_multitask.checks.schema.places import Place
from dp_multitask.checks.schema.table import SchemaField, SchemaTable
from dp_multitask.errors import TreePath

Strays = Mapping[TreePath, Sequence[Place]]
"""Place of an unknown key -> where it belongs."""

_MOST_SHOWN = 6


def missing_keys(
    missing: Sequence[SchemaField], path: TreePath, table: SchemaTable, strays: Strays
) -> tuple[list[Words], dict[TreePath, set[TreePath]]]:
    """Describe what a mapping lacks.

    Returns
    -------
    list of Words
        One for each key; a missing section names the keys beside it that belong into it.
    dict
        The place of each of these keys -> the missing sections whose findings speak for it.
    """
    sections = {(*path, field.name) for field in missing if field.body is not None}
    flat = {
        stray: places
        for stray, places in strays.items()
        if stray[:-1] == path and all(each.path[:-1] in sections for each in places)
    }
    found = []
    for field in missing:
        words = messages.missing_key(field, path, table)
        here = (*path, field.name)
        keys = [str(stray[-1]) for stray, places in flat.items() if _belongs(here, places)]
        if keys:
            shown = ", ".join(map(repr, keys[:_MOST_SHOWN]))
            more = f" and {len(keys) - _MOST_SHOWN} more" if len(keys) > _MOST_SHOWN else ""
            hint = f"{words.hint}, and write into it what stands beside it: {shown}{more}"
            words = words._replace(hint=hint)
        found.append(words)
    return found, {stray: {each.path[:-1] for each in flat[stray]} for stray in flat}


def _belongs(section: TreePath, places: Sequence[Place]) -> bool:
    return any(each.path[:-1] == section for each in places)
