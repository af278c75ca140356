# SPDX-License-Identifier: LGPL-3.0-or-later
"""The value in force at a place of an input, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from dp_multitask.checks.schema.meaning import Meaning, meaning_at
from dp_multitask.checks.schema.releases import DEFAULT_SCHEMA
from dp_multitask.checks.schema.table import load_table
from dp_multitask.config.written_place import full_path, written_place
from dp_multitask.errors import ConfigTypeError, MissingKeyError, TreePath, format_path
from dp_multitask.text.plain_data import describe, suggest

if TYPE_CHECKING:
    from dp_multitask.text.document import Document


class Origin(NamedTuple):
    """Where a value comes from.

    Attributes
    ----------
    path : tuple of str or int
        The place, from the top of the input.
    value : object
        The value in force; None if there is none.
    source : {"written", "shared", "above", "default", "absent"}
        Written at the place itself, in a shared entry, directly under ``model``; a default of the
        release; or nothing at all.
    written : tuple of str or int
        Where it is written, or would be.
    reference : str or None
        The reference to the shared entry, such as ``des:1``.
    branches : tuple of str
        The branches that have it from the same place, this one included; empty if it is of one
        branch alone, or of none.
    meaning : Meaning
        What the schema says of the place.
    release : str
        The release whose schema and defaults are meant.
    """

    path: TreePath
    value: Any
    source: Literal["written", "shared", "above", "default", "absent"]
    written: TreePath
    reference: str | None
    branches: tuple[str, ...]
    meaning: Meaning
    release: str


def origin(
    source: Mapping[str, Any] | Document, path: TreePath | str, *, schema: str = DEFAULT_SCHEMA
) -> Origin:
    """Tell which value is in force at a place of an input, and where it comes from.

    Parameters
    ----------
    source : mapping or Document
        The whole input, as it is written.
    path : tuple or str
        The place, as in ``model/model_dict/ice/descriptor/sel``, or from a branch on, as in
        ``ice/descriptor/sel``. References on the way are followed.
    schema : str, default: "3.2"
        The DeePMD-kit release whose defaults are meant.

    Returns
    -------
    Origin

    Raises
    ------
    MissingKeyError
        Nothing stands there, and the release knows no such key.
    ConfigTypeError
        The input is no mapping.

    Examples
    --------
    >>> config = {
    ...     "model": {
    ...         "shared_dict": {"des": {"type": "se_e2_a", "sel": [46, 92]}},
    ...         "model_dict": {"ice": {"descriptor": "des"}, "gas": {"descriptor": "des"}},
    ...     }
    ... }
    >>> found = origin(config, "ice/descriptor/sel")
    >>> found.value, found.source, found.branches
    ([46, 92], 'shared', ('ice', 'gas'))
    >>> origin(config, "ice/descriptor/rcut")[1:3]
    (6.0, 'default')
    """
    config = getattr(source, "data", source)
    if not isinstance(config, Mapping):
        msg = f"the input must be a mapping, found {describe(config)}"
        raise ConfigTypeError(msg)
    parts = parse_path(path) if isinstance(path, str) else tuple(path)
    parts = full_path(config, parts)
    table = load_table(schema)
    found = written_place(config, parts)
    meaning = meaning_at(table, config, found.path)
    written = _present(config, found.path, meaning)
    above = found.branches
    if written is not None:
        value = _named(config, written)
        return Origin(
            parts, value, found.source, written, found.reference, above, meaning, table.release
        )
    field = meaning.field
    # a branch or another item of many is no key that a default could stand for
    if field is None or str(found.path[-1]) not in (field.name, *field.alias):
        raise _unknown(config, parts, found.path, table.release)
    kind: Literal["default", "absent"] = "default" if field.has_default else "absent"
    value = field.default if field.has_default else None
    return Origin(parts, value, kind, found.path, found.reference, above, meaning, table.release)


def parse_path(text: str) -> TreePath:
    """Read ``model/models/0/descriptor``; numbers are places in lists."""
    parts = [part for part in text.strip().strip("/").split("/") if part]
    return tuple(int(part) if part.isdecimal() else part for part in parts)


def _present(config: Any, path: TreePath, meaning: Meaning) -> TreePath | None:
    """Give the path at which a value stands, under its own name or another one that counts."""
    above = _named(config, path[:-1]) if path else config
    if not path:
        return path
    if isinstance(above, list):
        return path if isinstance(path[-1], int) and path[-1] < len(above) else None
    if not isinstance(above, Mapping):
        return None
    aliases = meaning.field.alias if meaning.field is not None else ()
    name = () if meaning.field is None else (meaning.field.name,)
    keys = (path[-1], str(path[-1]), *name, *aliases)  # a branch may be called 1
    return next(((*path[:-1], key) for key in keys if key in above), None)


def _named(config: Any, path: TreePath) -> Any:
    """Give the value at a path in which a name may stand as a number: a branch called 1."""
    for part in path:
        try:
            config = config[part if not isinstance(config, Mapping) or part in config
                            else str(part)]
        except (KeyError, IndexError, TypeError):
            return None
    return config


def _unknown(
    config: Any, path: TreePath, written: TreePath, release: str
) -> MissingKeyError:
    depth = next(
        (n for n in range(len(written), 0, -1) if _named(config, written[:n]) is not None), 0
    )
    there = _named(config, written[:depth])
    keys = meaning_at(load_table(release), config, written[:depth]).keys.fields
    near = None
    if depth < len(written):
        near = suggest(str(written[depth]), [*(there if isinstance(there, dict) else ()), *keys])
    msg = f"there is no {str(written[min(depth, len(written) - 1)])!r}"
    where = format_path(written[:depth])
    if near:
        hint = f"Did you mean {'/'.join(filter(None, [where, near]))!r}?"
    elif isinstance(there, Mapping | list):
        names = there if isinstance(there, Mapping) else range(len(there))
        hint = f"{where or 'the input'} has {', '.join(map(str, list(names)[:12]))}"
    else:
        hint = f"{where!r} is {describe(there)}"
    return MissingKeyError(msg, path=written[:depth], hint=hint)
