# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``se_a_ebd_v2``: ``se_e2_a`` with a stripped type embedding.

Only TensorFlow has it, and DeePMD-kit cannot serialise it; the layout is this package's own: that
of ``se_atten`` without attention. In TensorFlow the type embedding belongs to the model; here it
belongs to the descriptor, as in every other backend.
"""

from __future__ import annotations

from typing import Any

from dp_multitask.components.blocks.layers import EnvMat
from dp_multitask.components.blocks.network import NetworkCollection
from dp_multitask.components.blocks.type_embedding import TypeEmbedNet
from dp_multitask.components.core.layout import (
    Child,
    ChildPlans,
    Constant,
    Field,
    Fields,
    Size,
    Version,
    statistics,
)
from dp_multitask.components.descriptors.descriptor import (
    MixedTypesDescriptor,
    embedding_with_types,
    environment,
    last_width,
    times_axis,
)
from dp_multitask.errors import ShapeError
from dp_multitask.registry import native


@native("descriptor", "se_a_ebd_v2")
class DescrptSeAEbdV2(MixedTypesDescriptor):
    """One network for distances, one for type embeddings; ``sel`` tells types apart."""

    __slots__ = ()
    layout = (
        Constant("@class", "Descriptor"),
        Constant("type", "se_a_ebd_v2", also=("se_a_tpe_v2",)),
        Version(1, 1, written=1),
        Field("rcut", "float", 6.0),
        Field("rcut_smth", "float", 0.5),
        Field("sel", "sizes | str", stored="sizes"),
        Field("ntypes", "size", only_in="tree"),
        Field("neuron", "sizes", [10, 20, 40]),
        Field("axis_neuron", "size", 4, aliases=("n_axis_neuron",)),
        Field("tebd_dim", "size", 8),
        Field("resnet_dt", "bool", default=False),
        Field("trainable", "bool", default=True),
        Field("type_one_side", "bool", default=False),
        Field("exclude_types", "pairs", []),
        Field("env_protection", "float", 0.0, absent=0.0),
        Field("set_davg_zero", "bool", default=False),
        Field("activation_function", "str", "tanh"),
        Field("precision", "str", "default"),
        Field("use_econf_tebd", "bool", default=False),
        Field("use_tebd_bias", "bool", default=False),
        Field("spin", "any", None),
        Child("env_mat", EnvMat),
        Child("embeddings", NetworkCollection),
        Child("embeddings_strip", NetworkCollection),
        Child("type_embedding", TypeEmbedNet),
        statistics("ntypes", "sum(sel)", 4),
        Field("type_map", "list | null", None, absent=None),
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
        sides = 1 if fields["type_one_side"] else 2
        width = Size("tebd_dim" if sides == 1 else "2 * tebd_dim", sides * fields["tebd_dim"])
        return {
            **embedding_with_types({**fields, "tebd_input_mode": "strip"}, width),
            "env_mat": environment(fields),
            "type_embedding": cls.type_embedding(fields, [fields["tebd_dim"]]),
        }

    @classmethod
    def dim_out(cls, fields: Fields) -> Size:
        """Give the width of the embedding times ``axis_neuron``, and of the type embedding."""
        width = times_axis(fields)
        return Size(f"{width.formula} + tebd_dim", width + fields["tebd_dim"])

    @classmethod
    def dim_emb(cls, fields: Fields) -> Size:
        """Give the width of the embedding."""
        return last_width(fields)
