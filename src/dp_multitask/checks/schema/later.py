# SPDX-License-Identifier: LGPL-3.0-or-later
"""Keys and types that came with a later release than the one that an input is checked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dp_multitask.checks.schema.messages import Words
from dp_multitask.checks.schema.places import Place
from dp_multitask.checks.schema.releases import FIRST_WITH_TABLE, later_than
from dp_multitask.checks.schema.table import SchemaTable, load_table
from dp_multitask.errors import TreePath

# What does the same in a release that has no such key or section.
_FOR_EPOCHS = {
    "num_epoch_dict": "write 'numb_steps' and 'model_prob'",
    **dict.fromkeys(("num_epoch", "numb_epoch"), "write 'numb_steps'"),
}
_BEFORE = {"optimizer": "write its keys in 'training', 'type' as 'opt_type'"} | _FOR_EPOCHS


def replaced_by(key: str, path: TreePath) -> list[TreePath]:
    """Give the places of what an older release has in place of a key: said where the key is."""
    return [(*path, "numb_steps")] if key in _FOR_EPOCHS else []


def later_key(
    key: str,
    path: TreePath,
    names: tuple[str, ...],
    table: SchemaTable,
    elsewhere: Sequence[Place],
) -> Words | None:
    """Say which later release has a key in the bodies `names`; None if none has.

    `elsewhere` are the places where the release itself has the key.
    """
    instead = _BEFORE.get(key, "remove it")
    if elsewhere:
        instead = f"write it as {' or '.join(map(str, elsewhere))}"

    def has_it(newer: SchemaTable) -> bool:
        body = newer.merged(tuple(name for name in names if name in newer.names))
        return key in body.fields or key in body.alias

    return _words(f"the key {key!r}", (*path, key), table, has_it, instead)


def later_type(
    flag: str, tag: str, path: TreePath, name: str, table: SchemaTable
) -> Words | None:
    """Say which later release has a value of a flag of the body `name`; None if none has."""

    def has_it(newer: SchemaTable) -> bool:
        if name not in newer.names:
            return False
        return any(
            variant.flag == flag and variant.canonical(tag) is not None
            for variant in newer.body(name).variants
        )

    return _words(f"the {flag} {tag!r}", path, table, has_it, "use another")


def _words(
    what: str,
    path: TreePath,
    table: SchemaTable,
    has_it: Callable[[SchemaTable], bool],
    instead: str,
) -> Words | None:
    for release in later_than(table.release):
        if has_it(load_table(release)):
            first = FIRST_WITH_TABLE.get(release, release)
            message = f"{what} came with DeePMD-kit {first}; {table.release} refuses it"
            hint = f"{instead}, or train with {first} or later"
            return Words("DPM024", path, message, hint)
    return None
