# SPDX-License-Identifier: LGPL-3.0-or-later
"""The spin model of virtual atoms over DPA4, as PyTorch writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.components.core.layout import Field
from dp_multitask.components.core.shareable import ONLY_PYTORCH
from dp_multitask.components.descriptors.descriptor import given_sel
from dp_multitask.components.models.dpa4 import SeZMModel, sezm_layout
from dp_multitask.components.models.model import needed
from dp_multitask.components.models.spin import types_with_spin, virtual_scales, with_virtual_types
from dp_multitask.errors import inside
from dp_multitask.registry import native

_SEL = 120
"""How many neighbours DeePMD-kit takes here where the input does not say."""


@native("model", "sezm_spin")
class SeZMSpinModel(SeZMModel):
    """Energies of atoms with spin: twice as many types inside."""

    verified = ONLY_PYTORCH
    layout = sezm_layout("sezm_spin", Field("spin", "dict"), Field("real_sel", "any"))

    @classmethod
    def prepare_inner(cls, inner: dict[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
        """Double the types and the neighbours; an atom's own virtual atom is one more."""
        spin, type_map = config["spin"], list(needed(config, "type_map", cls))
        use_spin = types_with_spin(spin, type_map)
        descriptor = inner["descriptor"]
        with inside("descriptor"):
            sel = given_sel(descriptor.get("sel", _SEL))
        descriptor["sel"] = [2 * sum(sel) + 1]
        inner |= with_virtual_types(inner, type_map, use_spin)
        scales = virtual_scales(spin, use_spin)
        return {"spin": {"use_spin": use_spin, "virtual_scale": scales}, "real_sel": sel}
