# SPDX-License-Identifier: LGPL-3.0-or-later
"""Whether to colour what goes to a stream."""

from __future__ import annotations

import os
from typing import TextIO


def wants_colour(stream: TextIO | None) -> bool:
    """Colour a terminal; NO_COLOR forbids it, FORCE_COLOR asks for it anywhere else too."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"
