# SPDX-License-Identifier: LGPL-3.0-or-later
"""The fitting net ``population``: the electrons of either spin on an atom."""

from __future__ import annotations

from dp_multitask.components.core.layout import Field
from dp_multitask.components.core.plan import Fields, Term
from dp_multitask.components.core.shareable import ONLY_PYTORCH
from dp_multitask.components.fittings.fitting import Fitting, fitting_layout
from dp_multitask.registry import native

SPINS = 2


@native("fitting_net", "population")
class PopulationFitting(Fitting):
    """Two numbers for each atom."""

    verified = ONLY_PYTORCH
    var_name = "population"
    layout = fitting_layout(
        "population",
        4,
        Field("dim_out", "size", absent=SPINS, only_in="tree"),
        Field("atom_ener", "list | null", absent=None, only_in="tree"),
        neuron=(128, 128, 128),
    )

    @classmethod
    def out_dim(cls, fields: Fields) -> Term:
        """Give the number of spins."""
        return Term("2", SPINS)
