# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``loc_frame``: coordinates in a frame made of neighbours.

Only TensorFlow has it, and DeePMD-kit cannot serialise it; the layout is this package's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.components.core.layout import Field, Version, statistics
from dp_multitask.components.core.plan import Fields, Term
from dp_multitask.components.core.reading import take_type_map
from dp_multitask.components.core.shareable import NO_PEER
from dp_multitask.components.descriptors.descriptor import Descriptor
from dp_multitask.components.descriptors.usual import head, usual
from dp_multitask.errors import ShapeError
from dp_multitask.registry import native

_WIDTH = "4 * sum(sel_a) + sum(sel_r)"


@native("descriptor", "loc_frame")
class DescrptLocFrame(Descriptor):
    """No network at all: nothing but the statistics is kept."""

    verified = NO_PEER
    layout = (
        *head("loc_frame", Version(1, 1, written=1)),
        *usual("rcut"),
        Field("sel_a", "sizes"),
        Field("sel_r", "sizes"),
        Field("axis_rule", "list"),
        statistics("len(sel_a)", _WIDTH),
        *usual("type_map"),
    )

    @classmethod
    def prepare(cls, fields: dict[str, Any], type_map: list[str] | None) -> None:
        """Check the three lists against each other: all are as long as there are types."""
        take_type_map(fields, type_map)
        ntypes = len(fields["sel_a"])
        for name, length in (("sel_r", ntypes), ("axis_rule", 6 * ntypes)):
            if len(fields[name]) != length:
                msg = f"{name!r} has {len(fields[name])} entries, expected {length}"
                raise ShapeError(msg, path=(name,), hint=f"'sel_a' has {ntypes}, one for a type")

    @classmethod
    def terms(cls, fields: Fields) -> Mapping[str, int]:
        """Give the number of types and the width of the descriptor."""
        width = 4 * sum(fields["sel_a"]) + sum(fields["sel_r"])
        return {"len(sel_a)": len(fields["sel_a"]), _WIDTH: width}

    @classmethod
    def precision_of(cls, fields: Fields) -> str:
        """Keep the statistics in double precision: there is none to choose."""
        return "float64"

    @classmethod
    def dim_out(cls, fields: Fields) -> Term:
        """Give the number of coordinates."""
        return Term(_WIDTH, cls.terms(fields)[_WIDTH])
