# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amounts in words for people: bytes, numbers of parameters, probabilities."""

from __future__ import annotations


def bytes_text(number: int) -> str:
    """Write a number of bytes with a decimal unit, such as ``4.82 MB``."""
    return f"{number} B" if number < 1000 else _scaled(number, ("kB", "MB", "GB"))


def parameters_text(number: int) -> str:
    """Write a number of parameters in short, such as ``1.02 M``."""
    return str(number) if number < 1000 else _scaled(number, ("k", "M", "G"))


def percent_text(share: float) -> str:
    """Write a probability in per cent, with as many digits as it takes to tell it from nothing."""
    percent = 100 * share
    return f"{percent:.0f} %" if percent >= 1 or percent == 0 else f"{percent:.2g} %"


def _scaled(number: int, units: tuple[str, ...]) -> str:
    value, unit = number / 1000, units[0]
    for larger in units[1:]:
        if value >= 999.5:
            value, unit = value / 1000, larger
    return f"{value:.3g} {unit}"
