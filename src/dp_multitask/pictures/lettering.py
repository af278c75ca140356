# SPDX-License-Identifier: LGPL-3.0-or-later
"""Text in a picture: how wide it is, cut to fit, and safe inside markup; its style and script."""

from __future__ import annotations

import os
import re
from functools import cache

_NARROW = frozenset("iljtfr.,:;'|!()[]{} I/\\`-")
_WIDE = frozenset("mwMWGOQ@%—…")

# What XML 1.0 cannot hold, lone surrogates included, and what turns the text behind it around.
_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069]"
)


@cache
def text_of(name: str) -> str:
    """Give the style or script that stands in a file of this folder."""
    with open(os.path.join(os.path.dirname(__file__), name), encoding="utf-8") as file:
        return file.read()


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Estimate the width of a text in a sans-serif font of `size` pixels, in pixels.

    A little too wide rather than too narrow: which font a viewer has is not known.
    """
    ems = sum(0.4 if c in _NARROW else 1.0 if c in _WIDE or ord(c) > 0x2E80 else 0.62 for c in text)
    return size * ems * (1.1 if bold else 1)


def fitted(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """Cut a text so that it takes at most `room` pixels; the end of a name tells most, too."""
    if width(text, size, bold=bold) <= room:
        return text
    kept = len(text)
    while kept > 1:
        kept -= 1
        tail = kept // 3
        cut = text[: kept - tail].rstrip() + "…" + (text[-tail:].lstrip() if tail else "")
        if width(cut, size, bold=bold) <= room:
            return cut
    return "…"


def escaped(text: str) -> str:
    """Make a text safe between tags and in quoted attributes of XML and HTML."""
    text = _UNPRINTABLE.sub("\ufffd", text)
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
        .replace("'", "&#39;")
    )
