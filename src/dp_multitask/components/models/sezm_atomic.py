# SPDX-License-Identifier: LGPL-3.0-or-later
"""The inner model of PyTorch's DPA4 models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.components.core.initial import ones
from dp_multitask.components.core.layout import (
    Child,
    Constant,
    Field,
    Kept,
    Variable,
    Variables,
    Version,
    block,
)
from dp_multitask.components.models.model import ATOMIC_MODEL, OUTPUTS
from dp_multitask.components.models.standard import StandardModel
from dp_multitask.registry import native


@native("model", "sezm_atomic")
class SeZMAtomicModel(StandardModel):
    """A descriptor and a fitting net, and a second fitting net for denoising, which may be null."""

    layout = (
        *(entry for entry in ATOMIC_MODEL if not isinstance(entry, Variables)),
        Variables({**OUTPUTS.of, "dens_force_rmsd": Variable((), ones)}),
        *block("Model", Version(2, 3, written=3)),
        Constant("type", "sezm_atomic"),
        *(entry for entry in StandardModel.layout if isinstance(entry, Child)),
        Kept("dens_fitting"),
        Field("active_mode", "str", absent="ener", only_in="tree"),
    )

    @classmethod
    def prepare_parts(cls, fields: dict[str, Any], parts: Mapping[str, Any]) -> None:
        """Plan the descriptor and the fitting net; there is no denoising at first."""
        super().prepare_parts(fields, parts)
        fields |= {"dens_fitting": None, "active_mode": "ener"}
