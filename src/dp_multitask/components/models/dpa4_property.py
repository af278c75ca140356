# SPDX-License-Identifier: LGPL-3.0-or-later
"""The model of properties over DPA4, as PyTorch writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.components.core.kinds import is_size
from dp_multitask.components.core.shareable import ONLY_PYTORCH
from dp_multitask.components.fittings.dpa4_ener import automatic_width
from dp_multitask.components.models.dpa4 import SeZMModel, sezm_layout
from dp_multitask.components.models.model import bridging_of
from dp_multitask.errors import ComponentError
from dp_multitask.registry import native

CHANNELS = 64
"""The width of a descriptor whose config does not say."""


@native("model", "dpa4_property")
class SeZMPropertyModel(SeZMModel):
    """Any property through equivariant message passing."""

    verified = ONLY_PYTORCH
    layout = sezm_layout("SeZMProperty")
    fitted = "property"

    @classmethod
    def prepare_inner(cls, inner: dict[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
        """Refuse bridging, and put a width in the place of each 0, as for energies."""
        if bridging_of(config) != "NONE":
            msg = "a property has no potential that pairs could be handed over to"
            raise ComponentError(msg, path=("bridging_method",))
        fitting = inner["fitting_net"]
        neuron, before = fitting.get("neuron"), _widths_before(inner["descriptor"], fitting)
        # whatever is no size is refused with the rest of the fitting net
        if isinstance(neuron, list) and all(map(is_size, before)):
            fitting["neuron"] = [width or automatic_width(sum(before)) for width in neuron]
        return {}


def _widths_before(descriptor: Mapping[str, Any], fitting: Mapping[str, Any]) -> list[Any]:
    """Give the widths of what the networks take."""
    names = ["numb_fparam", "numb_aparam", "dim_case_embd"]
    if fitting.get("use_aparam_as_mask"):
        names.remove("numb_aparam")
    return [descriptor.get("channels", CHANNELS), *(fitting.get(name, 0) for name in names)]
