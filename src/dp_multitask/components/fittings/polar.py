# SPDX-License-Identifier: LGPL-3.0-or-later
"""The fitting net ``polar``: the polarizability of an atom."""

from __future__ import annotations

from typing import Any, ClassVar

from dp_multitask.components.core.initial import given, in_double, zeros
from dp_multitask.components.core.layout import Field
from dp_multitask.components.core.plan import Fields, PlannedVariable, Term
from dp_multitask.components.core.shareable import EVALUATED
from dp_multitask.components.fittings.fitting import SEL_TYPE, Fitting, fitting_layout
from dp_multitask.errors import ComponentError
from dp_multitask.registry import native


@native("fitting_net", "polar")
class PolarFitting(Fitting):
    """The coefficients of a matrix in the descriptor's equivariant embedding."""

    in_pytorch = Fitting.in_pytorch._replace(
        names={"nets": "filter_layers", "scale": None, "constant_matrix": None}
    )
    verified = EVALUATED
    var_name = "polar"
    essential: ClassVar[tuple[str, ...]] = (*Fitting.essential, "embedding_width")
    layout = fitting_layout(
        "polar",
        5,
        Field("embedding_width", "size"),
        Field("fit_diag", "bool", default=True),
        Field("shift_diag", "bool", default=True, absent=True),
        Field("scale", "float | list | null", 1.0, only_in="config"),
        SEL_TYPE._replace(aliases=("pol_type",)),
    )

    @classmethod
    def prepare(cls, fields: dict[str, Any], type_map: list[str] | None) -> None:
        """Check that a list of scales has one for each type."""
        super().prepare(fields, type_map)
        scale, ntypes = fields["scale"], fields["ntypes"]
        if isinstance(scale, list) and len(scale) != ntypes:
            msg = f"'scale' has {len(scale)} values, expected {ntypes}"
            raise ComponentError(msg, path=("scale",), hint="one for each type, or one number")

    @classmethod
    def out_dim(cls, fields: Fields) -> Term:
        """Give one coefficient for each channel of the embedding, or for each pair of them."""
        width = fields["embedding_width"]
        if fields["fit_diag"]:
            return Term("embedding_width", width)
        return Term("embedding_width**2", width * width)

    @classmethod
    def bias_width(cls, fields: Fields) -> Term:
        """Give the width of a flat matrix."""
        return Term("9", 9)

    @classmethod
    def variables_of(cls, fields: Fields) -> dict[str, PlannedVariable]:
        """Add the scale of each type, and the shift of its diagonal."""
        ntypes, scale = Term("ntypes", fields["ntypes"]), fields.get("scale")
        return {
            **super().variables_of(fields),
            "scale": ((ntypes, 1), in_double(given(1.0 if scale is None else scale))),
            "constant_matrix": ((ntypes,), in_double(zeros)),
        }
