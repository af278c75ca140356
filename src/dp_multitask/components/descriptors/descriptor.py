# SPDX-License-Identifier: LGPL-3.0-or-later
"""What descriptors have in common: their base, and the networks most of them are made of."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from dp_multitask.components.blocks.layers import EnvMat
from dp_multitask.components.blocks.network import EmbeddingNetwork, NetworkCollection
from dp_multitask.components.blocks.type_embedding import TypeEmbedNet
from dp_multitask.components.core.component import Component
from dp_multitask.components.core.initial import precision_name
from dp_multitask.components.core.layout import ChildPlans, Fields, Plan, Size
from dp_multitask.errors import ComponentError, MissingComponentKeyError


class Descriptor(Component):
    """Base of the descriptors; ``deserialize`` and ``from_config`` pick the class by ``type``."""

    __slots__ = ()
    kind = "descriptor"
    config_only: ClassVar[tuple[str, ...]] = ("type", "seed", "ntypes")

    mixed_types: ClassVar[bool] = False
    """Whether the neighbour list does not tell types apart."""

    @classmethod
    def dim_out(cls, fields: Fields) -> Size | None:
        """Give the width of the output, which a fitting net takes; None if it is not known."""
        return None

    @classmethod
    def dim_emb(cls, fields: Fields) -> Size | None:
        """Give the width of the equivariant embedding, which tensors are fitted with, if any."""
        return None

    @classmethod
    def mixes_types(cls, fields: Fields) -> bool:
        """Say whether one fitting net serves all types; a hybrid's members decide."""
        return cls.mixed_types

    @classmethod
    def prepare(cls, fields: dict[str, Any], type_map: list[str] | None) -> None:
        """Write out what a descriptor with its own precision, types and ``sel`` keeps."""
        fields["given_precision"] = fields["precision"]
        fields["precision"] = precision_name(fields["precision"])
        fields["sel"] = given_sel(fields["sel"])
        if fields.get("type_map") is None:
            fields["type_map"] = None if type_map is None else list(type_map)

    @classmethod
    def terms(cls, fields: Fields) -> Mapping[str, int]:
        """Give the number of types and the number of neighbours."""
        sel = fields["sel"]
        return {"len(sel)": len(sel), "sum(sel)": sum(sel)}


class MixedTypesDescriptor(Descriptor):
    """Base of the descriptors with a type embedding: their ``sel`` does not tell types apart."""

    __slots__ = ()
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
    def type_embedding(cls, fields: Fields, neuron: list[int]) -> Plan:
        """Plan the type embedding; it keeps the precision as the config gives it."""
        return TypeEmbedNet.planned(
            fields["ntypes"],
            neuron,
            fields.get("given_precision", fields["precision"]),
            type_map=fields["type_map"],
            use_econf_tebd=fields["use_econf_tebd"],
            use_tebd_bias=fields["use_tebd_bias"],
            trainable=fields["trainable"],
        )


def last_width(fields: Fields) -> Size:
    """Give the width of the embedding, that of its last layer."""
    neuron = fields["neuron"]
    if not neuron:
        msg = "a descriptor needs at least one layer"
        raise ComponentError(msg, path=("neuron",))
    return Size("neuron[-1]", neuron[-1])


def times_axis(fields: Fields) -> Size:
    """Give the width of the product of the embedding with its first ``axis_neuron`` columns."""
    return Size("neuron[-1] * axis_neuron", last_width(fields) * fields["axis_neuron"])


def with_type_embedding(width: Size, fields: Fields) -> Size:
    """Add the type embedding to a descriptor's width where the output has it."""
    if not fields["concat_output_tebd"]:
        return width
    return Size(f"{width.formula} + tebd_dim", width + fields["tebd_dim"])


def given_sel(sel: Any, name: str = "sel") -> list[int]:
    """Take a number of neighbours, or one for each type, as a list.

    Raises
    ------
    ComponentError
        It is to be found from the data, which are not here.
    """
    if isinstance(sel, str):
        msg = f"{name!r} is {sel!r}, which needs the training data"
        raise ComponentError(msg, path=(name,), hint="give the numbers of neighbours")
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


def type_pairs(ntypes: int) -> Iterable[tuple[int, int]]:
    """Iterate over pairs of types in the order of a collection: the first type runs fastest."""
    return ((first, second) for second, first in itertools.product(range(ntypes), repeat=2))


def environment(fields: Fields) -> Plan:
    """Plan the environment matrix of a descriptor's own cut-off."""
    return EnvMat.planned(fields["rcut"], fields["rcut_smth"], fields["env_protection"])


def filter_network(fields: Fields, in_dim: int, *, cleared: bool = False) -> Plan:
    """Plan one embedding network as the descriptor's fields describe it."""
    return EmbeddingNetwork.planned(
        in_dim,
        fields["neuron"],
        fields["precision"],
        activation=fields["activation_function"],
        resnet_dt=fields["resnet_dt"],
        trainable=fields["trainable"],
        cleared=cleared,
    )


def embedding_of_types(fields: Fields) -> Plan:
    """Plan a network ``1 -> neuron`` for each neighbour type, or each pair of types.

    Networks of excluded pairs are never used; DeePMD-kit writes them as zeros.
    """
    ntypes = Size("len(sel)", len(fields["sel"]))
    networks: list[Plan | None]
    if fields["type_one_side"]:
        ndim, networks = 1, [filter_network(fields, 1) for _ in range(ntypes)]
    else:
        excluded = excluded_pairs(fields)
        ndim, networks = 2, [
            filter_network(fields, 1, cleared=pair in excluded) for pair in type_pairs(ntypes)
        ]
    return NetworkCollection.planned(ndim, ntypes, "embedding_network", networks)


def embedding_with_types(fields: Fields, types_width: Size) -> ChildPlans:
    """Plan the one network of a descriptor that knows types by their embedding.

    With ``concat`` it takes the distance and the type embeddings, `types_width` numbers; with
    ``strip`` the embeddings go through a network of their own.
    """
    if fields["tebd_input_mode"] == "strip":
        return {
            "embeddings": _single(fields, filter_network(fields, 1)),
            "embeddings_strip": _single(fields, filter_network(fields, types_width)),
        }
    width = Size(f"1 + {types_width.formula}", 1 + types_width)
    return {"embeddings": _single(fields, filter_network(fields, width))}


def _single(fields: Fields, network: Plan) -> Plan:
    return NetworkCollection.planned(0, fields["ntypes"], "embedding_network", [network])
