# SPDX-License-Identifier: LGPL-3.0-or-later
"""How findings about many systems are put into one line."""

from __future__ import annotations

from collections.abc import Sequence

from dp_multitask.checks.data.labels import Label
from dp_multitask.checks.data.system import System

MOST_SHOWN = 3

_CLOSE = 0.75


def similar(label: Label, systems: Sequence[System]) -> str | None:
    """Name an array that may be the missing one under another name."""
    from difflib import get_close_matches

    bare = label.name.removeprefix("atom_")
    for system in systems[:MOST_SHOWN]:
        for each in system.sets:
            # of a whole frame and of its atoms are different things
            skipped = ("coord", "box", bare, f"atom_{bare}", f"atomic_{bare}")
            others = [name for name in each.arrays if name not in skipped]
            close = get_close_matches(label.name, others, 1, _CLOSE)
            close += [name for name in others if bare.startswith(name) or name.startswith(bare)]
            if close:
                return f"there is {each.name}/{close[0]}.npy; it has to be named {label.name}.npy"
    return None


def counted(systems: Sequence[System], total: int, what: str) -> str:
    """Say of how many systems something is true, with examples."""
    names = listing([repr(each.name) for each in systems[:MOST_SHOWN]], len(systems))
    return f"{how_many(systems, total, what)} ({names})"


def how_many(systems: Sequence[System], total: int, what: str) -> str:
    """Say of how many systems something is true; `what` begins with ``have``."""
    number = len(distinct(systems))
    if total == 1:
        return f"the system {'has' + what.removeprefix('have')}"
    if number == total:
        return f"all {total} systems {what}"
    return f"{number} of {total} systems {'has' + what[4:] if number == 1 else what}"


def distinct(systems: Sequence[System]) -> set[int]:
    """Tell systems apart: one may have several faults."""
    return {id(each) for each in systems}


def listing(names: Sequence[str], total: int | None = None) -> str:
    """List the first few, and say how many more there are."""
    shown = list(names[:MOST_SHOWN])
    more = (len(names) if total is None else total) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
