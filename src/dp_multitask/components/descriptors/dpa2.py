# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``dpa2``: an initial representation, then a representation transformer."""

from __future__ import annotations

from typing import Any

from dp_multitask.components.blocks.layers import EnvMat, Identity, Layer
from dp_multitask.components.blocks.network import NetworkCollection
from dp_multitask.components.blocks.repformer import NORMALISATION, UPDATES, WIDTHS, RepformerBlock
from dp_multitask.components.blocks.type_embedding import TypeEmbedNet
from dp_multitask.components.core.component import Component
from dp_multitask.components.core.initial import glorot_uniform
from dp_multitask.components.core.layout import (
    Child,
    ChildPlans,
    Constant,
    Field,
    Fields,
    Kept,
    Plan,
    Size,
    Version,
    statistics,
)
from dp_multitask.components.core.reading import nested_fields
from dp_multitask.components.descriptors.descriptor import (
    MixedTypesDescriptor,
    embedding_with_types,
    given_sel,
    last_width,
    number_of_types,
    times_axis,
    with_type_embedding,
)
from dp_multitask.registry import native


class RepinitArgs(Component):
    """The parameters of the initial representation."""

    __slots__ = ()
    layout = (
        Field("rcut", "float"),
        Field("rcut_smth", "float"),
        Field("nsel", "size | str", stored="size"),
        Field("neuron", "sizes", [25, 50, 100]),
        Field("axis_neuron", "size", 16),
        Field("tebd_dim", "size", 8),
        Field("tebd_input_mode", "str", "concat"),
        Field("set_davg_zero", "bool", default=True),
        Field("activation_function", "str", "tanh"),
        Field("resnet_dt", "bool", default=False, absent=False),
        Field("type_one_side", "bool", default=False, absent=False),
        Field("use_three_body", "bool", default=False, absent=False),
        Field("three_body_neuron", "sizes", [2, 4, 8], absent=[2, 4, 8]),
        Field("three_body_sel", "size | str", 40, absent=40, stored="size"),
        Field("three_body_rcut", "float", 4.0, absent=4.0),
        Field("three_body_rcut_smth", "float", 0.5, absent=0.5),
    )


class RepformerArgs(Component):
    """The parameters of the transformer."""

    __slots__ = ()
    layout = (
        Field("rcut", "float"),
        Field("rcut_smth", "float"),
        Field("nsel", "size | str", stored="size"),
        Field("nlayers", "size", 3),
        *WIDTHS,
        Field("direct_dist", "bool", default=False),
        *UPDATES,
        Field("update_residual", "float", 0.001),
        Field("update_residual_init", "str", "norm"),
        Field("set_davg_zero", "bool", default=True),
        *NORMALISATION,
    )


