# SPDX-License-Identifier: LGPL-3.0-or-later
"""How much a text may hold: what it costs follows its size, whatever is written in it."""

from __future__ import annotations

import re

from dp_multitask.errors import DocumentError

MOST_BYTES = 100_000_000
"""The longest text that is read."""

_ALWAYS = 60_000_000
_PER_BYTE = 4
_VALUE = 64
_MAPPING = 160
"""Bytes of memory: what any text may take, what each of its bytes adds, what values cost."""

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


def refuse_too_many_values(text: str, name: str) -> None:
    """Refuse a text whose values would take far more memory than the text.

    An empty list takes three characters and 64 bytes: 99 MB of them are 2 GB.

    Raises
    ------
    DocumentError
        There are more values than a text of this length has when people or programs write it.
    """
    allowed = _ALWAYS + _PER_BYTE * len(text)
    if _cost(text) > allowed and _cost(_QUOTED.sub('""', text)) > allowed:
        msg = f"it has more values than a text of {len(text):,} characters should have"
        raise DocumentError(msg, source=name, hint="check that the right file was named")


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
    values = text.count(",") + text.count("[") + text.count("- ") + text.count("-\n")
    return _VALUE * values + _MAPPING * (text.count("{") + text.count(": ") // 8)
