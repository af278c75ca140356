# SPDX-License-Identifier: LGPL-3.0-or-later
"""The fitting net ``invar``: any property that does not turn with the atoms."""

from __future__ import annotations

from typing import Any

from dp_multitask.components.core.layout import Field
from dp_multitask.components.core.plan import Fields, Term
from dp_multitask.components.core.shareable import BOTH, Verified
from dp_multitask.components.fittings.fitting import Fitting, fitting_layout
from dp_multitask.registry import native


@native("fitting_net", "invar")
class InvarFitting(Fitting):
    """`dim_out` numbers for each atom, under a name that the config gives."""

    verified = Verified(BOTH, BOTH)
    layout = tuple(
        Field("var_name", "str") if entry.name == "var_name" else entry
        for entry in fitting_layout(
            "invar",
            4,
            Field("dim_out", "size"),
            Field("atom_ener", "list | null", None, absent=None),
        )
    )

    @classmethod
    def name_of(cls, fields: dict[str, Any]) -> str:
        """Give the name that the config gives."""
        return str(fields["var_name"])

    @classmethod
    def out_dim(cls, fields: Fields) -> Term:
        """Give the width that the config gives."""
        return Term("dim_out", fields["dim_out"])
