# SPDX-License-Identifier: LGPL-3.0-or-later
"""The models of DPA4."""

from __future__ import annotations

from dp_multitask.components.models.standard import StandardModel


class DPA4EnergyModel(StandardModel):
    """Energies through gated linear units, as numpy writes them: a standard model."""

    __slots__ = ()
