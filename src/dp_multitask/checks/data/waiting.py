# SPDX-License-Identifier: LGPL-3.0-or-later
"""Many places looked at: in turn, or in threads where a disk or a network has to be waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

Spot = TypeVar("Spot")
Seen = TypeVar("Seen")

THREADS = 16
IN_TURN, IN_THREADS = 64, 4096
"""How many places are looked at in turn, which is measured, and how many then in threads."""

_BUSY = 0.5
"""Threads that work for more than this part of the time stand in each other's way in Python."""

_this_thread = threading.local()


def seen_at(look: Callable[[Spot], Seen], places: Sequence[Spot]) -> list[Seen]:
    """Look at each place; what was seen comes in the order of the places.

    What the system has in memory, one thread sees soonest; what it has to fetch, many do. Which
    it is, is measured on the way. `look` may look at further places with this function.
    """
    if getattr(_this_thread, "is_one_of_many", False):
        return list(map(look, places))
    seen: list[Seen] = []
    while len(seen) < len(places):
        began, worked = time.perf_counter(), time.process_time()
        seen += map(look, places[len(seen) : len(seen) + IN_TURN])
        worked, passed = time.process_time() - worked, time.perf_counter() - began
        if worked < _BUSY * passed:
            seen += _seen_in_threads(look, places[len(seen) : len(seen) + IN_THREADS])
    return seen


def _seen_in_threads(look: Callable[[Spot], Seen], places: Sequence[Spot]) -> list[Seen]:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(THREADS, initializer=_mark_thread) as pool:
        return list(pool.map(look, places))


def _mark_thread() -> None:
    _this_thread.is_one_of_many = True
