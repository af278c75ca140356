# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``se_e3``: three-body embedding of angles."""

from __future__ import annotations

from dp_multitask.components.blocks.network import NetworkCollection
from dp_multitask.components.core.in_pytorch import InPyTorch, filters
from dp_multitask.components.core.layout import Child, Kept, Version, statistics
from dp_multitask.components.core.plan import Fields, Plan
from dp_multitask.components.core.shareable import EVALUATED
from dp_multitask.components.descriptors.descriptor import (
    SingleEmbedding,
    excluded_pairs,
    network_of_pairs,
)
from dp_multitask.components.descriptors.usual import differing, head, usual
from dp_multitask.registry import native


def _embeddings(fields: Fields) -> Plan:
    """Plan a network ``1 -> neuron`` for each pair; half of them are never used."""
    ntypes = len(fields["sel"])
    unused = {(first, second) for second in range(ntypes) for first in range(second + 1, ntypes)}
    return network_of_pairs(fields, excluded_pairs(fields) | unused)


@native("descriptor", "se_e3")
class DescrptSeT(SingleEmbedding):
    """One embedding network for each pair of neighbour types."""

    in_pytorch = InPyTorch(
        filters("seat."),
        order=(
            "@class type @version rcut rcut_smth sel neuron resnet_dt set_davg_zero "
            "activation_function precision embeddings env_mat exclude_types env_protection "
            "type_map @variables trainable"
        ),
    )
    verified = EVALUATED
    layout = (
        *head("se_e3", Version(1, 3, written=2), also=("se_at", "se_a_3be")),
        *usual(
            "rcut", "rcut_smth", "sel", "neuron", "resnet_dt", "set_davg_zero",
            "activation_function", "precision",
        ),
        Child("embeddings", NetworkCollection, _embeddings),
        *usual("env_mat"),
        differing("exclude_types", absent=[]),
        *usual("env_protection"),
        statistics("len(sel)", "sum(sel)", 4),
        *usual("type_map", "trainable"),
        Kept("compress"),
    )
