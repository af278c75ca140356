# SPDX-License-Identifier: LGPL-3.0-or-later
"""The spin model without virtual atoms over DPA4, as PyTorch writes it."""

from __future__ import annotations

from dp_multitask.components.layout import Field
from dp_multitask.components.models.dpa4 import SeZMModel, sezm_layout


class SeZMNativeSpinModel(SeZMModel):
    """Energies of atoms with spin, which the descriptor itself takes."""

    __slots__ = ()
    layout = sezm_layout("sezm_native_spin", Field("spin", "dict"))
