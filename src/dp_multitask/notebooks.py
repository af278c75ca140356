# SPDX-License-Identifier: LGPL-3.0-or-later
"""How findings, models, components and links get the picture that a notebook shows of them.

What is shown stands in rooms to the left of `pictures`; so a picture is asked for by its name, and
only when a notebook asks.
"""

from __future__ import annotations

from importlib import import_module


def picture_for(shown: object, picture: str) -> str:
    """Draw something by a function of `pictures.notebook`."""
    drawn: str = getattr(import_module("dp_multitask.pictures.notebook"), picture)(shown)
    return drawn
