# SPDX-License-Identifier: LGPL-3.0-or-later
"""The model ``zbl``: a standard model that gives way to a pair potential at short distances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from dp_multitask.components.core.layout import Constant, Field, Version, block
from dp_multitask.components.core.plan import Plan
from dp_multitask.components.core.shareable import BOTH, Verified
from dp_multitask.components.descriptors.descriptor import Descriptor
from dp_multitask.components.models.linear_ener import MEMBERS
from dp_multitask.components.models.model import ATOMIC_MODEL, Model, needed
from dp_multitask.components.models.pairtab import PairTabModel
from dp_multitask.errors import UnsupportedError, inside
from dp_multitask.registry import native


@native("model", "zbl")
class DPZBLModel(Model):
    """A standard model and a table, which fade into each other between two distances."""

    verified = Verified(BOTH, BOTH)
    parts = ("descriptor", "fitting_net", "use_srtab")
    layout = (
        *ATOMIC_MODEL,
        *block("Model", Version(1, 2, written=2)),
        Constant("type", "zbl"),
        MEMBERS,
        Field("weights", "str | list", "mean", absent="mean"),
        Field("sw_rmin", "float"),
        Field("sw_rmax", "float"),
        Field("smin_alpha", "float", 0.1, absent=0.1),
    )

    @classmethod
    def prepare_parts(cls, fields: dict[str, Any], parts: Mapping[str, Any]) -> None:
        """Plan the standard model, and the table up to its cut-off."""
        fields["rcond"] = None
        fields["weights"] = "mean"
        type_map = fields["type_map"]
        network = {"descriptor": needed(parts, "descriptor", cls)}
        if "fitting_net" in parts:
            network["fitting_net"] = parts["fitting_net"]
        standard = Model.plan_config({"type_map": type_map, **network})
        descriptor: Plan = standard.fields["descriptor"]
        reach = cast("type[Descriptor]", descriptor.cls).reach(descriptor.fields)
        if reach is None:
            msg = f"the cut-off of {descriptor.cls.__name__} is not known"
            raise UnsupportedError(msg, path=("descriptor",))
        rcut, sel = reach
        table = {"type_map": type_map, "tab_file": parts["use_srtab"], "rcut": rcut, "sel": sel}
        with inside("use_srtab"):
            tabulated = PairTabModel.plan_branch(table)
        fields["models"] = [standard, tabulated]
