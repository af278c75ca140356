# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``se_a_ebd_v2``: ``se_e2_a`` with a stripped type embedding.

Only TensorFlow has it, and DeePMD-kit cannot serialise it; the layout is this package's own: that
of ``se_atten`` without attention. In TensorFlow the type embedding belongs to the model; here it
belongs to the descriptor, as in every other backend.
"""

from __future__ import annotations

from typing import Any

from dp_multitask.components.blocks.network import NetworkCollection
from dp_multitask.components.core.layout import Child, Field, Version, statistics
from dp_multitask.components.core.plan import Fields, Term
from dp_multitask.components.core.shareable import NO_PEER
from dp_multitask.components.descriptors.descriptor import (
    MixedTypes,
    SingleEmbedding,
    times_axis,
)
from dp_multitask.components.descriptors.usual import head, usual
from dp_multitask.errors import ShapeError
from dp_multitask.registry import native


@native("descriptor", "se_a_ebd_v2")
class DescrptSeAEbdV2(MixedTypes, SingleEmbedding):
    """One network for distances, one for type embeddings; ``sel`` tells types apart."""

    verified = NO_PEER
    layout = (
        *head("se_a_ebd_v2", Version(1, 1, written=1), also=("se_a_tpe_v2",)),
        *usual(
            "rcut", "rcut_smth", "sel", "ntypes", "neuron", "axis_neuron", "tebd_dim", "resnet_dt",
            "trainable", "type_one_side", "exclude_types", "env_protection", "set_davg_zero",
            "activation_function", "precision",
        ),
        Field("use_econf_tebd", "bool", default=False),
        Field("use_tebd_bias", "bool", default=False),
        Field("spin", "any", None),
        *usual("env_mat"),
        Child("embeddings", NetworkCollection),
        Child("embeddings_strip", NetworkCollection),
        *usual("type_embedding"),
        statistics("ntypes", "sum(sel)", 4),
        *usual("type_map"),
    )

    @classmethod
    def prepare(cls, fields: dict[str, Any], type_map: list[str] | None) -> None:
        """Check that ``sel`` has a number for each type."""
        super().prepare(fields, type_map)
        if len(fields["sel"]) != fields["ntypes"]:
            msg = f"'sel' has {len(fields['sel'])} entries, expected {fields['ntypes']}"
            raise ShapeError(msg, path=("sel",), hint="one for each type of the type map")

    @classmethod
    def dim_out(cls, fields: Fields) -> Term:
        """Give the width of the embedding times ``axis_neuron``, and of the type embedding."""
        width = times_axis(fields)
        return Term(f"{width.formula} + tebd_dim", width + fields["tebd_dim"])
