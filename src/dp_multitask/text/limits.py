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

_ALWAYS = 50_000_000
_PER_BYTE = 4.4
"""Bytes of memory that the values of any text may take, and what each of its bytes adds."""

SLOT, NUMBER, TEXT, LIST, MAPPING, PAIR, NEW_KEY = 9, 32, 60, 88, 200, 22, 240
"""What CPython takes: of a list's place, a number, a text besides its characters, a list, a small
mapping, a key in it that stands elsewhere too, and one that does not."""

COMMON_LENGTH = 5
"""Numbers up to so many characters are few, and made once by the readers of JSON and YAML."""

_SAMPLES, _KEYS_AT_ONCE = 100, 8

_VALUES_ANYWAY = 100_000
_VALUES_PER_BYTE = 4
"""How many values the aliases of a YAML text may make of it: those of real ones repeat lists."""

_QUOTED = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_COMMON = re.compile(r"(?<![\w.+-])(?:\d[\d.]{,4}|-\d[\d.]{,3}|true|false|null)(?![\w.+-])")
_COLON = re.compile(r'"[ \t\n\r]*:')


def refuse_too_many_values(text: str, name: str) -> None:
    """Refuse a JSON text whose values would take far more memory than the text.

    An empty list takes three characters and 80 bytes: 99 MB of them are 2.6 GB.

    Raises
    ------
    DocumentError
        There are more values than a text of this length has when people or programs write it.
    """
    allowed = memory_allowed(len(text))
    if _most(text) > allowed and memory_of_values(text) > allowed:
        raise too_many_values(len(text), name)


def memory_of_values(text: str) -> int:
    """Estimate the bytes of memory that the values of a JSON text take."""
    new_keys = _new_keys(text)
    bare = _QUOTED.sub('""', text)
    texts = bare.count('""') - bare.count('":')
    common = sum(1 for _ in _COMMON.finditer(bare))
    return _cost(bare, texts, common, new_keys)


def _most(text: str) -> int:
    """Estimate the memory from above, in a glance."""
    return _cost(text, text.count('"') // 2, 0, 1.0)


def _cost(text: str, texts: int, common: int, new_keys: float) -> int:
    """Estimate the memory from the marks of JSON.

    Parameters
    ----------
    text : str
        The text.
    texts : int
        How many of its values are texts.
    common : int
        How many are of those that are there once: true, false, null, short numbers.
    new_keys : float
        The part of its keys that stand nowhere else.
    """
    lists, mappings, pairs = text.count("["), text.count("{"), text.count('":')
    commas = text.count(",")
    empty = text.count("[]") + text.count("{}")
    numbers = max(commas + 1 - texts - common - empty, 0)
    cost = SLOT * max(commas - pairs, 0) + LIST * lists + MAPPING * mappings
    return cost + TEXT * texts + NUMBER * numbers + int(pairs * (PAIR + NEW_KEY * new_keys))


def _new_keys(text: str) -> float:
    """Estimate from keys here and there which part of all keys stand nowhere else."""
    keys: list[str] = []
    at = 0
    for sample in range(_SAMPLES):
        at = max(at, sample * len(text) // _SAMPLES)
        for _ in range(_KEYS_AT_ONCE):
            found = _COLON.search(text, at)
            if found is None:
                return len(set(keys)) / len(keys) if keys else 0.0
            keys.append(text[text.rfind('"', 0, found.start()) : found.start()])
            at = found.end()
    return len(set(keys)) / len(keys)


def memory_allowed(length: int) -> int:
    """Give how many bytes the values of a text of so many characters may take."""
    return _ALWAYS + int(_PER_BYTE * length)


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
