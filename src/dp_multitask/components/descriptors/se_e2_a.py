# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``se_e2_a``: two-body embedding of all relative coordinates."""

from __future__ import annotations

from dp_multitask.components.core.in_pytorch import InPyTorch, filters
from dp_multitask.components.core.layout import Field, Kept, Version, statistics
from dp_multitask.components.core.shareable import EVALUATED
from dp_multitask.components.descriptors.descriptor import (
    EMBEDDINGS_OF_TYPES,
    FILTER_ORDER,
    SingleEmbedding,
)
from dp_multitask.components.descriptors.usual import head, usual
from dp_multitask.registry import native


@native("descriptor", "se_e2_a")
class DescrptSeA(SingleEmbedding):
    """One embedding network for each pair of types, or each neighbour type (one-side)."""

    in_pytorch = InPyTorch(
        filters("sea."),
        order=FILTER_ORDER,
        constants={"trainable": True},
    )
    verified = EVALUATED
    layout = (
        *head("se_e2_a", Version(1, 3, written=2), also=("se_a",)),
        *usual(
            "rcut", "rcut_smth", "sel", "neuron", "axis_neuron", "resnet_dt", "trainable",
            "type_one_side", "exclude_types", "env_protection", "set_davg_zero",
            "activation_function", "precision",
        ),
        Field("spin", "any", None, absent=None),
        *usual("env_mat"),
        EMBEDDINGS_OF_TYPES,
        statistics("len(sel)", "sum(sel)", 4),
        *usual("type_map"),
        Kept("compress"),
    )
