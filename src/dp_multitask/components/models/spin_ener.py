# SPDX-License-Identifier: LGPL-3.0-or-later
"""The spin model of virtual atoms: each type with spin has a second one at its end."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, cast

from dp_multitask.components.core.in_pytorch import InPyTorch
from dp_multitask.components.core.layout import Child, Constant, Field
from dp_multitask.components.core.plan import Plan
from dp_multitask.components.core.shareable import BOTH, Verified
from dp_multitask.components.models.model import Model, needed
from dp_multitask.components.models.spin import types_with_spin, virtual_scales, with_virtual_types
from dp_multitask.components.models.standard import StandardModel
from dp_multitask.errors import ComponentError, FieldTypeError
from dp_multitask.registry import native, native_class

_PROTECTION = 0.01
"""What keeps an atom and its own virtual atom apart where the input does not."""

_PROTECTION_IN_NUMPY = 1e-6


@native("model", "spin_ener")
class SpinModel(Model):
    """A standard model of twice as many types; its tree has neither class nor version."""

    in_pytorch = InPyTorch(
        {"backbone_model": "backbone_model.atomic_model"},
        {"backbone_model": "backbone_model.atomic_model"},
    )
    verified = Verified(BOTH, BOTH)
    layout = (
        Constant("type", "spin_ener"),
        Child("backbone_model", StandardModel, own=True, needed=True),
        Field("spin", "dict"),
    )

    @classmethod
    def class_for(cls, config: Mapping[str, Any]) -> type[Model]:
        """Give the class by the scheme of the section ``spin``."""
        spin = config.get("spin")
        scheme = spin.get("scheme", "deepspin") if isinstance(spin, Mapping) else "deepspin"
        if str(scheme).lower() == "native":
            return cast("type[Model]", native_class("model", "native_spin"))
        if str(scheme).lower() != "deepspin":
            msg = f"unknown spin scheme {scheme!r}"
            raise ComponentError(msg, path=("spin", "scheme"), hint="deepspin or native")
        return cls

    @classmethod
    def plan_branch(cls, config: Mapping[str, Any]) -> Plan:
        """Plan the model of twice as many types, those without spin left out."""
        spin, type_map = config["spin"], list(needed(config, "type_map", cls))
        use_spin = types_with_spin(spin, type_map)
        types = with_virtual_types(config, type_map, use_spin)
        pairs = types["pair_exclude_types"]
        doubled = {
            **{key: value for key, value in config.items() if key != "spin"},
            **types,
            "descriptor": cls.with_virtual_atoms(needed(config, "descriptor", cls), pairs),
        }
        scales = virtual_scales(spin, use_spin)
        fields = {
            "backbone_model": StandardModel.plan_config(doubled),
            "spin": {"use_spin": use_spin, "virtual_scale": scales},
        }
        return Plan(cls, fields)

    @classmethod
    def with_virtual_atoms(cls, descriptor: Any, pairs: list[list[int]]) -> dict[str, Any]:
        """Make room for the virtual atoms in the parameters of a descriptor."""
        if not isinstance(descriptor, Mapping):
            msg = f"the parameters of a descriptor must be a mapping, found {descriptor!r:.60}"
            raise FieldTypeError(msg, path=("descriptor",))
        wider = copy.deepcopy(dict(descriptor))
        wider["exclude_types"] = pairs
        wider["env_protection"] = cls.protection(wider.get("env_protection"))
        one_for_each = wider.get("type", "se_e2_a") in ("se_e2_a", "se_a")
        if one_for_each and isinstance(wider.get("sel"), list):
            wider["sel"] = wider["sel"] * 2
        return wider

    @classmethod
    def protection(cls, given: Any) -> Any:
        """Give what keeps an atom and its own virtual atom apart."""
        return given or _PROTECTION


class NumpySpinModel(SpinModel):
    """The same as numpy's backend and ``pt_expt`` start it: with a protection of their own."""

    @classmethod
    def protection(cls, given: Any) -> Any:
        """Take what the input says, zero included."""
        return _PROTECTION_IN_NUMPY if given is None else given
