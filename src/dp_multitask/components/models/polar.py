# SPDX-License-Identifier: LGPL-3.0-or-later
"""The tensor model ``polar``."""

from __future__ import annotations

from dp_multitask.components.models.tensor import TensorModel
from dp_multitask.registry import native


@native("model", "polar")
class PolarModel(TensorModel):
    """Polarizabilities: nine numbers for each atom."""

    __slots__ = ()
