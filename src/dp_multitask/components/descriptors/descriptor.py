# SPDX-License-Identifier: LGPL-3.0-or-later
"""What all descriptors have in common."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from dp_multitask.components.component import Component
from dp_multitask.components.initial import precision_name
from dp_multitask.components.layout import Fields, Plan
from dp_multitask.components.network import EmbeddingNetwork
from dp_multitask.errors import ComponentError, MissingComponentKeyError


class Descriptor(Component):
    """Base of the descriptors; ``deserialize`` and ``from_config`` pick the class by ``type``."""

    __slots__ = ()
    kind = "descriptor"

    @classmethod
    def prepare(cls, fields: dict[str, Any], type_map: list[str] | None) -> None:
        """Complete what every descriptor with its own precision, types and ``sel`` needs."""
        fields["precision"] = precision_name(fields["precision"])
        fields["sel"] = given_sel(fields["sel"])
        if fields.get("type_map") is None:
            fields["type_map"] = type_map

    @classmethod
    def terms(cls, fields: Fields) -> Mapping[str, int]:
        """Give the number of types and the number of neighbours."""
        sel = fields["sel"]
        return {"len(sel)": len(sel), "sum(sel)": sum(sel)}


def given_sel(sel: Any) -> list[int]:
    """Take ``sel`` as a list.

    Raises
    ------
    ComponentError
        It is to be found from the data, which are not here.
    """
    if isinstance(sel, str):
        msg = f"'sel' is {sel!r}, which needs the training data"
        raise ComponentError(msg, path=("sel",), hint="give the numbers of neighbours")
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


def filter_network(
    fields: Fields, in_dim: int, *, cleared: bool = False, neuron: list[int] | None = None
) -> Plan:
    """Plan one embedding network as the descriptor's fields describe it."""
    return EmbeddingNetwork.planned(
        in_dim,
        fields["neuron"] if neuron is None else neuron,
        fields["precision"],
        activation=fields["activation_function"],
        resnet_dt=fields["resnet_dt"],
        trainable=fields["trainable"],
        cleared=cleared,
    )


def type_pairs(ntypes: int) -> Iterable[tuple[int, int]]:
    """Iterate over pairs of types in the order of a collection: the first type runs fastest."""
    return ((first, second) for second, first in itertools.product(range(ntypes), repeat=2))
