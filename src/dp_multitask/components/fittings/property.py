# SPDX-License-Identifier: LGPL-3.0-or-later
"""The fitting net ``property``: any property of a molecule or of its atoms."""

from __future__ import annotations

from typing import Any

from dp_multitask.components.core.layout import Field
from dp_multitask.components.core.plan import Fields, Term
from dp_multitask.components.core.shareable import EVALUATED
from dp_multitask.components.fittings.fitting import Fitting, fitting_layout
from dp_multitask.registry import native


@native("fitting_net", "property")
class PropertyFitting(Fitting):
    """``task_dim`` numbers for each atom, under the name ``property_name``."""

    verified = EVALUATED
    layout = fitting_layout(
        "property",
        6,
        Field("property_name", "str", only_in="config"),
        Field("dim_out", "size", only_in="tree"),
        Field("atom_ener", "list | null", absent=None, only_in="tree"),
        Field("task_dim", "size", 1),
        Field("intensive", "bool", default=False),
        # before version 6 types were always told apart
        Field("distinguish_types", "bool", default=True, absent=True),
    )

    @classmethod
    def name_of(cls, fields: dict[str, Any]) -> str:
        """Give the name of the property."""
        return str(fields["property_name"])

    @classmethod
    def out_dim(cls, fields: Fields) -> Term:
        """Give the number of components of the property."""
        return Term("task_dim", fields["task_dim"])
