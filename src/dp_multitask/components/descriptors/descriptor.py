# SPDX-License-Identifier: LGPL-3.0-or-later
"""What descriptors have in common: their base, and what most of their layouts are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from dp_multitask.components.blocks.network import EmbeddingNetwork, NetworkCollection
from dp_multitask.components.core.initial import precision_name
from dp_multitask.components.core.layout import Child
from dp_multitask.components.core.plan import ChildPlans, Fields, Plan, Term
from dp_multitask.components.core.planning import repeated
from dp_multitask.components.core.reading import take_type_map
from dp_multitask.components.core.shareable import Shareable, Verified
from dp_multitask.errors import ComponentError, DataNeededError, MissingComponentKeyError

FILTER_ORDER = (
    "@class type @version rcut rcut_smth sel neuron axis_neuron resnet_dt set_davg_zero "
    "activation_function precision embeddings env_mat exclude_types env_protection @variables "
    "type_map trainable type_one_side spin"
)
"""The keys of ``se_e2_a`` and ``se_e2_r`` as PyTorch orders them."""


Axes = Mapping[tuple[str, ...], Mapping[str, str | None]]
"""Part of the config -> the fields with the widths, each with the field that switches its use."""


class Descriptor(Shareable):
    """Base of the descriptors; ``deserialize`` and ``from_config`` pick the class by ``type``."""

    kind = "descriptor"
    config_only: ClassVar[tuple[str, ...]] = ("type", "seed", "ntypes")

    mixed_types: ClassVar[bool] = False
    """Whether the neighbour list does not tell types apart."""

    verified: ClassVar[Verified] = Verified(note="not verified")
    """What the class was held against."""

    @classmethod
    def dim_out(cls, fields: Fields) -> Term | None:
        """Give the width of the output, which a fitting net takes; None if it is not known."""
        return None

    @classmethod
    def dim_emb(cls, fields: Fields) -> Term | None:
        """Give the width of the equivariant embedding, which tensors are fitted with, if any."""
        return None

    @classmethod
    def reach(cls, fields: Fields) -> tuple[float, int] | None:
        """Give how far it looks and at how many neighbours; None if it is not known."""
        if "rcut" not in fields or "sel" not in fields:
            return None
        return fields["rcut"], sum(fields["sel"])

    @classmethod
    def axes(cls) -> Axes:
        """Say where an embedding is multiplied with its first ``axis_neuron`` columns."""
        return {(): {"neuron": None}} if "axis_neuron" in cls.keys.names else {}

    @classmethod
    def mixes_types(cls, fields: Fields) -> bool:
        """Say whether one fitting net serves all types; a hybrid's members decide."""
        return cls.mixed_types

    @classmethod
    def prepare(cls, fields: dict[str, Any], type_map: list[str] | None) -> None:
        """Write out what a descriptor with its own precision, types and ``sel`` keeps."""
        precision_name(fields["precision"])
        fields["sel"] = given_sel(fields["sel"])
        take_type_map(fields, type_map)

    @classmethod
    def terms(cls, fields: Fields) -> Mapping[str, int]:
        """Give the number of types and the number of neighbours."""
        sel = fields["sel"]
        return {"len(sel)": len(sel), "sum(sel)": sum(sel)}


class SingleEmbedding(Descriptor):
    """Base of the descriptors whose equivariant embedding is that of their one ``neuron``."""

    @classmethod
    def dim_out(cls, fields: Fields) -> Term | None:
        """Give the width of the embedding, times ``axis_neuron`` where there is such a number."""
        return times_axis(fields) if "axis_neuron" in fields else last_width(fields)

    @classmethod
    def dim_emb(cls, fields: Fields) -> Term | None:
        """Give the width of the embedding."""
        return last_width(fields)


