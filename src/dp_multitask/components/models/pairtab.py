# SPDX-License-Identifier: LGPL-3.0-or-later
"""The model ``pairtab``: a pair potential given as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dp_multitask.components.core.component import Component
from dp_multitask.components.core.initial import Array, Initialiser
from dp_multitask.components.core.layout import (
    Child,
    ChildPlans,
    Constant,
    Field,
    Fields,
    Plan,
    Size,
    Variable,
    Variables,
    Version,
)
from dp_multitask.components.core.planning import PlannedVariable
from dp_multitask.components.models.model import ATOMIC_MODEL, Model, inside
from dp_multitask.components.models.pair_table import read_pair_table
from dp_multitask.errors import ComponentError
from dp_multitask.registry import native

_NO_TABLE: Mapping[str, Variable] = {}


class PairTab(Component):
    """The table and the splines through it."""

    __slots__ = ()
    essential = ("ntypes",)
    layout = (
        Constant("@class", "PairTab"),
        Version(1, 1, 1),
        Field("rmin", "float"),
        Field("rmax", "float"),
        Field("hh", "float"),
        Field("ntypes", "int"),
        Field("rcut", "float"),
        Field("nspline", "int"),
        Variables(_NO_TABLE),
    )

    @classmethod
    def planned(cls, path: str, rcut: float) -> Plan:
        """Plan the table of a file; its arrays are those of the file."""
        table = read_pair_table(path, rcut)
        nspline = len(table.values) - 1
        info = np.array([table.rmin, table.hh, nspline, table.ntypes], np.float64)
        return Plan(
            cls,
            {
                "rmin": table.rmin,
                "rmax": table.rmax,
                "hh": table.hh,
                "ntypes": table.ntypes,
                "rcut": rcut,
                "nspline": nspline,
                "given": {
                    "vdata": table.values,
                    "tab_info": info,
                    "tab_data": table.splines,
                },
            },
        )

    @classmethod
    def dtype_of(cls, fields: Fields) -> np.dtype[Any]:
        """Tables are in float64."""
        return np.dtype(np.float64)

    @classmethod
    def variables_of(cls, fields: Fields) -> dict[str, PlannedVariable]:
        """Give the table, what describes it, and the cubics of every ordered pair of types."""
        ntypes, nspline = fields["ntypes"], fields["nspline"]
        pairs = ntypes * (ntypes + 1) // 2
        rows = Size("nspline + 1", nspline + 1)
        columns = Size("1 + ntypes * (ntypes + 1) / 2", 1 + pairs)
        cubics = Size("ntypes**2 * nspline * 4", ntypes * ntypes * nspline * 4)
        given = fields.get("given", {})
        return {
            "vdata": ((rows, columns), _as_given(given.get("vdata"))),
            "tab_info": ((4,), _as_given(given.get("tab_info"))),
            "tab_data": ((cubics,), _as_given(given.get("tab_data"))),
        }


def _as_given(array: Array | None) -> Initialiser:
    def take(rng: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        return np.zeros(shape, dtype) if array is None else array.astype(dtype)

    return take


@native("model", "pairtab")
class PairTabModel(Model):
    """A part of other models: energies of pairs from a table."""

    __slots__ = ()
    parts = ("tab_file",)
    layout = (
        *ATOMIC_MODEL,
        Constant("@class", "Model"),
        Constant("type", "pairtab"),
        Version(1, 2, written=2),
        Child("tab", PairTab),
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

    def fields(self) -> dict[str, Any]:
        """Add what the table should look like."""
        fields = super().fields()
        if "tab" in self.data:
            fields["tab"] = self.data["tab"].plan()
        return fields

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan the table, of as many types as the type map has."""
        ntypes = Size("len(type_map)", len(fields["type_map"]))
        tab = fields.get("tab", Plan(PairTab, {}))
        return {"tab": Plan(tab.cls, {**tab.fields, "ntypes": ntypes})}
