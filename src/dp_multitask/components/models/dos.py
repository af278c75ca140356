# SPDX-License-Identifier: LGPL-3.0-or-later
"""Densities of states."""

from __future__ import annotations

from dp_multitask.components.models.standard import StandardModel
from dp_multitask.registry import native


@native("model", "dos")
class DOSModel(StandardModel):
    """Densities of states, at as many energies as the fitting net has numbers."""

    __slots__ = ()
