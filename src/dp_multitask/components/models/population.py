# SPDX-License-Identifier: LGPL-3.0-or-later
"""Electrons on atoms."""

from __future__ import annotations

from dp_multitask.components.models.standard import StandardModel
from dp_multitask.registry import native


@native("model", "population")
class PopulationModel(StandardModel):
    """The electrons of either spin on each atom."""

    __slots__ = ()
