# SPDX-License-Identifier: LGPL-3.0-or-later
"""The energy model of DPA4 as numpy writes it: a standard model."""

from __future__ import annotations

from dp_multitask.components.models.standard import StandardModel


class DPA4EnergyModel(StandardModel):
    """Energies through gated linear units. PyTorch writes them as a `SeZMModel`."""

    __slots__ = ()
