# SPDX-License-Identifier: LGPL-3.0-or-later
"""The spin model without virtual atoms over DPA4, as PyTorch writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.components.core.layout import Field
from dp_multitask.components.models.dpa4 import SeZMModel, sezm_layout
from dp_multitask.components.models.model import needed
from dp_multitask.components.models.spin import types_with_spin


class SeZMNativeSpinModel(SeZMModel):
    """Energies of atoms with spin, which the descriptor itself takes."""

    layout = sezm_layout("sezm_native_spin", Field("spin", "dict"))

    @classmethod
    def prepare_inner(cls, inner: dict[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
        """Tell the descriptor which types have spins."""
        use_spin = types_with_spin(config["spin"], list(needed(config, "type_map", cls)))
        inner["descriptor"]["use_spin"] = use_spin
        return {"spin": {"use_spin": use_spin, "virtual_scale": None}}
