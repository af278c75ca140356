# SPDX-License-Identifier: LGPL-3.0-or-later
"""The model of properties over DPA4, as PyTorch writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.components.models.dpa4 import SeZMModel, sezm_layout
from dp_multitask.errors import ComponentError, UnsupportedError
from dp_multitask.registry import native


@native("model", "dpa4_property")
class SeZMPropertyModel(SeZMModel):
    """Any property through equivariant message passing."""

    __slots__ = ()
    layout = sezm_layout("SeZMProperty")
    fitted = "property"

    @classmethod
    def prepare_inner(cls, inner: dict[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
        """Refuse what a property has no use for, and widths that DeePMD-kit would choose."""
        if str(config.get("bridging_method", "none")).lower() not in ("none", ""):
            msg = "a property has no potential that pairs could be handed over to"
            raise ComponentError(msg, path=("bridging_method",))
        if 0 in inner["fitting_net"].get("neuron", []):
            msg = "a width of 0, which chooses one, is known for energies only"
            path, hint = ("fitting_net", "neuron"), "give the width"
            raise UnsupportedError(msg, path=path, hint=hint)
        return {}
