# SPDX-License-Identifier: LGPL-3.0-or-later
"""The model ``dpa4``, or SeZM, as PyTorch writes it: an inner model and how it is bridged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from dp_multitask.components.core.in_pytorch import InPyTorch
from dp_multitask.components.core.layout import Child, Constant, Entry, Field, Version, block
from dp_multitask.components.core.plan import Plan
from dp_multitask.components.core.shareable import TORCH, Verified
from dp_multitask.components.models.model import Model, bridging_of
from dp_multitask.components.models.sezm_atomic import SeZMAtomicModel
from dp_multitask.errors import ComponentError, FieldTypeError, UnsupportedError
from dp_multitask.registry import find_type, native, native_class


def sezm_layout(type_name: str, *extra: Entry) -> tuple[Entry, ...]:
    """Give the keys of a DPA4 model: the common ones, then those of its own."""
    return (
        *block("Model", Version(1, 1, written=1)),
        Constant("type", type_name),
        Child("atomic_model", SeZMAtomicModel, own=True, needed=True),
        Field("bridging_method", "str", "NONE"),
        Field("bridging_r_inner", "float", 0.5),
        Field("bridging_r_outer", "float", 0.8),
        Field("lora", "dict | null", None, absent=None),
        *extra,
    )


@native("model", "dpa4")
class SeZMModel(Model):
    """Energies through equivariant message passing and gated linear units."""

    in_pytorch = InPyTorch()
    verified = Verified(TORCH, TORCH, note="numpy writes a standard model instead")
    config_only: ClassVar[tuple[str, ...]] = (*Model.config_only, "use_compile", "enable_tf32")
    layout = sezm_layout("SeZM")

    fitted: ClassVar[str] = "dpa4_ener"
    """The type of its fitting net."""

    @classmethod
    def class_for(cls, config: Mapping[str, Any]) -> type[Model]:
        """Give the class by the section ``spin`` and what is fitted."""
        if cls is not SeZMModel:
            return cls
        spin, fitting = config.get("spin"), config.get("fitting_net")
        if spin is not None:
            by_scheme = cast("type[Model]", native_class("model", "spin_ener")).class_for(config)
            if by_scheme is native_class("model", "spin_ener"):
                return cast("type[Model]", native_class("model", "sezm_spin"))
            return by_scheme.class_for(config)
        name = fitting.get("type") if isinstance(fitting, Mapping) else None
        known = find_type("fitting_net", name) if isinstance(name, str) else None
        if known is not None and known.name == "property":
            return cast("type[Model]", native_class("model", "dpa4_property"))
        return cls

    @classmethod
    def plan_branch(cls, config: Mapping[str, Any]) -> Plan:
        """Plan the inner model, and how pairs that come close are bridged."""
        if config.get("lora") is not None:
            msg = "a model with LoRA is made from a trained one, it cannot be started"
            raise UnsupportedError(msg, path=("lora",))
        bridging = _bridging(config)
        descriptor = _part(config, "descriptor", "dpa4", "dpa4")
        fitting = _part(config, "fitting_net", "dpa4_ener", cls.fitted)
        pairs = descriptor.get("exclude_types") or []
        given = config.get("pair_exclude_types", pairs) or []
        if pairs and given != pairs:
            msg = f"'pair_exclude_types' is {given}, expected {pairs} as in the descriptor"
            hint = "give the pairs to the model only"
            raise ComponentError(msg, path=("pair_exclude_types",), hint=hint)
        if bridging["bridging_method"] != "NONE":
            descriptor["inner_clamp_r_inner"] = bridging["bridging_r_inner"]
            descriptor["inner_clamp_r_outer"] = bridging["bridging_r_outer"]
        inner = {
            **{key: config[key] for key in config if key not in _OUTER},
            "pair_exclude_types": given,
            "descriptor": descriptor,
            "fitting_net": fitting,
        }
        extra = cls.prepare_inner(inner, config)
        inner["descriptor"]["exclude_types"] = inner["pair_exclude_types"]
        atomic_model = SeZMAtomicModel.plan_branch(inner)
        return Plan(cls, {"atomic_model": atomic_model, **bridging, "lora": None, **extra})

    @classmethod
    def prepare_inner(cls, inner: dict[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
        """Change the config of the inner model, in place, and give the fields beside it."""
        return {}


_OUTER = ("lora", "spin", "use_compile", "enable_tf32")
"""What is not the inner model's."""


def _part(config: Mapping[str, Any], name: str, default: str, expected: str) -> dict[str, Any]:
    """Give the parameters of a part, which must be of the one type that fits."""
    given = config.get(name, {})
    if not isinstance(given, Mapping):
        msg = f"the parameters in {name!r} must be a mapping, found {type(given).__name__}"
        raise FieldTypeError(msg, path=(name,))
    part = {"type": default, **given}
    kind = "fitting_net" if name == "fitting_net" else "descriptor"
    known = find_type(kind, part["type"]) if isinstance(part["type"], str) else None
    if known is None or known.name != expected:
        msg = f"found {part['type']!r} in a model of type 'dpa4', expected {expected!r}"
        raise ComponentError(msg, path=(name, "type"))
    return part


def _bridging(config: Mapping[str, Any]) -> dict[str, Any]:
    """Give how pairs that come close are handed over to a potential of their own."""
    method = bridging_of(config)
    if method not in ("NONE", "ZBL"):
        msg = f"the bridging method {method.lower()!r} is not known, expected 'none' or 'ZBL'"
        raise ComponentError(msg, path=("bridging_method",))
    fields: dict[str, Any] = {"bridging_method": method}
    for name, default in (("bridging_r_inner", 0.5), ("bridging_r_outer", 0.8)):
        value = config.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            msg = f"{name!r} must be a number, found {value!r:.60}"
            raise FieldTypeError(msg, path=(name,))
        fields[name] = float(value)
    return fields
