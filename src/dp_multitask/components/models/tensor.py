# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tensors that turn with the atoms: dipole moments and polarizabilities."""

from __future__ import annotations

from dp_multitask.components.models.standard import StandardModel


class TensorModel(StandardModel):
    """A tensor of each atom; the descriptor must have an equivariant embedding."""

    __slots__ = ()
