# SPDX-License-Identifier: LGPL-3.0-or-later
"""The model of properties over DPA4, as PyTorch writes it."""

from __future__ import annotations

from dp_multitask.components.models.dpa4 import SeZMModel, sezm_layout
from dp_multitask.registry import native


@native("model", "dpa4_property")
class SeZMPropertyModel(SeZMModel):
    """Any property through equivariant message passing."""

    __slots__ = ()
    layout = sezm_layout("SeZMProperty")
