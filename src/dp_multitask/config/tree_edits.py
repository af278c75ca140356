# SPDX-License-Identifier: LGPL-3.0-or-later
"""The edits that make one input of another, so that a text can follow its data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dp_multitask.diagnostics import Edit
from dp_multitask.errors import TreePath


def edits_between(old: Any, new: Any, path: TreePath = ()) -> Iterator[Edit]:
    """Iterate over edits that turn `old` into `new`; what is equal is not touched.

    Lists are replaced as a whole. The order of keys that both have stays that of `old`.
    """
    before: str | None = None
    for key, value in new.items():
        here = (*path, key)
        if key not in old:
            yield Edit.insert(here, value, after=before)
        elif isinstance(value, dict) and isinstance(old[key], dict) and old[key]:
            yield from edits_between(old[key], value, here)
        elif not _same(old[key], value):
            yield Edit.replace(here, value)
        before = key
    for key in old:
        if key not in new:
            yield Edit.remove((*path, key))


def _same(one: Any, other: Any) -> bool:
    # 1, 1.0 and true are three values
    return repr(one) == repr(other)
