# SPDX-License-Identifier: LGPL-3.0-or-later
"""Lines and columns, both counted from one, and character offsets."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right


class Lines:
    """Where the lines of a text begin, found once."""

    def __init__(self, text: str) -> None:
        self._starts = array("I", [0])
        self._starts.extend(each.end() for each in re.finditer("\n", text))

    def position_of(self, offset: int) -> tuple[int, int]:
        """Turn a character offset into line and column."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def position_of(text: str, offset: int) -> tuple[int, int]:
    """Turn a character offset into line and column."""
    line = text.count("\n", 0, offset) + 1
    return line, offset - text.rfind("\n", 0, offset)


def offset_of(text: str, line: int, column: int) -> int:
    """Turn line and column into a character offset within the text."""
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
        if start == 0:
            return len(text)
    return min(start + max(column, 1) - 1, len(text))
