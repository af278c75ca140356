# SPDX-License-Identifier: LGPL-3.0-or-later
"""What one backend has and another has not: keys that it ignores, types that it refuses.

Which backends have a key stands in DeePMD-kit's own argument check, as a label, and from there in
the tables. An input of any backend passes that check; what happens later was read off deepmd-kit
3.2.0's backends.
"""

from __future__ import annotations

from typing import Any

from dp_multitask.checks.schema.messages import Words
from dp_multitask.checks.schema.table import SchemaField, Variant
from dp_multitask.errors import TreePath

_TELLING = ("loss", "optimizer", "learning_rate")
"""Bodies whose types carry labels that hold; components have a registry of their own."""


def unused_key(field: SchemaField, value: Any, path: TreePath, backend: str) -> Words | None:
    """Describe a key that a backend does not have, if it is one and says more than its default."""
    if not field.backends or backend in field.backends:
        return None
    if field.has_default and value == field.default:
        return None
    known = _named(field.backends)
    hint = f"for an input of {known}: check --backend {field.backends[0]}"
    message = f"backend {backend!r} ignores {field.name!r}, which {known} has"
    return Words("DPM023", path, message, f"remove it; {hint}")


def unavailable_type(
    owner: str, variant: Variant, tag: str, path: TreePath, backend: str
) -> Words | None:
    """Describe the choice of a type that a backend does not have."""
    backends = variant.backends.get(tag, ())
    if owner not in _TELLING or not backends or backend in backends:
        return None
    message = f"backend {backend!r} has no {owner} {tag!r}, which {_named(backends)} has"
    others = [
        each
        for each in variant.bodies
        if not variant.backends.get(each) or backend in variant.backends[each]
    ]
    hint = f"choose one of {', '.join(others)}, or check --backend {backends[0]}"
    return Words("DPM022", path, message, hint)


def _named(backends: tuple[str, ...]) -> str:
    """Name backends: ``'tf'``, ``'pt' or 'jax'``."""
    *first, last = map(repr, backends)
    return f"{', '.join(first)} or {last}" if first else last
