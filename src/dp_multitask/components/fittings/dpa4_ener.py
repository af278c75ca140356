# SPDX-License-Identifier: LGPL-3.0-or-later
"""The fitting net ``dpa4_ener``: an energy through gated linear units."""

from __future__ import annotations

import math
from typing import Any

from dp_multitask.components.core.component import Component
from dp_multitask.components.core.in_pytorch import InPyTorch
from dp_multitask.components.core.initial import constant, unit_normal, weight_matrix, zeros
from dp_multitask.components.core.layout import Field, Variables, Version, block
from dp_multitask.components.core.plan import Fields, Plan, PlannedVariable, Term
from dp_multitask.components.core.shareable import EVALUATED
from dp_multitask.components.fittings.fitting import Fitting, fitting_layout, in_dim
from dp_multitask.registry import native

_FILM_STRENGTH = math.log(0.01)


class GLUFittingNet(Component):
    """Layers of gated linear units, each of twice its width, then a linear one.

    Its variables have the flat names of PyTorch. With ``case_film_embd`` the case embedding
    scales and shifts the features instead of joining them.
    """

    in_pytorch = InPyTorch(flat=True)
    essential = ("in_dim", "out_dim", "neuron", "descriptor_dim")
    layout = (
        *block("GLUFittingNet", Version(1, 1, 1)),
        Field("in_dim", "size"),
        Field("out_dim", "size"),
        Field("neuron", "sizes"),
        Field("activation_function", "str"),
        Field("resnet_dt", "bool"),
        Field("precision", "str"),
        Field("bias_out", "bool"),
        Field("descriptor_dim", "size"),
        Field("dim_case_embd", "size"),
        Field("case_film_embd", "bool"),
        Variables(),
    )

    @classmethod
    def variables_of(cls, fields: Fields) -> dict[str, PlannedVariable]:
        """Give the hidden layers, what the case modulates them with, and the output layer."""
        planned: dict[str, PlannedVariable] = {}
        before: int = fields["in_dim"]
        widths = [Term(f"neuron[{i}]", width) for i, width in enumerate(fields["neuron"])]
        for index, width in enumerate(widths):
            double = Term(f"2 * {width.formula}", 2 * width)
            name = f"hidden_layers.{index}.linear"
            planned[f"{name}.matrix"] = ((before, double), weight_matrix)
            planned[f"{name}.bias"] = ((double,), unit_normal)
            before = width
        if fields["case_film_embd"]:
            planned |= _case_film(fields, widths)
        out = Term("out_dim", fields["out_dim"])
        planned["output_layer.matrix"] = ((before, out), weight_matrix)
        if fields["bias_out"]:
            planned["output_layer.bias"] = ((out,), unit_normal)
        return planned


def _case_film(fields: Fields, widths: list[Term]) -> dict[str, PlannedVariable]:
    """Give the variables that turn a case into factors and shifts, nearly none at first."""
    case = Term("dim_case_embd", fields["dim_case_embd"])
    descriptor = fields["descriptor_dim"]
    hidden = Term("32 * ceil(dim_case_embd / 8)", 32 * math.ceil(case / 8))
    code = Term("4 * descriptor_dim", 4 * descriptor)
    targets = [Term("descriptor_dim", descriptor), *widths]
    number = Term("len(neuron) + 1", len(targets))
    return {
        "case_film.adam_case_film_scale_strength_log": ((number,), constant(_FILM_STRENGTH)),
        "case_film.adam_case_film_shift_strength_log": ((number,), constant(_FILM_STRENGTH)),
        "case_film.case_layer1.matrix": ((case, hidden), weight_matrix),
        "case_film.case_layer2.matrix": ((hidden, code), weight_matrix),
        **{
            f"case_film.projectors.{index}": (
                (code, Term(f"2 * {target.formula}", 2 * target)),
                zeros,
            )
            for index, target in enumerate(targets)
        },
    }


def automatic_width(before: int) -> int:
    """Give the width that a 0 chooses: 8/3 of the input's, in steps of 32."""
    return 32 * math.ceil(8 * before / 3 / 32)


@native("fitting_net", "dpa4_ener")
class DPA4EnerFitting(Fitting):
    """The energy fitting net of DPA4; its tree's type is ``sezm_ener``."""

    verified = EVALUATED._replace(note="numpy: without cases")
    var_name = "energy"
    network_type = "sezm_fitting_network"
    layout = fitting_layout(
        "sezm_ener",
        4,
        Field("dim_out", "size", absent=1, only_in="tree"),
        Field("atom_ener", "list | null", [], absent=None),
        Field("case_film_embd", "bool", default=False, absent=False),
        Field("bias_out", "bool", default=False, only_in="config"),
        also=("dpa4_ener",),
        neuron=(0,),
        activation="silu",
        precision="float32",
        resnet_dt=False,
    )

    @classmethod
    def prepare(cls, fields: dict[str, Any], type_map: list[str] | None) -> None:
        """Put a width in the place of each 0 in ``neuron``: 8/3 of the input, in steps of 32."""
        super().prepare(fields, type_map)
        automatic = automatic_width(in_dim(fields))
        fields["neuron"] = [width or automatic for width in fields["neuron"]]
        fields["case_film_embd"] = fields["case_film_embd"] and fields["dim_case_embd"] > 0

    def fields(self) -> dict[str, Any]:
        """Take from the networks whether their outputs have a bias: only they say so."""
        networks = self.data["nets"].data["networks"]
        known = [each.data.get("bias_out", False) for each in networks if each is not None]
        return {**super().fields(), "bias_out": known[0] if known else False}

    @classmethod
    def network(cls, fields: Fields) -> Plan:
        """Plan one network of gated linear units."""
        return GLUFittingNet.plan_from(
            fields,
            in_dim=in_dim(fields),
            out_dim=cls.out_dim(fields),
            descriptor_dim=fields["dim_descrpt"],
        )