class RepinitBlock(Component):
    """The networks of the initial representation and the statistics of its environment."""

    __slots__ = ()
    layout = (
        Child("embeddings", NetworkCollection),
        Child("env_mat", EnvMat),
        statistics("ntypes", "nsel", 4),
        Child("embeddings_strip", NetworkCollection),
        Kept("compress"),
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan the network, or with ``strip`` the two networks."""
        environment = EnvMat.planned(fields["rcut"], fields["rcut_smth"])
        return {**embedding_with_types(fields, fields["types_width"]), "env_mat": environment}


@native("descriptor", "dpa2")
class DescrptDPA2(MixedTypesDescriptor):
    """Two-body (and three-body) embedding, brought to ``g1_dim``, then the transformer."""

    __slots__ = ()
    layout = (
        Constant("@class", "Descriptor"),
        Constant("type", "dpa2"),
        Version(1, 4, written=3),
        Field("ntypes", "size", only_in="tree"),
        Field("repinit", "dict", only_in="config"),
        Field("repformer", "dict", only_in="config"),
        Child("repinit_args", RepinitArgs, needed=True),
        Child("repformer_args", RepformerArgs, needed=True),
        Field("concat_output_tebd", "bool", default=True),
        Field("precision", "str", "default"),
        Field("smooth", "bool", default=True),
        Field("exclude_types", "pairs", []),
        Field("env_protection", "float", 0.0, absent=0.0),
        Field("trainable", "bool", default=True),
        Field(
            "add_tebd_to_repinit_out",
            "bool",
            default=False,
            aliases=("repformer_add_type_ebd_to_seq",),
        ),
        Field("use_econf_tebd", "bool", default=False, absent=False),
        Field("use_tebd_bias", "bool", default=False, absent=True),
        Field("type_map", "list | null", None, absent=None),
        Child("type_embedding", TypeEmbedNet),
        Child("g1_shape_tranform"),
        Child("tebd_transform", Layer),
        Child("repinit_variable", RepinitBlock),
        Child("repformers_variable", RepformerBlock),
        Child("repinit_three_body_variable", RepinitBlock),
    )

    @classmethod
    def prepare(cls, fields: dict[str, Any], type_map: list[str] | None) -> None:
        """Write out the defaults of both parts; the precision is kept as it is given."""
        if fields["type_map"] is None:
            fields["type_map"] = None if type_map is None else list(type_map)
        fields["ntypes"] = number_of_types(fields["type_map"])
        repinit = fields["repinit"] = nested_fields(RepinitArgs, fields, "repinit")
        repformer = fields["repformer"] = nested_fields(RepformerArgs, fields, "repformer")
        if repformer["ln_eps"] is None:
            repformer["ln_eps"] = 1e-5
        for part, name in ((repinit, "nsel"), (repformer, "nsel"), (repinit, "three_body_sel")):
            part[name] = sum(given_sel(part[name], name))

    def fields(self) -> dict[str, Any]:
        """Name the parts as a config does."""
        return {
            **super().fields(),
            "repinit": self.data["repinit_args"].fields(),
            "repformer": self.data["repformer_args"].fields(),
        }

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan both parts and what stands between them."""
        repinit, repformer = fields["repinit"], fields["repformer"]
        common = {name: fields[name] for name in ("ntypes", "precision", "smooth", "trainable")}
        plans: ChildPlans = {
            "repinit_args": Plan(RepinitArgs, repinit),
            "repformer_args": Plan(RepformerArgs, repformer),
            "type_embedding": cls.type_embedding(fields, [repinit["tebd_dim"]]),
            "repinit_variable": _repinit(repinit, common),
            "repformers_variable": Plan(RepformerBlock, {**repformer, **common}),
        }
        g1_dim = Size("g1_dim", repformer["g1_dim"])
        width: int = times_axis(repinit)
        formula = "neuron[-1] * axis_neuron"
        if repinit["use_three_body"]:
            plans["repinit_three_body_variable"] = _three_body(repinit, common)
            width += last_width({"neuron": repinit["three_body_neuron"]})
            formula += " + three_body_neuron[-1]"
        plans["g1_shape_tranform"] = (
            Plan(Identity, {})
            if width == g1_dim
            # PyTorch draws it uniformly; numpy as any other layer
            else _linear(Size(formula, width), g1_dim, fields, initial=glorot_uniform)
        )
        if fields["add_tebd_to_repinit_out"]:
            tebd_dim = Size("tebd_dim", repinit["tebd_dim"])
            plans["tebd_transform"] = _linear(tebd_dim, g1_dim, fields)
        return plans

    @classmethod
    def dim_out(cls, fields: Fields) -> Size:
        """Give the width of the atoms, and of the types where they are in the output."""
        repformer, repinit = fields["repformer"], fields["repinit"]
        width = Size("g1_dim", repformer["g1_dim"])
        return with_type_embedding(width, {**fields, "tebd_dim": repinit["tebd_dim"]})

    @classmethod
    def dim_emb(cls, fields: Fields) -> Size:
        """Give the width of the pairs."""
        return Size("g2_dim", fields["repformer"]["g2_dim"])


def _linear(num_in: Size, num_out: Size, fields: Fields, **initial: Any) -> Plan:
    precision, trainable = fields["precision"], fields["trainable"]
    return Layer.planned(num_in, num_out, precision, bias=False, trainable=trainable, **initial)


def _repinit(repinit: Fields, common: Fields) -> Plan:
    sides = 1 if repinit["type_one_side"] else 2
    width = Size("tebd_dim" if sides == 1 else "2 * tebd_dim", sides * repinit["tebd_dim"])
    return Plan(RepinitBlock, {**repinit, **common, "types_width": width})


def _three_body(repinit: Fields, common: Fields) -> Plan:
    fields = {
        **repinit,
        **common,
        "neuron": repinit["three_body_neuron"],
        "nsel": repinit["three_body_sel"],
        "rcut": repinit["three_body_rcut"],
        "rcut_smth": repinit["three_body_rcut_smth"],
        "types_width": Size("2 * tebd_dim", 2 * repinit["tebd_dim"]),
    }
    return Plan(RepinitBlock, fields)
