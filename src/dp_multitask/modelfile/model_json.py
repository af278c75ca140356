# SPDX-License-Identifier: LGPL-3.0-or-later
"""The JSON in a model file: strict in both directions."""

from __future__ import annotations

import json
from typing import Any

from dp_multitask.errors import DocumentError, ModelFileError, ModelTreeError
from dp_multitask.text.json_text import parse_strict
from dp_multitask.text.limits import MOST_BYTES


def dump_json(tree: object) -> bytes:
    """Write ASCII-escaped JSON without spaces; every non-JSON value was refused before."""
    text = json.dumps(tree, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.encode("ascii")


def check_json_size(text: bytes, what: str) -> None:
    """Refuse to write JSON that no reader takes.

    Raises
    ------
    ModelTreeError
        It is longer than 100 MB.
    """
    if len(text) > MOST_BYTES:
        msg = f"{what} is {len(text)} bytes long; limit {MOST_BYTES}"
        raise ModelTreeError(msg)


def load_json(text: bytes, source: str, what: str) -> dict[str, Any]:
    """Parse JSON text that may come from anywhere.

    Parameters
    ----------
    text : bytes
        UTF-8 JSON whose top level is an object.
    source, what : str
        The file and the part of it, for messages.

    Raises
    ------
    ModelFileError
        Not UTF-8, not JSON, duplicate keys, NaN or Infinity, longer than 100 MB, or no object.
    """
    if len(text) > MOST_BYTES:
        msg = f"{what} is {len(text)} bytes long; the limit is {MOST_BYTES}"
        raise ModelFileError(msg, source=source)
    try:
        tree = parse_strict(text.decode("utf-8"), source)
    except (DocumentError, UnicodeDecodeError) as err:
        why = err.message if isinstance(err, DocumentError) else err
        msg = f"{what} is not the JSON of a model: {why}"
        raise ModelFileError(msg, source=source) from err
    if not isinstance(tree, dict):
        msg = f"{what} must hold a JSON object, found {type(tree).__name__}"
        raise ModelFileError(msg, source=source)
    return tree
