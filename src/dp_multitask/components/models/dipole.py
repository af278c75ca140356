# SPDX-License-Identifier: LGPL-3.0-or-later
"""The tensor model ``dipole``."""

from __future__ import annotations

from dp_multitask.components.models.tensor import TensorModel
from dp_multitask.registry import native


@native("model", "dipole")
class DipoleModel(TensorModel):
    """Dipole moments: three numbers for each atom."""

    __slots__ = ()
