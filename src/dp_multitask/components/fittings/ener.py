# SPDX-License-Identifier: LGPL-3.0-or-later
"""The fitting net ``ener``: the energy of an atom."""

from __future__ import annotations

from dp_multitask.components.core.layout import Field
from dp_multitask.components.core.shareable import EVALUATED
from dp_multitask.components.fittings.fitting import Fitting, fitting_layout
from dp_multitask.registry import native


@native("fitting_net", "ener")
class EnerFitting(Fitting):
    """One number for each atom."""

    verified = EVALUATED
    var_name = "energy"
    layout = fitting_layout(
        "ener",
        4,
        Field("dim_out", "size", absent=1, only_in="tree"),
        Field("atom_ener", "list | null", [], absent=None),
    )
