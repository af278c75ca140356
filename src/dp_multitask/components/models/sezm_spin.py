# SPDX-License-Identifier: LGPL-3.0-or-later
"""The spin model of virtual atoms over DPA4, as PyTorch writes it."""

from __future__ import annotations

from dp_multitask.components.layout import Field
from dp_multitask.components.models.dpa4 import SeZMModel, sezm_layout
from dp_multitask.registry import native


@native("model", "sezm_spin")
class SeZMSpinModel(SeZMModel):
    """Energies of atoms with spin: twice as many types inside."""

    __slots__ = ()
    layout = sezm_layout("sezm_spin", Field("spin", "dict"), Field("real_sel", "any"))
