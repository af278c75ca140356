# SPDX-License-Identifier: LGPL-3.0-or-later
"""The fitting net ``dipole``: the dipole moment of an atom."""

from __future__ import annotations

from typing import ClassVar

from dp_multitask.components.core.layout import Field
from dp_multitask.components.core.plan import Fields, Term
from dp_multitask.components.core.shareable import EVALUATED
from dp_multitask.components.fittings.fitting import SEL_TYPE, Fitting, fitting_layout
from dp_multitask.registry import native


@native("fitting_net", "dipole")
class DipoleFitting(Fitting):
    """The coefficients of a vector in the descriptor's equivariant embedding."""

    verified = EVALUATED
    var_name = "dipole"
    essential: ClassVar[tuple[str, ...]] = (*Fitting.essential, "embedding_width")
    layout = fitting_layout(
        "dipole",
        4,
        Field("embedding_width", "size"),
        Field("r_differentiable", "bool", default=True, absent=True),
        Field("c_differentiable", "bool", default=True, absent=True),
        SEL_TYPE._replace(aliases=("dipole_type",)),
    )

    @classmethod
    def out_dim(cls, fields: Fields) -> Term:
        """Give one coefficient for each channel of the embedding."""
        return Term("embedding_width", fields["embedding_width"])

    @classmethod
    def bias_width(cls, fields: Fields) -> Term:
        """Give the width of a vector."""
        return Term("3", 3)
