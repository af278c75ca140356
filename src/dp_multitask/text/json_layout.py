# SPDX-License-Identifier: LGPL-3.0-or-later
"""The places of a JSON text, from one walk over its tokens."""

from __future__ import annotations

import re
from json.decoder import scanstring  # type: ignore[attr-defined]

from dp_multitask.text.layout import KEY, LIST, MAPPING, SCALAR, Layout

_TOKEN = re.compile(r'[ \t\n\r,:]*([\[\]{}]|"[^"\\]*["\\]|[^ \t\n\r,:\[\]{}"]+)').match


def from_json(text: str) -> Layout:
    """Lay out a JSON text that was read before."""
    found = Layout(text)
    add, kinds = found.add, found.kinds
    opened: list[int] = []
    in_mapping = wants_key = False
    at = 0
    while True:
        start, end = _TOKEN(text, at).span(1)  # type: ignore[union-attr]
        first = text[start]
        if first in "{[":
            opened.append(len(kinds))
            in_mapping = wants_key = first == "{"
            add(MAPPING if in_mapping else LIST, start, end)
        elif first in "}]":
            found.close(opened.pop(), end)
            in_mapping = wants_key = bool(opened) and kinds[opened[-1]] == MAPPING
        else:
            if first == '"' and text[end - 1] == "\\":
                end = scanstring(text, start + 1, True)[1]
            add(KEY if wants_key else SCALAR, start, end)
            wants_key = in_mapping and not wants_key
        if not opened:
            return found
        at = end
