# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where the files are that an input names, whatever text it names them with."""

from __future__ import annotations

import os
from typing import Any


def place_of(folder: str, name: str) -> str | None:
    """Give the path of a name that counts from a folder; None if it begins with no user's home."""
    try:
        return os.path.join(folder, os.path.expanduser(name))
    except ValueError:  # after "~" stands what no user is called: a NUL, half a surrogate pair
        return None


def exists(folder: str, name: Any) -> bool:
    """Tell whether there is a file or folder of a name that the input gives."""
    place = place_of(folder, name) if isinstance(name, str) else None
    return place is not None and os.path.exists(place)


def is_file_on_the_way(folder: str, name: str) -> bool:
    """Tell whether a folder of this name cannot be made, because there is a file."""
    place = place_of(folder, name)
    if place is None:
        return False
    while not os.path.exists(place) and os.path.dirname(place) != place:
        place = os.path.dirname(place)
    return os.path.isfile(place)
