# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a key of an input or of a model's tree means, a line and a unit each: `keys.json`.

By the key's name: where it stands in several places it means the same. Written after the
documentation of DeePMD-kit 3.2.0; read when somebody asks, never to read or start a model.
"""

from __future__ import annotations

import json
import os
from functools import cache

_TABLE = os.path.join(os.path.dirname(__file__), "keys.json")


@cache
def known_keys() -> dict[str, list[str]]:
    """Give every key that there is a line about: the line and, where it has one, the unit."""
    with open(_TABLE, encoding="utf-8") as file:
        groups = json.load(file)
    return {key: about for group in groups.values() for key, about in group.items()}


def meaning_of(key: str) -> str:
    """Say in a line what a key means; nothing where the manual alone says it."""
    return known_keys().get(key, [""])[0]


def unit_of(key: str) -> str:
    """Give the unit of a key's value; nothing of numbers, names and switches."""
    return "".join(known_keys().get(key, [])[1:])
