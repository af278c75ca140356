# SPDX-License-Identifier: LGPL-3.0-or-later
"""Any property."""

from __future__ import annotations

from dp_multitask.components.models.standard import StandardModel
from dp_multitask.registry import native


@native("model", "property")
class PropertyModel(StandardModel):
    """Any property of atoms or of the whole."""

    __slots__ = ()
