# SPDX-License-Identifier: LGPL-3.0-or-later
"""The spin model without virtual atoms, as numpy writes it: flat, over one model or a sum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.components.core.component import Component
from dp_multitask.components.core.layout import Constant, Entry, Field
from dp_multitask.components.core.plan import Plan
from dp_multitask.components.core.reading import Faults
from dp_multitask.components.core.shareable import BOTH, Verified
from dp_multitask.components.models.linear_ener import LinearEnergyModel
from dp_multitask.components.models.model import Model, bridging_of, needed
from dp_multitask.components.models.sezm_native_spin import SeZMNativeSpinModel
from dp_multitask.components.models.spin import types_with_spin
from dp_multitask.components.models.standard import StandardModel
from dp_multitask.errors import UnsupportedError
from dp_multitask.registry import native


def _with_spin(layout: tuple[Entry, ...], backbone: str) -> tuple[Entry, ...]:
    """Give the keys of a model that spin is added to."""
    changed = [
        Constant("type", "native_spin") if entry.name == "type" else entry for entry in layout
    ]
    return (*changed, Constant("backbone_type", backbone), Field("spin", "dict"))


@native("model", "native_spin")
class NativeSpinModel(StandardModel):
    """A standard model whose descriptor takes the spins."""

    verified = Verified(BOTH, BOTH, note="fresh: of one model, not of a sum")
    layout = _with_spin(StandardModel.layout, "standard")

    @classmethod
    def class_for(cls, config: Mapping[str, Any]) -> type[Model]:
        """Take the class that PyTorch trains."""
        return SeZMNativeSpinModel

    @classmethod
    def plan_branch(cls, config: Mapping[str, Any]) -> Plan:
        """Plan a standard model whose descriptor knows which types have spins."""
        if bridging_of(config) != "NONE":
            msg = "bridging is started in models of type 'dpa4' only"
            raise UnsupportedError(msg, path=("bridging_method",))
        use_spin = types_with_spin(config["spin"], list(needed(config, "type_map", cls)))
        descriptor = needed(config, "descriptor", cls)
        if isinstance(descriptor, Mapping):
            descriptor = {**descriptor, "use_spin": use_spin}
        spin = {"use_spin": use_spin, "virtual_scale": None}
        return super().plan_branch({**config, "descriptor": descriptor, "spin": spin})

    @classmethod
    def read(cls, tree: Mapping[str, Any], faults: Faults) -> Component:
        """Read a tree with the class of its form: PyTorch's, a sum's, or a standard model's."""
        if cls is NativeSpinModel and "atomic_model" in tree:
            return SeZMNativeSpinModel.read(tree, faults)
        if cls is NativeSpinModel and "models" in tree:
            return NativeSpinSum.read(tree, faults)
        return super().read(tree, faults)


class NativeSpinSum(LinearEnergyModel):
    """A weighted sum of energies, of which one takes the spins."""

    layout = _with_spin(LinearEnergyModel.layout, "linear")
