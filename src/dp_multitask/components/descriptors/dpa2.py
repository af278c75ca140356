# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``dpa2``: an initial representation, then a representation transformer."""

from __future__ import annotations

from typing import Any, ClassVar

from dp_multitask.components.blocks.layers import EnvMat, Identity, Layer, environment, plain_layer
from dp_multitask.components.blocks.network import NetworkCollection
from dp_multitask.components.blocks.repformer import NORMALISATION, UPDATES, WIDTHS, RepformerBlock
from dp_multitask.components.blocks.type_embedding import TypeEmbedNet
from dp_multitask.components.core.component import Component
from dp_multitask.components.core.in_pytorch import InPyTorch, filters
from dp_multitask.components.core.initial import glorot_uniform
from dp_multitask.components.core.layout import Child, Field, Given, Kept, Version, statistics
from dp_multitask.components.core.plan import ChildPlans, Fields, Plan, Term
from dp_multitask.components.core.reading import nested_fields, take_type_map
from dp_multitask.components.core.shareable import EVALUATED, FORGOTTEN, TYPE_EMBEDDING, Coverage
from dp_multitask.components.descriptors.descriptor import (
    Axes,
    Descriptor,
    embedding_with_types,
    given_sel,
    last_width,
    number_of_types,
    times_axis,
    width_of_types,
    with_type_embedding,
)
from dp_multitask.components.descriptors.usual import head, type_embedding, usual
from dp_multitask.registry import native


class RepinitArgs(Component):
    """The parameters of the initial representation."""

    layout = (
        Field("rcut", "float"),
        Field("rcut_smth", "float"),
        Field("nsel", "size | str", stored="size"),
        Field("neuron", "sizes", [25, 50, 100]),
        Field("axis_neuron", "size", 16),
        *usual("tebd_dim"),
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

    layout = (
        Field("rcut", "float"),
        Field("rcut_smth", "float"),
        Field("nsel", "size | str", stored="size"),
        Field("nlayers", "depth", 3),
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

    in_pytorch = InPyTorch(filters(), filters(networks="embeddings"))
    layout = (
        Child("embeddings", NetworkCollection),
        Child("env_mat", EnvMat, environment),
        statistics("ntypes", "nsel", 4),
        Child("embeddings_strip", NetworkCollection),
        Kept("compress"),
        *map(Given, ("ntypes", "rcut", "rcut_smth", "nsel", "neuron", "types_width")),
        *map(Given, ("tebd_input_mode", "activation_function", "resnet_dt")),
        *map(Given, ("precision", "trainable")),
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan the network, or with ``strip`` the two networks."""
        mode = fields["tebd_input_mode"]
        networks = embedding_with_types(fields, fields["types_width"], mode)
        return super().children_of(fields) | networks


_BLOCKS = {
    "repinit_variable": "repinit",
    "repformers_variable": "repformers",
    "repinit_three_body_variable": "repinit_three_body",
}


@native("descriptor", "dpa2")
class DescrptDPA2(Descriptor):
    """Two-body (and three-body) embedding, brought to ``g1_dim``, then the transformer."""

    in_pytorch = InPyTorch(
        {"type_embedding": "type_embedding.embedding", **_BLOCKS},
        _BLOCKS,
    )
    mixed_types = True
    verified = EVALUATED
    share_levels: ClassVar = {
        0: Coverage(
            (
                "type_embedding/**",
                "repinit_variable/**",
                "repinit_three_body_variable/**",
                "g1_shape_tranform/**",
                "repformers_variable/**",
            )
        ),
        1: TYPE_EMBEDDING,
    }
    apart: ClassVar = {
        "tebd_transform/**": FORGOTTEN.format(what="transform of the type embedding")
    }
    layout = (
        *head("dpa2", Version(1, 4, written=3)),
        *usual("ntypes"),
        Field("repinit", "dict", only_in="config"),
        Field("repformer", "dict", only_in="config"),
        Child("repinit_args", RepinitArgs, needed=True),
        Child("repformer_args", RepformerArgs, needed=True),
        *usual("concat_output_tebd"),
        Field("precision", "str", "default"),
        Field("smooth", "bool", default=True),
        *usual("exclude_types", "env_protection", "trainable"),
        Field(
            "add_tebd_to_repinit_out",
            "bool",
            default=False,
            aliases=("repformer_add_type_ebd_to_seq",),
        ),
        Field("use_econf_tebd", "bool", default=False, absent=False),
        Field("use_tebd_bias", "bool", default=False, absent=True),
        *usual("type_map"),
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
        take_type_map(fields, type_map)
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
            "type_embedding": type_embedding({**fields, "tebd_dim": repinit["tebd_dim"]}),
            "repinit_variable": RepinitBlock.plan_from(
                {**repinit, **common}, types_width=width_of_types(repinit)
            ),
            "repformers_variable": RepformerBlock.plan_from({**repformer, **common}),
        }
        g1_dim = Term("g1_dim", repformer["g1_dim"])
        width: int = times_axis(repinit)
        formula = "neuron[-1] * axis_neuron"
        if repinit["use_three_body"]:
            plans["repinit_three_body_variable"] = _three_body({**repinit, **common})
            width += last_width({"neuron": repinit["three_body_neuron"]})
            formula += " + three_body_neuron[-1]"
        plans["g1_shape_tranform"] = (
            Plan(Identity, {})
            if width == g1_dim
            # PyTorch draws it uniformly; numpy as any other layer
            else plain_layer(fields, Term(formula, width), g1_dim, initial=glorot_uniform)
        )
        if fields["add_tebd_to_repinit_out"]:
            tebd_dim = Term("tebd_dim", repinit["tebd_dim"])
            plans["tebd_transform"] = plain_layer(fields, tebd_dim, g1_dim)
        return plans

    @classmethod
    def dim_out(cls, fields: Fields) -> Term:
        """Give the width of the atoms, and of the types where they are in the output."""
        repformer, repinit = fields["repformer"], fields["repinit"]
        width = Term("g1_dim", repformer["g1_dim"])
        return with_type_embedding(width, {**fields, "tebd_dim": repinit["tebd_dim"]})

    @classmethod
    def axes(cls) -> Axes:
        """Name both representations."""
        switched = {"g1_dim": "update_g1_has_drrd", "g2_dim": "update_g1_has_grrg"}
        return {("repinit",): {"neuron": None}, ("repformer",): switched}

    @classmethod
    def reach(cls, fields: Fields) -> tuple[float, int]:
        """Give that of the initial representation."""
        return fields["repinit"]["rcut"], fields["repinit"]["nsel"]

    @classmethod
    def dim_emb(cls, fields: Fields) -> Term:
        """Give the width of the pairs."""
        return Term("g2_dim", fields["repformer"]["g2_dim"])


def _three_body(fields: Fields) -> Plan:
    return RepinitBlock.plan_from(
        fields,
        neuron=fields["three_body_neuron"],
        nsel=fields["three_body_sel"],
        rcut=fields["three_body_rcut"],
        rcut_smth=fields["three_body_rcut_smth"],
        types_width=width_of_types({**fields, "type_one_side": False}),
    )
