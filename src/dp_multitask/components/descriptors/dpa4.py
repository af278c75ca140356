# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``dpa4``, or SeZM: equivariant message passing.

Its tree is a config and one flat mapping of arrays, named as in PyTorch. Both are carried through
as they are: the config is the one from which DeePMD-kit builds the object, and only that object
knows what arrays it has, many of which are tables that follow from the config.
"""

from __future__ import annotations

from typing import Any, NoReturn

from dp_multitask.components.descriptors.descriptor import Descriptor
from dp_multitask.components.initial import zeros
from dp_multitask.components.layers import EnvMat
from dp_multitask.components.layout import (
    VARIABLES,
    Child,
    ChildPlans,
    Constant,
    Field,
    Fields,
    Size,
    Variables,
    Version,
)
from dp_multitask.components.planning import PlannedVariable
from dp_multitask.errors import UnsupportedError
from dp_multitask.registry import native


@native("descriptor", "dpa4")
class DescrptDPA4(Descriptor):
    """A config and its arrays; of the shapes only that of the type embedding is checked."""

    __slots__ = ()
    mixed_types = True
    layout = (
        Constant("@class", "Descriptor"),
        Constant("type", "SeZM", also=("sezm", "dpa4", "DPA4")),
        Version(1, 1.2, written=1.2),
        Field("config", "dict"),
        Variables({}),
        Child("env_mat", EnvMat),
    )

    @classmethod
    def plan_config(cls, config: Any, type_map: list[str] | None = None) -> NoReturn:
        """Refuse: only DeePMD-kit can start one.

        Raises
        ------
        UnsupportedError
            Always.
        """
        msg = "a descriptor of type 'dpa4' cannot be initialised without DeePMD-kit"
        hint = "train it for a step with DeePMD-kit and pack the checkpoint"
        raise UnsupportedError(msg, path=("type",), hint=hint)

    @classmethod
    def variables_of(cls, fields: Fields) -> dict[str, PlannedVariable]:
        """Take the arrays as they are; the type embedding has a row for each type."""
        planned: dict[str, PlannedVariable] = {
            name: (getattr(array, "shape", ()), zeros)
            for name, array in fields.get(VARIABLES, {}).items()
        }
        config = fields["config"]
        if {"ntypes", "channels"} <= config.keys():
            rows = Size("ntypes + 1", config["ntypes"] + 1)
            shape = (rows, Size("channels", config["channels"]))
            planned["type_embedding.adam_type_embedding"] = (shape, zeros)
        return planned

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Keep the environment matrix as it is; trees from PyTorch may have none."""
        config = fields["config"]
        if fields.get("env_mat") is None:
            return {}
        rcut, eps = config.get("rcut", 6.0), config.get("eps", 1e-7)
        return {"env_mat": EnvMat.planned(rcut, rcut, eps)}

    @classmethod
    def dim_out(cls, fields: Fields) -> Size:
        """Give the number of scalar channels."""
        return Size("channels", fields["config"]["channels"])

