# SPDX-License-Identifier: LGPL-3.0-or-later
"""The model ``dpa4``, or SeZM, as PyTorch writes it: an inner model and how it is bridged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from dp_multitask.components.layout import (
    Child,
    ChildPlans,
    Constant,
    Entry,
    Field,
    Fields,
    Plan,
    Version,
)
from dp_multitask.components.models.model import Model, needed, plan_pair
from dp_multitask.components.models.sezm_atomic import SeZMAtomicModel
from dp_multitask.errors import UnsupportedError
from dp_multitask.registry import native


def sezm_layout(type_name: str, *extra: Entry) -> tuple[Entry, ...]:
    """Give the keys of a DPA4 model: the common ones, then those of its own."""
    return (
        Constant("@class", "Model"),
        Version(1, 1, written=1),
        Constant("type", type_name),
        Child("atomic_model", SeZMAtomicModel),
        Field("bridging_method", "str", "NONE"),
        Field("bridging_r_inner", "float", 0.5),
        Field("bridging_r_outer", "float", 0.8),
        Field("lora", "dict | null", None, absent=None),
        *extra,
    )


@native("model", "dpa4")
class SeZMModel(Model):
    """Energies through equivariant message passing and gated linear units."""

    __slots__ = ()
    config_only: ClassVar[tuple[str, ...]] = (*Model.config_only, "use_compile", "enable_tf32")
    layout = sezm_layout("SeZM")

    @classmethod
    def plan_branch(cls, config: Mapping[str, Any]) -> Plan:
        """Refuse, with the descriptor's own reason: only DeePMD-kit can start one."""
        fields = {"type_map": needed(config, "type_map", cls), "atom_exclude_types": []}
        descriptor = {"type": "dpa4", **config.get("descriptor", {})}
        plan_pair(cls, fields, {"descriptor": descriptor})
        msg = f"a {cls.__name__} cannot be initialised without DeePMD-kit"
        raise UnsupportedError(msg)

    def fields(self) -> dict[str, Any]:
        """Add what the inner model should look like."""
        fields = super().fields()
        if "atomic_model" in self.data:
            fields["atomic_model"] = self.data["atomic_model"].plan()
        return fields

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Give the inner model."""
        return {"atomic_model": fields.get("atomic_model", Plan(SeZMAtomicModel, {}))}
