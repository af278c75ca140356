# SPDX-License-Identifier: LGPL-3.0-or-later
"""The fitting net ``dos``: the density of states of an atom."""

from __future__ import annotations

from dp_multitask.components.core.layout import Field
from dp_multitask.components.core.plan import Fields, Term
from dp_multitask.components.core.shareable import EVALUATED
from dp_multitask.components.fittings.fitting import Fitting, fitting_layout
from dp_multitask.registry import native


@native("fitting_net", "dos")
class DOSFitting(Fitting):
    """``numb_dos`` numbers for each atom, which the tree calls ``dim_out``."""

    verified = EVALUATED
    var_name = "dos"
    layout = fitting_layout(
        "dos",
        4,
        Field("numb_dos", "size", 300, only_in="config"),
        Field("dim_out", "size", only_in="tree"),
        Field("atom_ener", "list | null", absent=None, only_in="tree"),
        precision="float64",
    )

    @classmethod
    def out_dim(cls, fields: Fields) -> Term:
        """Give the number of energies at which the density is fitted."""
        return Term("numb_dos", fields["numb_dos"] if "numb_dos" in fields else fields["dim_out"])
