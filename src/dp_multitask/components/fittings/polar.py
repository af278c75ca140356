# SPDX-License-Identifier: LGPL-3.0-or-later
"""The fitting net ``polar``: the polarizability of an atom."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from dp_multitask.components.core.initial import Initialiser, in_double, zeros
from dp_multitask.components.core.layout import Field, Fields, Size
from dp_multitask.components.core.planning import PlannedVariable
from dp_multitask.components.fittings.fitting import SEL_TYPE, Fitting, fitting_layout
from dp_multitask.errors import ComponentError
from dp_multitask.registry import native


@native("fitting_net", "polar")
class PolarFitting(Fitting):
    """The coefficients of a matrix in the descriptor's equivariant embedding."""

    __slots__ = ()
    var_name = "polar"
    essential: ClassVar[tuple[str, ...]] = (*Fitting.essential, "embedding_width")
    layout = fitting_layout(
        "polar",
        5,
        Field("embedding_width", "int"),
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
    def out_dim(cls, fields: Fields) -> Size:
        """Give one coefficient for each channel of the embedding, or for each pair of them."""
        width = fields["embedding_width"]
        if fields["fit_diag"]:
            return Size("embedding_width", width)
        return Size("embedding_width**2", width * width)

    @classmethod
    def bias_width(cls, fields: Fields) -> Size:
        """Give the width of a flat matrix."""
        return Size("9", 9)

    @classmethod
    def variables_of(cls, fields: Fields) -> dict[str, PlannedVariable]:
        """Add the scale of each type, and the shift of its diagonal."""
        ntypes = Size("ntypes", fields["ntypes"])
        return {
            **super().variables_of(fields),
            "scale": ((ntypes, 1), _given(fields.get("scale"))),
            "constant_matrix": ((ntypes,), in_double(zeros)),
        }


def _given(scale: float | list[float] | None) -> Initialiser:
    """Fill with the scales of the config."""

    def fill(rng: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
        values = 1.0 if scale is None else np.reshape(np.asarray(scale, np.float64), (-1, 1))
        return np.array(np.broadcast_to(values, shape), np.float64)

    return fill
