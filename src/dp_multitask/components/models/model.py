# SPDX-License-Identifier: LGPL-3.0-or-later
"""What models have in common: their base, and how a config becomes one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from dp_multitask import errors
from dp_multitask.components.core.component import Component
from dp_multitask.components.core.dispatch import class_of_config
from dp_multitask.components.core.in_pytorch import InPyTorch
from dp_multitask.components.core.initial import ones, zeros
from dp_multitask.components.core.layout import Entry, Field, Variable, Variables
from dp_multitask.components.core.plan import Fields, Plan, Term
from dp_multitask.components.core.reading import fields_of_config
from dp_multitask.components.core.shareable import Verified
from dp_multitask.components.descriptors.descriptor import Descriptor
from dp_multitask.components.fittings.fitting import Fitting

OUTPUTS = Variables(
    {
        "out_bias": Variable((1, "len(type_map)", "output width"), zeros),
        "out_std": Variable((1, "len(type_map)", "output width"), ones),
    }
)
"""The bias of each type's output, and by how much it varies in the data."""

ATOMIC_MODEL: tuple[Entry, ...] = (
    Field("type_map", "list"),
    Field("atom_exclude_types", "list", [], absent=[]),
    Field("pair_exclude_types", "list", [], absent=[]),
    Field("rcond", "float | null", absent=None, only_in="tree"),
    Field("preset_out_bias", "dict | null", None, absent=None),
    OUTPUTS,
)
"""The keys that every model of atoms begins with."""

TRAINING_KEYS = (
    *("type", "seed", "data_stat_nbatch", "data_stat_protect", "data_bias_nsample"),
    *("srtab_add_bias", "modifier", "compress", "finetune_head", "hessian_mode"),
    *("model_branch_alias", "info", "bridging_method", "bridging_r_inner", "bridging_r_outer"),
)
"""Keys of a branch that say how it is trained or called, not what the model is."""


class Model(Component):
    """Base of the models; ``deserialize`` and ``from_config`` pick the class by ``type``."""

    in_pytorch = InPyTorch(
        order=(
            "type_map atom_exclude_types pair_exclude_types rcond preset_out_bias @variables "
            "@class @version type"
        ),
        root="atomic_model.",
    )
    kind = "model"
    config_only: ClassVar[tuple[str, ...]] = TRAINING_KEYS

    verified: ClassVar[Verified] = Verified(note="not verified")
    """What the class was held against."""

    parts: ClassVar[tuple[str, ...]] = ()
    """Keys of a config that hold the parameters of nested components."""

    @classmethod
    def class_for(cls, config: Mapping[str, Any]) -> type[Model]:
        """Give the class that a config means."""
        if cls.layout:
            return cls
        chosen = class_of_config(cls.kind, config)
        return chosen.class_for(config) if issubclass(chosen, Model) else Model

    @classmethod
    def plan_config(cls, config: Mapping[str, Any], type_map: list[str] | None = None) -> Plan:
        """Say what the model of a branch looks like, without allocating its arrays."""
        if not isinstance(config, Mapping):
            msg = f"the parameters of a model must be a mapping, found {type(config).__name__}"
            raise errors.FieldTypeError(msg)
        given = dict(config)
        if type_map is not None:
            given.setdefault("type_map", type_map)
        return cls.class_for(given).plan_branch(given)

    @classmethod
    def plan_branch(cls, config: Mapping[str, Any]) -> Plan:
        """Say what a model of this very class looks like."""
        parts = {key: config[key] for key in cls.parts if key in config}
        rest = {key: value for key, value in config.items() if key not in parts}
        fields = fields_of_config(cls, rest)
        cls.prepare_parts(fields, parts)
        return Plan(cls, fields)

    @classmethod
    def prepare_parts(cls, fields: dict[str, Any], parts: Mapping[str, Any]) -> None:
        """Plan the nested components into `fields`, in place."""

    @classmethod
    def precision_of(cls, fields: Fields) -> str:
        """Keep the biases of outputs in double precision, whatever that of the parts."""
        return "float64"

    @classmethod
    def terms(cls, fields: Fields) -> Mapping[str, int]:
        """Give the number of types and the width of the output."""
        return {"len(type_map)": len(fields["type_map"]), "output width": cls.width(fields)}

    @classmethod
    def width(cls, fields: Fields) -> Term:
        """Give the width of the output; that of an energy by default."""
        return Term("1", 1)


