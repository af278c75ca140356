# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``se_a_ebd_v2``: ``se_e2_a`` with a stripped type embedding.

Only TensorFlow has it, and DeePMD-kit cannot serialise it; the layout is this package's own: that
of ``se_atten`` without attention. In TensorFlow the type embedding belongs to the model; here it
belongs to the descriptor, as in every other backend.
"""

from __future__ import annotations

from typing import Any

from dp_multitask.components.blocks.network import NetworkCollection
from dp_multitask.components.core.layout import (
    Child,
    ChildPlans,
    Constant,
    Field,
    Fields,
    Term,
    Version,
    statistics,
)
from dp_multitask.components.core.shareable import NO_PEER
from dp_multitask.components.descriptors.descriptor import (
    ACTIVATION,
    AXIS_NEURON,
    CUT_OFF,
    ENV_MAT,
    ENV_PROTECTION,
    EXCLUDE_TYPES,
    NEURON,
    NTYPES,
    PRECISION,
    RESNET_DT,
    SEL,
    SET_DAVG_ZERO,
    TRAINABLE,
    TYPE_EMBEDDING_NET,
    TYPE_MAP,
    TYPE_ONE_SIDE,
    MixedTypes,
    SingleEmbedding,
    embedding_with_types,
    times_axis,
    width_of_types,
)
from dp_multitask.errors import ShapeError
from dp_multitask.registry import native


@native("descriptor", "se_a_ebd_v2")
class DescrptSeAEbdV2(MixedTypes, SingleEmbedding):
    """One network for distances, one for type embeddings; ``sel`` tells types apart."""

    __slots__ = ()
    verified = NO_PEER
    layout = (
        Constant("@class", "Descriptor"),
        Constant("type", "se_a_ebd_v2", also=("se_a_tpe_v2",)),
        Version(1, 1, written=1),
        *CUT_OFF,
        SEL,
        NTYPES,
        NEURON,
        AXIS_NEURON,
        Field("tebd_dim", "size", 8),
        RESNET_DT,
        TRAINABLE,
        TYPE_ONE_SIDE,
        EXCLUDE_TYPES,
        ENV_PROTECTION,
        SET_DAVG_ZERO,
        ACTIVATION,
        PRECISION,
        Field("use_econf_tebd", "bool", default=False),
        Field("use_tebd_bias", "bool", default=False),
        Field("spin", "any", None),
        ENV_MAT,
        Child("embeddings", NetworkCollection),
        Child("embeddings_strip", NetworkCollection),
        TYPE_EMBEDDING_NET,
        statistics("ntypes", "sum(sel)", 4),
        TYPE_MAP,
    )

    @classmethod
    def prepare(cls, fields: dict[str, Any], type_map: list[str] | None) -> None:
        """Check that ``sel`` has a number for each type."""
        super().prepare(fields, type_map)
        if len(fields["sel"]) != fields["ntypes"]:
            msg = f"'sel' has {len(fields['sel'])} entries, expected {fields['ntypes']}"
            raise ShapeError(msg, path=("sel",), hint="one for each type of the type map")

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan both networks and the type embedding."""
        networks = embedding_with_types(fields, width_of_types(fields), "strip")
        return super().children_of(fields) | networks

    @classmethod
    def dim_out(cls, fields: Fields) -> Term:
        """Give the width of the embedding times ``axis_neuron``, and of the type embedding."""
        width = times_axis(fields)
        return Term(f"{width.formula} + tebd_dim", width + fields["tebd_dim"])