class MixedTypes(Descriptor):
    """Base of the descriptors with a type embedding: their ``sel`` does not tell types apart."""

    mixed_types = True

    @classmethod
    def prepare(cls, fields: dict[str, Any], type_map: list[str] | None) -> None:
        """Add the number of types, which is the length of the type map."""
        super().prepare(fields, type_map)
        fields["ntypes"] = number_of_types(fields["type_map"])

    @classmethod
    def terms(cls, fields: Fields) -> Mapping[str, int]:
        """Give the number of types and the number of neighbours."""
        return {"ntypes": fields["ntypes"], "sum(sel)": sum(fields["sel"])}

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan the networks too, which are stripped where there is no choice."""
        mode = fields.get("tebd_input_mode", "strip")
        networks = embedding_with_types(fields, width_of_types(fields), mode)
        return super().children_of(fields) | networks


def last_width(fields: Fields) -> Term:
    """Give the width of the embedding, that of its last layer."""
    neuron = fields["neuron"]
    if not neuron:
        msg = "a descriptor needs at least one layer"
        raise ComponentError(msg, path=("neuron",))
    return Term("neuron[-1]", neuron[-1])


def times_axis(fields: Fields) -> Term:
    """Give the width of the product of the embedding with its first ``axis_neuron`` columns."""
    return Term("neuron[-1] * axis_neuron", last_width(fields) * fields["axis_neuron"])


def with_type_embedding(width: Term, fields: Fields) -> Term:
    """Add the type embedding to a descriptor's width where the output has it."""
    if not fields["concat_output_tebd"]:
        return width
    return Term(f"{width.formula} + tebd_dim", width + fields["tebd_dim"])


def width_of_types(fields: Fields) -> Term:
    """Give the width of the type embeddings of the neighbour and, two-sided, of the atom."""
    sides = 1 if fields.get("type_one_side") else 2
    return Term("tebd_dim" if sides == 1 else "2 * tebd_dim", sides * fields["tebd_dim"])


def given_sel(sel: Any, name: str = "sel") -> list[int]:
    """Take a number of neighbours, or one for each type, as a list.

    Raises
    ------
    DataNeededError
        It is to be found from the data, which are not here.
    """
    if isinstance(sel, str):
        msg = f"{name!r} is {sel!r}, which needs the training data"
        raise DataNeededError(msg, path=(name,), hint="give the numbers of neighbours")
    return list(sel) if isinstance(sel, list | tuple) else [int(sel)]


def number_of_types(type_map: list[str] | None) -> int:
    """Count the types of a type map that must be there."""
    if type_map is None:
        msg = "the number of types is not known without a type map"
        raise MissingComponentKeyError(msg, path=("type_map",))
    return len(type_map)


def excluded_pairs(fields: Fields) -> set[tuple[int, int]]:
    """Give the excluded pairs of types, both ways round."""
    pairs = [tuple(pair) for pair in fields["exclude_types"]]
    return {*pairs, *((second, first) for first, second in pairs)}


def network_of_pairs(fields: Fields, unused: set[tuple[int, int]]) -> Plan:
    """Plan a network ``1 -> neuron`` for each pair of types.

    Networks of pairs that are never used DeePMD-kit writes as zeros.
    """
    ntypes = Term("len(sel)", len(fields["sel"]))
    used, cleared = filter_network(fields, 1), filter_network(fields, 1, cleared=True)
    networks = repeated(used, ntypes * ntypes, "networks of pairs of types")
    for first, second in unused:
        if first < ntypes and second < ntypes:
            networks[second * ntypes + first] = cleared
    return NetworkCollection.planned(2, ntypes, "embedding_network", networks)


def embedding_of_types(fields: Fields) -> Plan:
    """Plan a network ``1 -> neuron`` for each neighbour type, or each pair of types."""
    if not fields["type_one_side"]:
        return network_of_pairs(fields, excluded_pairs(fields))
    ntypes = Term("len(sel)", len(fields["sel"]))
    networks = repeated(filter_network(fields, 1), ntypes, "networks of types")
    return NetworkCollection.planned(1, ntypes, "embedding_network", networks)


EMBEDDINGS_OF_TYPES = Child("embeddings", NetworkCollection, embedding_of_types)


def filter_network(fields: Fields, in_dim: int, *, cleared: bool = False) -> Plan:
    """Plan one embedding network as the descriptor's fields describe it."""
    return EmbeddingNetwork.plan_from(fields, in_dim=in_dim, bias=True, cleared=cleared)


def embedding_with_types(fields: Fields, types_width: Term, mode: str) -> ChildPlans:
    """Plan the one network of a descriptor that knows types by their embedding.

    With ``concat`` it takes the distance and the type embeddings, `types_width` numbers; with
    ``strip`` the embeddings go through a network of their own.
    """
    if mode == "strip":
        return {
            "embeddings": _single(fields, filter_network(fields, 1)),
            "embeddings_strip": _single(fields, filter_network(fields, types_width)),
        }
    width = Term(f"1 + {types_width.formula}", 1 + types_width)
    return {"embeddings": _single(fields, filter_network(fields, width))}


def _single(fields: Fields, network: Plan) -> Plan:
    return NetworkCollection.planned(0, fields["ntypes"], "embedding_network", [network])
