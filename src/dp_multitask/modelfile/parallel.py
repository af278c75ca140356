# SPDX-License-Identifier: LGPL-3.0-or-later
"""Work on large variables with a few threads: reading, writing and checksums release the GIL."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TypeVar

LARGE = 1 << 20
"""A variable of this many bytes is worth a thread's attention."""

_WORTHWHILE = 32 << 20
_MOST_THREADS = 2  # more gain nothing: memory is what limits

_T = TypeVar("_T")
_R = TypeVar("_R")


def map_large(function: Callable[[_T], _R], items: Sequence[_T], nbytes: int) -> list[_R]:
    """Apply a function to every item, with threads if there are many bytes to go through."""
    threads = min(_MOST_THREADS, len(items), os.cpu_count() or 1)
    if nbytes < _WORTHWHILE or threads < 2:
        return [function(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(function, items))
