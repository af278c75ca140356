# SPDX-License-Identifier: LGPL-3.0-or-later
"""How much a text may hold: what it costs follows its size, whatever is written in it."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager

from dp_multitask.errors import DocumentError

MOST_BYTES = 100_000_000
"""The longest text that is read."""

MOST_FINDINGS = 10_000
"""How many repeated keys, and how many traps of YAML, are told: each takes a kilobyte."""

_ALWAYS = 80_000_000
_PER_BYTE = 4
_VALUE = 32
_LIST = 72
_MAPPING = 184
"""Bytes of memory: what any text may take, what each of its bytes adds, what values cost."""

_VALUES_ANYWAY = 100_000
_VALUES_PER_BYTE = 4
"""How many values the aliases of a YAML text may make of it: those of real ones repeat lists."""

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


def refuse_too_many_values(text: str, name: str) -> None:
    """Refuse a text whose values would take far more memory than the text.

    An empty list takes three characters and 64 bytes: 99 MB of them are 2 GB.

    Raises
    ------
    DocumentError
        There are more values than a text of this length has when people or programs write it.
    """
    allowed = memory_allowed(len(text))
    if _cost(text) > allowed and _cost(_QUOTED.sub('""', text)) > allowed:
        raise too_many_values(len(text), name)


def memory_allowed(length: int) -> int:
    """Give how many bytes the values of a text of so many characters may take."""
    return _ALWAYS + _PER_BYTE * length


def values_allowed(length: int) -> int:
    """Give how many values a text of so many characters may have with its aliases written out."""
    return _VALUES_ANYWAY + _VALUES_PER_BYTE * length


def too_many_values(length: int, name: str) -> DocumentError:
    """Say that the values of a text take far more memory than the text."""
    msg = f"it has more values than a text of {length:,} characters should have"
    return DocumentError(msg, source=name, hint="check that the right file was named")


@contextmanager
def without_collection() -> Iterator[None]:
    """Let Python not look for garbage while a tree grows.

    It would look through the whole tree each time that a quarter more is there, which takes
    several times as long as making it.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def refuse_too_long(nbytes: int, name: str) -> None:
    """Refuse a text that is longer than any input.

    Raises
    ------
    DocumentError
        It is longer than `MOST_BYTES`.
    """
    if nbytes > MOST_BYTES:
        msg = f"it is longer than {MOST_BYTES:,} bytes"
        raise DocumentError(msg, source=name, hint="check that the right file was named")


def _cost(text: str) -> int:
    """Estimate the memory from the marks that separate values in JSON and YAML."""
    values = text.count(",") + text.count("- ") + text.count("-\n")
    mappings = text.count("{") + text.count(": ") // 8
    return _VALUE * values + _LIST * text.count("[") + _MAPPING * mappings
