# SPDX-License-Identifier: LGPL-3.0-or-later
"""The model ``pairtab``: a pair potential given as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.components.core.component import Component
from dp_multitask.components.core.in_pytorch import InPyTorch
from dp_multitask.components.core.initial import given, zeros
from dp_multitask.components.core.layout import (
    Child,
    Constant,
    Field,
    Given,
    Variables,
    Version,
    block,
)
from dp_multitask.components.core.plan import ChildPlans, Fields, Plan, PlannedVariable, Term
from dp_multitask.components.core.planning import Shape
from dp_multitask.components.core.shareable import BOTH, Verified
from dp_multitask.components.models.model import ATOMIC_MODEL, Model
from dp_multitask.errors import ComponentError, inside
from dp_multitask.registry import native


class PairTab(Component):
    """The table and the splines through it."""

    in_pytorch = InPyTorch({"vdata": None}, {"vdata": None})
    essential = ("ntypes",)
    layout = (
        *block("PairTab", Version(1, 1, 1)),
        Field("rmin", "float"),
        Field("rmax", "float"),
        Field("hh", "float"),
        Field("ntypes", "int"),
        Field("rcut", "float"),
        Field("nspline", "int"),
        Variables(),
        Given("arrays", None),
    )

    @classmethod
    def planned(cls, path: str, rcut: float) -> Plan:
        """Plan the table of a file; its arrays are those of the file."""
        from dp_multitask.components.models.pair_table import read_pair_table  # takes numpy

        table = read_pair_table(path, rcut)
        nspline = len(table.values) - 1
        sizes = {"rmin": table.rmin, "rmax": table.rmax, "hh": table.hh, "ntypes": table.ntypes}
        info = [table.rmin, table.hh, nspline, table.ntypes]
        arrays = {"vdata": table.values, "tab_info": info, "tab_data": table.splines}
        return Plan(cls, {**sizes, "rcut": rcut, "nspline": nspline, "arrays": arrays})

    @classmethod
    def precision_of(cls, fields: Fields) -> str:
        """Keep tables in double precision."""
        return "float64"

    @classmethod
    def variables_of(cls, fields: Fields) -> dict[str, PlannedVariable]:
        """Give the table, what describes it, and the cubics of every ordered pair of types."""
        ntypes, nspline = fields["ntypes"], fields["nspline"]
        pairs = ntypes * (ntypes + 1) // 2
        rows = Term("nspline + 1", nspline + 1)
        columns = Term("1 + ntypes * (ntypes + 1) / 2", 1 + pairs)
        cubics = Term("ntypes**2 * nspline * 4", ntypes * ntypes * nspline * 4)
        arrays = fields["arrays"]
        shapes: dict[str, Shape] = {
            "vdata": (rows, columns),
            "tab_info": (4,),
            "tab_data": (cubics,),
        }
        return {
            name: (shape, zeros if arrays is None else given(arrays[name]))
            for name, shape in shapes.items()
        }


@native("model", "pairtab")
class PairTabModel(Model):
    """A part of other models: energies of pairs from a table."""

    in_pytorch = Model.in_pytorch._replace(names={"tab": ""}, exportable={"tab": ""})
    verified = Verified(BOTH, BOTH, note="as a member of zbl")
    parts = ("tab_file",)
    layout = (
        *ATOMIC_MODEL,
        Constant("@class", "Model"),
        Constant("type", "pairtab"),
        Version(1, 2, written=2),
        Child("tab", PairTab, own=True, needed=True),
        Field("rcut", "float"),
        Field("sel", "int | list"),
    )

    @classmethod
    def prepare_parts(cls, fields: dict[str, Any], parts: Mapping[str, Any]) -> None:
        """Read the table."""
        if not isinstance(parts.get("tab_file"), str):
            msg = f"{cls.__name__} needs the name of a file, found {parts.get('tab_file')!r}"
            raise ComponentError(msg, path=("tab_file",))
        sel = fields["sel"]
        fields["sel"] = sum(sel) if isinstance(sel, list) else sel
        fields["rcond"] = None
        with inside("tab_file"):
            fields["tab"] = tab = PairTab.planned(parts["tab_file"], fields["rcut"])
            ntypes = len(fields["type_map"])
            if tab.fields["ntypes"] != ntypes:
                msg = f"the table has {tab.fields['ntypes']} types, expected {ntypes}"
                raise ComponentError(msg, hint="one for each entry of the type map, in its order")

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan the table, of as many types as the type map has."""
        ntypes = Term("len(type_map)", len(fields["type_map"]))
        tab: Plan = fields["tab"]
        return {"tab": Plan(tab.cls, {**tab.fields, "ntypes": ntypes})}
