# SPDX-License-Identifier: LGPL-3.0-or-later
"""What fitting nets have in common: one network for all types, or one for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from dp_multitask.components.blocks.network import FittingNetwork, NetworkCollection
from dp_multitask.components.core.in_pytorch import InPyTorch
from dp_multitask.components.core.initial import in_double, ones, zeros
from dp_multitask.components.core.layout import (
    Child,
    Constant,
    Entry,
    Field,
    Variables,
    Version,
    block,
)
from dp_multitask.components.core.plan import ChildPlans, Fields, Plan, PlannedVariable, Term
from dp_multitask.components.core.planning import repeated
from dp_multitask.components.core.reading import take_type_map
from dp_multitask.components.core.shareable import Coverage, Shareable, Verified
from dp_multitask.errors import ComponentError, UnsupportedError

_PARAMETERS = (
    ("numb_fparam", "fparam_avg", zeros),
    ("numb_fparam", "fparam_inv_std", ones),
    ("numb_aparam", "aparam_avg", zeros),
    ("numb_aparam", "aparam_inv_std", ones),
)


SEL_TYPE = Field("sel_type", "int | list | null", None, only_in="config")
"""The types that have a tensor: PyTorch and numpy fit all of them, whatever it says."""


def fitting_layout(
    type_name: str,
    version: int,
    *extra: Entry,
    also: tuple[str, ...] = (),
    neuron: Sequence[int] = (120, 120, 120),
    activation: str = "tanh",
    precision: str = "default",
    resnet_dt: bool = True,
) -> tuple[Entry, ...]:
    """Give the keys of a fitting net: the common ones, its type, and those of its own.

    The defaults are those of the argument check of DeePMD-kit 3.2.0.
    """
    return (
        *block("Fitting", Version(1, version, version)),
        Field("var_name", "str", only_in="tree"),
        Field("ntypes", "size"),
        Field("dim_descrpt", "size"),
        Field("neuron", "sizes", list(neuron), aliases=("n_neuron",)),
        Field("resnet_dt", "bool", resnet_dt),
        Field("numb_fparam", "size", 0),
        Field("numb_aparam", "size", 0),
        Field("dim_case_embd", "size", 0, absent=0),
        Field("default_fparam", "list | null", None, absent=None),
        Field("rcond", "float | null", None, absent=None),
        Field("activation_function", "str", activation),
        Field("precision", "str", precision),
        Field("mixed_types", "bool", default=False),
        Field("exclude_types", "list", [], absent=[]),
        Child("nets", NetworkCollection),
        Variables(),
        Field("type_map", "list | null", None, absent=None),
        Field("tot_ener_zero", "bool", default=False, absent=False),
        Field("trainable", "bool | list | null", default=True, absent=None),
        Field("layer_name", "list | null", None, absent=None),
        Field("use_aparam_as_mask", "bool", default=False, absent=False),
        Field("spin", "any", None, absent=None),
        Constant("type", type_name, also),
        *extra,
    )


class Fitting(Shareable):
    """Base of the fitting nets; ``deserialize`` and ``from_config`` pick the class by ``type``.

    The sizes that a model knows (``ntypes``, ``dim_descrpt``, ``mixed_types`` and, for tensors,
    ``embedding_width``) stand in the config, as in DeePMD-kit's constructors.
    """

    in_pytorch = InPyTorch(
        {"nets": "filter_layers"},
        order=(
            "@class @version var_name ntypes dim_descrpt neuron resnet_dt numb_fparam numb_aparam "
            "dim_case_embd default_fparam activation_function precision mixed_types nets rcond "
            "exclude_types @variables"
        ),
    )
    kind = "fitting_net"
    verified: ClassVar[Verified] = Verified(note="not verified")
    share_levels: ClassVar = {
        0: Coverage(
            ("nets/**", *(f"@variables/{name}" for _, name, _ in _PARAMETERS)),
        )
    }
    apart: ClassVar = {
        "@variables/bias_atom_e": "every branch has its own energy bias by design",
        "@variables/case_embd": "it tells the branches apart that share a fitting net",
    }
    essential: ClassVar[tuple[str, ...]] = ("ntypes", "dim_descrpt", "mixed_types")

    var_name: ClassVar[str]
    """What is fitted, as the tree names it."""

    @classmethod
    def out_dim(cls, fields: Fields) -> Term:
        """Give the width of the networks' output: one number, as of an energy, by default."""
        return Term("1", 1)

    @classmethod
    def bias_width(cls, fields: Fields) -> Term:
        """Give the width of a model's ``out_bias``: that of the fitted property."""
        return cls.out_dim(fields)

    @classmethod
    def name_of(cls, fields: dict[str, Any]) -> str:
        """Give the name of what the fields fit."""
        return cls.var_name

    @classmethod
    def prepare(cls, fields: dict[str, Any], type_map: list[str] | None) -> None:
        """Write out what the tree keeps beside the config's keys, and which layers are trained."""
        fields["var_name"] = cls.name_of(fields)
        take_type_map(fields, type_map)
        if fields["layer_name"] is not None:
            msg = "layers shared by name exist in TensorFlow only"
            hint = "share the fitting net through 'shared_dict' instead"
            raise UnsupportedError(msg, path=("layer_name",), hint=hint)
        fields["trainable"] = _one_per_layer(fields)
        if "dim_out" in cls.keys.names:
            fields["dim_out"] = int(cls.out_dim(fields))
        if "atom_ener" in cls.keys.names:
            fields.setdefault("atom_ener", None)
        given = fields["default_fparam"]
        if given is not None and fields["numb_fparam"] not in (0, len(given)):
            msg = f"'default_fparam' has {len(given)} values, expected {fields['numb_fparam']}"
            hint = "give one for each of 'numb_fparam'"
            raise ComponentError(msg, path=("default_fparam",), hint=hint)

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan one network for all types, or one for each."""
        ntypes = Term("ntypes", fields["ntypes"])
        ndim, number = (0, 1) if fields["mixed_types"] else (1, ntypes)
        network = cls.network(fields)
        networks = repeated(network, number, "networks of types")
        return {"nets": NetworkCollection.planned(ndim, ntypes, cls.network_type, networks)}

    network_type: ClassVar[str] = "fitting_network"

    @classmethod
    def network(cls, fields: Fields) -> Plan:
        """Plan one network."""
        return FittingNetwork.plan_from(
            fields,
            in_dim=in_dim(fields),
            out_dim=cls.out_dim(fields),
            bias_out=True,
            trainable=_one_per_layer(fields),
        )

    @classmethod
    def variables_of(cls, fields: Fields) -> dict[str, PlannedVariable]:
        """Give the bias of each type, and the statistics of the parameters that there are."""
        ntypes = Term("ntypes", fields["ntypes"])
        planned: dict[str, PlannedVariable] = {
            "bias_atom_e": ((ntypes, cls.out_dim(fields)), in_double(zeros)),
            "case_embd": _vector(fields, "dim_case_embd", zeros),
        }
        for number, name, initial in _PARAMETERS:
            planned[name] = _vector(fields, number, initial)
        return planned


def in_dim(fields: Fields) -> Term:
    """Give the width of the networks' input."""
    terms = ["dim_descrpt", "numb_fparam", "numb_aparam", "dim_case_embd"]
    if fields["use_aparam_as_mask"]:
        terms.remove("numb_aparam")
    if fields.get("case_film_embd"):
        terms.remove("dim_case_embd")
    used = [term for term in terms if term == "dim_descrpt" or fields[term]]
    return Term(" + ".join(used), sum(int(fields[term]) for term in used))


def _vector(fields: Fields, number: str, initial: Any) -> PlannedVariable:
    length = fields[number]
    return ((Term(number, length),), initial) if length else None


def _one_per_layer(fields: Fields) -> list[bool]:
    """Say for each layer, the last one included, whether it is trained."""
    trainable, layers = fields["trainable"], len(fields["neuron"]) + 1
    if isinstance(trainable, list | tuple):
        if len(trainable) != layers:
            msg = f"'trainable' has {len(trainable)} values, expected {layers}"
            hint = "one for each entry of 'neuron' and one for the output"
            raise ComponentError(msg, path=("trainable",), hint=hint)
        return list(trainable)
    return [True if trainable is None else trainable] * layers
