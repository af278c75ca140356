# SPDX-License-Identifier: LGPL-3.0-or-later
"""The smallest building blocks: layers, and the numbers of the environment matrix.

Layouts and versions are those of DeePMD-kit 3.2.0. `planned` says what a block looks like;
parents call it.
"""

from __future__ import annotations

from typing import Any

from dp_multitask.components.core.component import Component
from dp_multitask.components.core.in_pytorch import InPyTorch
from dp_multitask.components.core.initial import (
    Initialiser,
    ones,
    precision_name,
    timestep,
    unit_normal,
    weight_matrix,
    zeros,
)
from dp_multitask.components.core.layout import (
    VARIABLES,
    Constant,
    Field,
    Given,
    Variable,
    Variables,
    Version,
    block,
)
from dp_multitask.components.core.plan import Fields, Plan, PlannedVariable, Term


class Identity(Component):
    """Nothing at all: where two widths agree and no layer is needed."""

    layout = (Constant("@class", "Identity"), Version(1, 1, 1))


class Layer(Component):
    """One dense layer: ``w`` of shape (in, out), ``b`` and ``idt`` of shape (out,) or null."""

    in_pytorch = InPyTorch({"w": "matrix", "b": "bias"})
    layout = (
        *block("Layer", Version(1, 2, 2)),
        Field("bias", "bool", absent=True),
        Field("use_timestep", "bool", absent=False),
        Field("activation_function", "str | null", absent=None),
        Field("resnet", "bool", absent=False),
        Field("precision", "str", absent="default"),
        Field("trainable", "bool", absent=True),
        Variables(),
        Given("num_in"),
        Given("num_out"),
        Given("cleared", default=False),
        Given("initial", weight_matrix),
    )

    @classmethod
    def planned(
        cls,
        num_in: int,
        num_out: int,
        precision: str,
        *,
        bias: bool = True,
        timestep: bool = False,
        activation: str = "none",
        resnet: bool = False,
        trainable: bool = True,
        cleared: bool = False,
        initial: Initialiser = weight_matrix,
    ) -> Plan:
        """Plan a layer; it has a timestep only where input and output allow a residual link.

        `cleared` fills it with zeros: DeePMD-kit does so for networks that are never used.
        """
        return Plan(
            cls,
            {
                "bias": bias,
                "use_timestep": timestep and num_out in (num_in, 2 * num_in),
                "activation_function": activation,
                "resnet": resnet,
                "precision": precision_name(precision),
                "trainable": trainable,
                "num_in": num_in,
                "num_out": num_out,
                "cleared": cleared,
                "initial": initial,
            },
        )

    @classmethod
    def variables_of(cls, fields: Fields) -> dict[str, PlannedVariable]:
        """``w``, and ``b`` and ``idt`` where the fields ask for them."""
        num_in, num_out = fields["num_in"], fields["num_out"]
        initials = (fields["initial"], unit_normal, timestep)
        w, b, idt = (zeros,) * 3 if fields["cleared"] else initials
        return {
            "w": ((num_in, num_out), w),
            "b": ((num_out,), b) if fields["bias"] else None,
            "idt": ((num_out,), idt) if fields["use_timestep"] else None,
        }

    @classmethod
    def tolerates(cls, name: str, found: tuple[int, ...], expected: tuple[int, ...]) -> bool:
        """TensorFlow writes vectors as rows."""
        return name != "w" and found == (1, *expected)

    def fields(self) -> dict[str, Any]:
        """Take the sizes from ``w``: a layer does not keep them itself."""
        num_in, num_out = (*_shape_of(self, "w"), 0, 0)[:2]
        return {**super().fields(), "num_in": num_in, "num_out": Term("width of w", num_out)}


class LayerNorm(Component):
    """Layer normalisation: ``w`` and ``b`` of shape (n,); the precision is kept as it is given."""

    in_pytorch = InPyTorch({"w": "matrix", "b": "bias"})
    layout = (
        *block("LayerNorm", Version(1, 1, 1)),
        Field("eps", "float"),
        Field("trainable", "bool"),
        Field("precision", "str"),
        Variables({"w": Variable(("num_in",), ones), "b": Variable(("num_in",), zeros)}),
        Given("num_in"),
    )

    @classmethod
    def after(cls, width: int, parent: Fields) -> Plan:
        """Plan the normalisation of `width` features, as the fields of an attention say."""
        trainable, eps = parent["trainable_ln"], parent["ln_eps"]
        return cls.plan_from(parent, num_in=width, eps=eps, trainable=trainable)

    def fields(self) -> dict[str, Any]:
        """Take the size from ``w``."""
        return {**super().fields(), "num_in": Term("width of w", (*_shape_of(self, "w"), 0)[0])}


class EnvMat(Component):
    """How the environment matrix is made: plain numbers, without class or version."""

    layout = (
        Field("rcut", "float"),
        Field("rcut_smth", "float"),
        Field("protection", "float", absent=0.0),
        Field("use_exp_switch", "bool", absent=False),
    )

    @classmethod
    def planned(cls, rcut: float, rcut_smth: float, protection: float = 0.0) -> Plan:
        """Plan the numbers."""
        fields = {"rcut": rcut, "rcut_smth": rcut_smth, "protection": protection}
        return Plan(cls, {**fields, "use_exp_switch": False})


def environment(fields: Fields) -> Plan:
    """Plan the environment matrix of a parent's own cut-off."""
    return EnvMat.planned(fields["rcut"], fields["rcut_smth"], fields.get("env_protection", 0.0))


def plain_layer(
    fields: Fields, num_in: int, num_out: int, *, bias: bool = False, **initial: Any
) -> Plan:
    """Plan a layer without activation, as precise and trainable as `fields` say."""
    precision, trainable = fields["precision"], fields["trainable"]
    return Layer.planned(num_in, num_out, precision, bias=bias, trainable=trainable, **initial)


def _shape_of(component: Component, name: str) -> tuple[int, ...]:
    shape: tuple[int, ...] = getattr(component.data.get(VARIABLES, {}).get(name), "shape", ())
    return shape
