# SPDX-License-Identifier: LGPL-3.0-or-later
"""Energies of atoms."""

from __future__ import annotations

from dp_multitask.components.models.standard import StandardModel
from dp_multitask.registry import native


@native("model", "ener")
class EnergyModel(StandardModel):
    """Energies of atoms, and of the whole by their sum."""

    __slots__ = ()
