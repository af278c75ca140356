# SPDX-License-Identifier: LGPL-3.0-or-later
"""The representation flow of ``dpa3``: its layers update atoms, edges and angles."""

from __future__ import annotations

from typing import Any

from dp_multitask.components.blocks.layers import EnvMat, Layer, plain_layer
from dp_multitask.components.blocks.repformer import WEIGHTS, residual
from dp_multitask.components.core.component import Component
from dp_multitask.components.core.in_pytorch import InPyTorch, filters
from dp_multitask.components.core.initial import constant
from dp_multitask.components.core.layout import (
    Child,
    Children,
    Entry,
    Field,
    Given,
    Variables,
    Version,
    block,
    statistics,
)
from dp_multitask.components.core.plan import ChildPlans, Fields, PlannedVariable, Term
from dp_multitask.components.core.planning import repeated

ANGLES: tuple[Entry, ...] = (
    Field("a_compress_rate", "size", 0),
    Field("a_compress_e_rate", "size", 1),
    Field("a_compress_use_split", "bool", default=False),
    Field("n_multi_edge_message", "depth", 1),
    Field("axis_neuron", "size", 4),
)
RESIDUALS: tuple[Entry, ...] = (
    Field("update_style", "str", "res_residual"),
    Field("update_residual", "float", 0.1),
    Field("update_residual_init", "str", "const"),
)


LAYER: tuple[Entry, ...] = (
    Field("e_rcut", "float"),
    Field("e_rcut_smth", "float"),
    Field("e_sel", "sizes | size"),
    Field("a_rcut", "float"),
    Field("a_rcut_smth", "float"),
    Field("a_sel", "sizes | size"),
    Field("ntypes", "size"),
    Field("n_dim", "size"),
    Field("e_dim", "size"),
    Field("a_dim", "size"),
    *ANGLES,
    Field("activation_function", "str"),
    Field("update_angle", "bool"),
    *RESIDUALS,
    Field("precision", "str"),
    Field("optim_update", "bool", absent=True),
    Field("smooth_edge_update", "bool", absent=False),
    Field("use_dynamic_sel", "bool", absent=False),
    Field("sel_reduce_factor", "float", absent=10.0),
    Field("sequential_update", "bool", absent=False),
)


class RepFlowLayer(Component):
    """One update of the atoms (n), the edges (e) and the angles (a)."""

    essential = ("n_dim", "e_dim", "a_dim", "update_angle")
    layout = (
        *block("RepFlowLayer", Version(1, 2, 2)),
        *LAYER,
        Child("node_self_mlp", Layer),
        Child("node_sym_linear", Layer),
        Child("node_edge_linear", Layer),
        Child("edge_self_linear", Layer),
        Child("edge_angle_linear1", Layer),
        Child("edge_angle_linear2", Layer),
        Child("angle_self_linear", Layer),
        Child("a_compress_n_linear", Layer),
        Child("a_compress_e_linear", Layer),
        Variables(),
        Given("trainable", default=True),
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan the layers of atoms and edges, and of angles where they are updated."""
        node, edge = Term("n_dim", fields["n_dim"]), Term("e_dim", fields["e_dim"])
        axis, messages = fields["axis_neuron"], fields["n_multi_edge_message"]
        around = Term("2 * n_dim + e_dim", 2 * node + edge)
        symmetric = Term("(n_dim + e_dim) * axis_neuron", (node + edge) * axis)
        plans: ChildPlans = {
            "node_self_mlp": plain_layer(fields, node, node, bias=True),
            "node_sym_linear": plain_layer(fields, symmetric, node, bias=True),
            "node_edge_linear": plain_layer(
                fields,
                around,
                Term("n_dim * n_multi_edge_message", node * messages),
                bias=True,
            ),
            "edge_self_linear": plain_layer(fields, around, edge, bias=True),
        }
        if fields["update_angle"]:
            plans.update(cls._angles(fields, node, edge))
        return plans

    @staticmethod
    def _angles(fields: Fields, node: Term, edge: Term) -> ChildPlans:
        angle, rate = Term("a_dim", fields["a_dim"]), fields["a_compress_rate"]
        e_rate = fields["a_compress_e_rate"]
        plans: ChildPlans = {}
        if rate == 0:
            width = Term("a_dim + n_dim + 2 * e_dim", angle + node + 2 * edge)
        else:
            formula = "a_dim + (1 + a_compress_e_rate) * (a_dim // a_compress_rate)"
            width = Term(formula, angle + (1 + e_rate) * (angle // rate))
            if not fields["a_compress_use_split"]:
                nodes = Term("a_dim // a_compress_rate", angle // rate)
                edges = Term(
                    "a_dim // (2 * a_compress_rate) * a_compress_e_rate",
                    angle // (2 * rate) * e_rate,
                )
                plans["a_compress_n_linear"] = plain_layer(fields, node, nodes)
                plans["a_compress_e_linear"] = plain_layer(fields, edge, edges)
        plans["edge_angle_linear1"] = plain_layer(fields, width, edge, bias=True)
        plans["edge_angle_linear2"] = plain_layer(fields, edge, edge, bias=True)
        plans["angle_self_linear"] = plain_layer(fields, width, angle, bias=True)
        return plans

    @classmethod
    def variables_of(cls, fields: Fields) -> dict[str, PlannedVariable]:
        """Give the residual weights, one vector an update; only ``res_residual`` has them."""
        if fields["update_style"] != "res_residual":
            return {}
        one, angles = residual(fields), int(fields["update_angle"])
        numbers = {"n": 2 + fields["n_multi_edge_message"], "e": 1 + angles, "a": angles}
        return {
            f"{name}_residual": [((Term(f"{name}_dim", fields[f"{name}_dim"]),), one)] * number
            for name, number in numbers.items()
        }


_PLACES = filters() | {"repflow_layers": "layers"}


class RepflowBlock(Component):
    """The layers, and the statistics of their environment; without class or version."""

    in_pytorch = InPyTorch(_PLACES, _PLACES)
    layout = (
        Child("edge_embd", Layer),
        Child("angle_embd", Layer),
        Children("repflow_layers", RepFlowLayer),
        Child("env_mat", EnvMat),
        statistics("ntypes", "e_sel", 4),
        Given("nlayers"),
        Given("fix_stat_std"),
        *(Given(entry.name) for entry in (*LAYER, *WEIGHTS[:1])),
    )

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan ``nlayers`` equal layers."""
        layer = RepFlowLayer.plan_from(fields, e_sel=[fields["e_sel"]])
        edge, angle = Term("e_dim", fields["e_dim"]), Term("a_dim", fields["a_dim"])
        return {
            "edge_embd": plain_layer(fields, Term("1", 1), edge, bias=True),
            "angle_embd": plain_layer(fields, Term("1", 1), angle),
            "repflow_layers": repeated(layer, fields["nlayers"], "layers"),
            "env_mat": EnvMat.planned(fields["e_rcut"], fields["e_rcut_smth"]),
        }

    @classmethod
    def variables_of(cls, fields: Fields) -> dict[str, PlannedVariable]:
        """Give the statistics; the deviation may be fixed from the start."""
        planned = super().variables_of(fields)
        davg: Any = planned["davg"]
        return {**planned, "dstd": (davg[0], constant(fields["fix_stat_std"] or 1.0))}
