# SPDX-License-Identifier: LGPL-3.0-or-later
"""Numbers that know how they were written, so that they can be written so again elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from dp_multitask.diagnostics import Edit
from dp_multitask.errors import TreePath
from dp_multitask.text.document import Document, parse_document
from dp_multitask.text.edits import apply_edits


class SpelledFloat(float):
    """A number with a fraction or exponent, and its text, such as ``1.0E-3`` or ``6.00``."""

    spelling: str

    def __new__(cls, text: str | float) -> SpelledFloat:
        """Read a number; copies come with the number alone and get the text afterwards."""
        number = super().__new__(cls, text)
        number.spelling = str(text)
        return number


def spelled_data(document: Document) -> dict[str, Any]:
    """Give a document's data with numbers that know how they are written; of JSON only."""
    if document.format != "json":
        return document.data
    data: dict[str, Any] = json.loads(document.text, parse_float=SpelledFloat)
    return data


def with_spelling(text: str, data: Any) -> str:
    """Write the numbers of a JSON text, whose data is given, as they were written before."""
    edits = [
        Edit.replace(path, float(number), spelling=number.spelling)
        for path, number in _spelled(data, ())
        if number.spelling != repr(float(number))
    ]
    return apply_edits(parse_document(text, format="json"), edits)


def _spelled(data: Any, path: TreePath) -> Iterator[tuple[TreePath, SpelledFloat]]:
    if isinstance(data, SpelledFloat):
        yield path, data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _spelled(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _spelled(value, (*path, index))
