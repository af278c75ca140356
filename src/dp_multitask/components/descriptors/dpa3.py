# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``dpa3``: message passing over atoms, edges and angles."""

from __future__ import annotations

from typing import Any, ClassVar

from dp_multitask.components.blocks.layers import Layer
from dp_multitask.components.blocks.repflow import ANGLES, RESIDUALS, RepflowBlock
from dp_multitask.components.blocks.type_embedding import TypeEmbedNet
from dp_multitask.components.core.component import Component
from dp_multitask.components.core.in_pytorch import InPyTorch
from dp_multitask.components.core.layout import Child, Field, Version
from dp_multitask.components.core.plan import ChildPlans, Fields, Plan, Term
from dp_multitask.components.core.reading import nested_fields, take_type_map
from dp_multitask.components.core.shareable import EVALUATED, FORGOTTEN, TYPE_EMBEDDING, Coverage
from dp_multitask.components.descriptors.descriptor import (
    Axes,
    Descriptor,
    given_sel,
    number_of_types,
    with_type_embedding,
)
from dp_multitask.components.descriptors.usual import head, type_embedding, usual
from dp_multitask.registry import native

CHARGES, MULTIPLICITIES = 200, 100
"""How many charges and spin multiplicities have a row of their own."""


class RepFlowArgs(Component):
    """The parameters of the flow."""

    config_only: ClassVar[tuple[str, ...]] = ()
    layout = (
        Field("n_dim", "size", 128),
        Field("e_dim", "size", 64),
        Field("a_dim", "size", 64),
        Field("nlayers", "depth", 6),
        Field("e_rcut", "float"),
        Field("e_rcut_smth", "float"),
        Field("e_sel", "size | str", stored="size"),
        Field("a_rcut", "float"),
        Field("a_rcut_smth", "float"),
        Field("a_sel", "size | str", stored="size"),
        *ANGLES,
        Field("update_angle", "bool", default=True),
        *RESIDUALS,
        Field("fix_stat_std", "float", 0.3),
        Field("optim_update", "bool", default=True),
        Field("smooth_edge_update", "bool", default=False),
        Field("edge_init_use_dist", "bool", default=False, aliases=("edge_use_dist",)),
        Field("use_exp_switch", "bool", default=False, aliases=("use_env_envelope",)),
        Field("use_dynamic_sel", "bool", default=False),
        Field("sel_reduce_factor", "float", 10.0),
        Field("sequential_update", "bool", default=False, absent=False),
        Field("skip_stat", "bool", default=False, only_in="config"),
    )


@native("descriptor", "dpa3")
class DescrptDPA3(Descriptor):
    """The type embedding, ``n_dim`` wide, flows through the layers."""

    in_pytorch = InPyTorch(
        {
            "type_embedding": "type_embedding.embedding",
            "chg_embedding": "chg_embedding.embedding",
            "spin_embedding": "spin_embedding.embedding",
            "repflow_variable": "repflows",
        },
        {"repflow_variable": "repflows"},
    )
    mixed_types = True
    verified = EVALUATED
    share_levels: ClassVar = {
        0: Coverage(("type_embedding/**", "repflow_variable/**")),
        1: TYPE_EMBEDDING,
    }
    apart: ClassVar = dict.fromkeys(
        ("chg_embedding/**", "spin_embedding/**", "mix_cs_mlp/**"),
        FORGOTTEN.format(what="charge and spin embedding"),
    )
    layout = (
        *head("dpa3", Version(1, 2, written=2)),
        *usual("ntypes"),
        Field("repflow", "dict", only_in="config"),
        Child("repflow_args", RepFlowArgs, needed=True),
        Field("concat_output_tebd", "bool", default=False),
        Field("activation_function", "str", "silu"),
        Field("precision", "str", "default"),
        *usual("exclude_types"),
        Field("env_protection", "float", 0.0),
        *usual("trainable"),
        Field("use_econf_tebd", "bool", default=False),
        Field("use_tebd_bias", "bool", default=False),
        Field("use_loc_mapping", "bool", default=True),
        Field("add_chg_spin_ebd", "bool", default=False, absent=False),
        Field("default_chg_spin", "list | null", None, absent=None),
        *usual("type_map"),
        Child("type_embedding", TypeEmbedNet),
        Child("chg_embedding", TypeEmbedNet),
        Child("spin_embedding", TypeEmbedNet),
        Child("mix_cs_mlp", Layer),
        Child("repflow_variable", RepflowBlock),
    )

    @classmethod
    def prepare(cls, fields: dict[str, Any], type_map: list[str] | None) -> None:
        """Write out the defaults; the precision is kept as it is given."""
        take_type_map(fields, type_map)
        fields["ntypes"] = number_of_types(fields["type_map"])
        flow = fields["repflow"] = nested_fields(RepFlowArgs, fields, "repflow")
        if flow.pop("skip_stat"):
            flow["fix_stat_std"] = 0.3
        for name in ("e_sel", "a_sel"):
            flow[name] = sum(given_sel(flow[name], name))

    def fields(self) -> dict[str, Any]:
        """Name the flow as a config does."""
        return {**super().fields(), "repflow": self.data["repflow_args"].fields()}

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan the embeddings and the flow."""
        flow = fields["repflow"]
        names = ("ntypes", "precision", "activation_function", "trainable")
        common = {name: fields[name] for name in names}
        plans: ChildPlans = {
            "repflow_args": Plan(RepFlowArgs, flow),
            "type_embedding": type_embedding({**fields, "tebd_dim": flow["n_dim"]}),
            "repflow_variable": RepflowBlock.plan_from({**flow, **common}),
        }
        if fields["add_chg_spin_ebd"]:
            width, precision = flow["n_dim"], fields["precision"]
            plans["chg_embedding"] = TypeEmbedNet.planned(CHARGES, [width], precision)
            plans["spin_embedding"] = TypeEmbedNet.planned(MULTIPLICITIES, [width], precision)
            plans["mix_cs_mlp"] = Layer.planned(
                Term("2 * n_dim", 2 * width), Term("n_dim", width), precision
            )
        return plans

    @classmethod
    def dim_out(cls, fields: Fields) -> Term:
        """Give the width of the atoms, and of the types where they are in the output."""
        width = Term("n_dim", fields["repflow"]["n_dim"])
        return with_type_embedding(width, {**fields, "tebd_dim": width})

    @classmethod
    def axes(cls) -> Axes:
        """Name the atoms and the edges."""
        return {("repflow",): {"n_dim": None, "e_dim": None}}

    @classmethod
    def reach(cls, fields: Fields) -> tuple[float, int]:
        """Give that of the edges."""
        return fields["repflow"]["e_rcut"], fields["repflow"]["e_sel"]

    @classmethod
    def dim_emb(cls, fields: Fields) -> Term:
        """Give the width of the edges."""
        return Term("e_dim", fields["repflow"]["e_dim"])