def needed(parts: Mapping[str, Any], name: str, cls: type[Component]) -> Any:
    """Give the parameters of a part that must be there."""
    if name not in parts:
        msg = f"{cls.__name__} lacks {name!r}"
        raise errors.MissingComponentKeyError(msg)
    return parts[name]


def bridging_of(config: Mapping[str, Any]) -> str:
    """Name, in capitals, what pairs that come close are handed over to: NONE, ZBL or unknown."""
    return str(config.get("bridging_method", "none")).upper() or "NONE"


def plan_pair(
    cls: type[Component], fields: Mapping[str, Any], parts: Mapping[str, Any]
) -> tuple[Plan, Plan]:
    """Plan a descriptor and the fitting net that takes its output.

    The types whose atoms a model leaves out are also those that its fitting net leaves out.
    """
    type_map = list(fields["type_map"])
    with errors.inside("descriptor"):
        descriptor = Descriptor.plan_config(needed(parts, "descriptor", cls), type_map)
        _check_sel(descriptor, len(type_map))
    given = parts.get("fitting_net", {})
    if not isinstance(given, Mapping):
        msg = f"the parameters of a fitting net must be a mapping, found {type(given).__name__}"
        raise errors.FieldTypeError(msg, path=("fitting_net",))
    with errors.inside("fitting_net"):
        fitting_class = class_of_config("fitting_net", given)
    with errors.inside("descriptor"):
        sizes = sizes_from(descriptor, type_map, fitting_class)
    with errors.inside("fitting_net"):
        if None in sizes.values():
            msg = f"{descriptor.cls.__name__} does not say what a fitting net would need"
            unknown = ", ".join(name for name, size in sizes.items() if size is None)
            raise errors.UnsupportedError(msg, hint=f"not known: {unknown}")
        excluded = {"exclude_types": list(fields["atom_exclude_types"])}
        fitting = Fitting.plan_config({**given, **sizes, **excluded}, type_map)
    return descriptor, fitting


def _check_sel(descriptor: Plan, ntypes: int) -> None:
    """Refuse a descriptor that tells types apart and does not have a ``sel`` for each."""
    cls, fields = descriptor.cls, descriptor.fields
    if not issubclass(cls, Descriptor) or cls.mixes_types(fields) or "sel" not in fields:
        return
    found = len(fields["sel"])
    if found != ntypes:
        msg = f"'sel' has {found} numbers, expected {ntypes}"
        raise errors.ComponentError(msg, path=("sel",), hint="one for each entry of the type map")


def fitted_to(descriptor: Plan, type_map: list[str], fitting: Plan) -> Plan:
    """Plan a fitting net that was read to take what the descriptor gives, as far as it says."""
    sizes = sizes_from(descriptor, type_map, fitting.cls)
    known = {name: size for name, size in sizes.items() if size is not None}
    return Plan(fitting.cls, {**fitting.fields, **known})


def sizes_from(
    descriptor: Plan, type_map: list[str], fitting: type[Component]
) -> dict[str, Any]:
    """Give the sizes of a fitting net that the descriptor decides; None for what it cannot say."""
    cls, fields = descriptor.cls, descriptor.fields
    if not issubclass(cls, Descriptor):
        msg = f"found a {cls.__name__} in the place of a descriptor"
        raise errors.ComponentError(msg)
    sizes: dict[str, Any] = {
        "ntypes": Term("len(type_map)", len(type_map)),
        "dim_descrpt": cls.dim_out(fields),
        "mixed_types": cls.mixes_types(fields),
    }
    if "embedding_width" in fitting.essential:
        sizes["embedding_width"] = cls.dim_emb(fields)
    return sizes
