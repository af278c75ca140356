# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the backend ``pt_expt`` makes of a config: the models of numpy's backend, not of ``pt``'s.

Facts of DeePMD-kit 3.2.0. Everywhere else the two backends make the same of a config.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dp_multitask.components.core.plan import Plan
from dp_multitask.components.models.model import Model
from dp_multitask.components.models.native_spin import NativeSpinModel
from dp_multitask.components.models.spin_ener import NumpySpinModel, SpinModel
from dp_multitask.registry import find_type

_OF_DPA4 = ("lora", "use_compile", "enable_tf32")
"""Keys of the model ``dpa4`` alone, which this backend passes over or refuses."""

DERIVED = re.compile(
    r"(.*\.)?(econf_tebd|bias_dos|mapping_list\.\d+|nets\.networks\..*"
    r"|full_gather_idx|_?l\d+_(local_index|monomial_coeff)|_spin_l\d+_rows|cart_to_l\d+"
    r"|(coeff|degree)_index(_m|_full)?|rotate_inv_rescale_full|(to|from)_grid_mat"
    r"|frame_values|right_mult_proj|node_cartesian_tp\.basis)"
)
"""Tensors of this backend alone that follow from the config, or repeat others."""


def plan_exportable(config: Mapping[str, Any]) -> Plan:
    """Say what the model of a branch looks like, trained by ``pt_expt``.

    Raises
    ------
    ComponentError, UnsupportedError
        As `Model.plan_config`.
    """
    given = dict(config)
    known = find_type("model", str(given.get("type", "standard")))
    if known is not None and known.name == "dpa4":
        given = _standard(given)
    spin = given.get("spin")
    if isinstance(spin, Mapping) and str(spin.get("scheme", "deepspin")).lower() == "native":
        return NativeSpinModel.plan_branch(given)
    if spin is not None and Model.class_for(given) is SpinModel:
        return NumpySpinModel.plan_branch(given)
    return Model.plan_config(given)


def _standard(config: Mapping[str, Any]) -> dict[str, Any]:
    """Give the standard model that a config of type ``dpa4`` means."""
    standard = {key: value for key, value in config.items() if key not in _OF_DPA4}
    descriptor = {"type": "dpa4", **config.get("descriptor", {})}
    pairs = config.get("pair_exclude_types", descriptor.get("exclude_types")) or []
    return standard | {
        "type": "standard",
        "pair_exclude_types": pairs,
        "descriptor": descriptor | {"exclude_types": pairs},
        "fitting_net": {"type": "dpa4_ener", **config.get("fitting_net", {})},
    }
