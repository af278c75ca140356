# SPDX-License-Identifier: LGPL-3.0-or-later
"""Whether the tables of pairs that models name exist and are for as many elements."""

from __future__ import annotations

import os
from collections.abc import Iterator

from dp_multitask.checks.codes import severity_of
from dp_multitask.checks.rules.components import type_map_of
from dp_multitask.checks.rules.view import InputView
from dp_multitask.diagnostics import Diagnostic
from dp_multitask.errors import TreePath

_CODE = "DPM713"
_LONGEST_LINE = 1 << 20


def pair_table_findings(view: InputView, folder: str) -> Iterator[Diagnostic]:
    """Look at the first line of each table of pairs, once.

    Parameters
    ----------
    view : InputView
        The input.
    folder : str
        The folder that relative paths count from.
    """
    seen: set[TreePath] = set()
    for part in view.parts:
        key = "tab_file" if part.params.get("type") == "pairtab" else "use_srtab"
        file, path = part.params.get(key), part.place(key)
        if not isinstance(file, str) or path in seen:
            continue
        seen.add(path)
        columns = _columns(os.path.join(folder, file))
        elements = len(type_map_of(view, part) or ())
        needed = 1 + elements * (elements + 1) // 2
        if columns is None:
            message = f"the table of pairs {file!r} cannot be read"
            yield _said(path, message, f"relative paths count from {folder or '.'!r}")
        elif elements and columns != needed:
            message = f"the table of pairs {file!r} has {columns} columns, expected {needed}"
            hint = f"the distance and the {needed - 1} pairs of {elements} elements"
            yield _said(path, message, hint)


def _said(path: TreePath, message: str, hint: str) -> Diagnostic:
    return Diagnostic(_CODE, severity_of(_CODE), path, None, message, hint)


def _columns(path: str) -> int | None:
    """Count the columns of a table's first line that is no comment, as numpy's reader does."""
    try:
        if not os.path.isfile(path):
            return None
        with open(path, encoding="utf-8", errors="replace") as table:
            while line := table.readline(_LONGEST_LINE):
                words = line.partition("#")[0].split()
                if words:
                    return len(words)
    except (OSError, ValueError):  # a NUL in the path
        return None
    return 0
