# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``dpa4c``: invariants of the moments of one neighbourhood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from dp_multitask.components.blocks.invariants import (
    ChargeStateEmbedding,
    InvariantReadout,
    OrderedPairFiLM,
    SpinChannels,
    bispectrum_width,
    common,
    degree_channels,
    probe_ranks,
    triangle,
)
from dp_multitask.components.blocks.layers import Layer
from dp_multitask.components.blocks.sezm.parts import (
    RadialBasis,
    SeZMTypeEmbedding,
    SwiGLUMLP,
    swiglu_width,
)
from dp_multitask.components.core.initial import ones, precision_name, zeros
from dp_multitask.components.core.layout import Child, Field, Variable, Variables, Version
from dp_multitask.components.core.plan import ChildPlans, Fields, Plan, Term
from dp_multitask.components.core.reading import take_type_map
from dp_multitask.components.core.shareable import NUMPY, Coverage, Verified
from dp_multitask.components.descriptors.descriptor import Descriptor, number_of_types
from dp_multitask.components.descriptors.usual import head, usual
from dp_multitask.errors import ComponentError
from dp_multitask.registry import native

CHANNELS, DEGREES = (8, 16, 32, 64, 128), (2, 3, 4)
"""The values of ``channels`` and ``lmax`` that DeePMD-kit knows."""


@native("descriptor", "dpa4c")
class DescrptDPA4C(Descriptor):
    """Radial functions conditioned on the pair of types, their moments, and what is invariant."""

    mixed_types = True
    verified = Verified(NUMPY, NUMPY, NUMPY, note="PyTorch does not have it")
    share_levels: ClassVar[dict[int, Coverage]] = {}
    config_only = ("type", "ntypes", "use_amp")
    layout = (
        *head("dpa4c", Version(1, 1, written=1), also=("DPA4C",)),
        *usual("rcut", "ntypes"),
        Field("channels", "size", 32),
        Field("lmax", "size", 2),
        Field("basis_type", "str", "bessel"),
        Field("n_radial", "size", 16),
        Field("radial_modes", "size", 0),
        *usual("exclude_types"),
        Field("precision", "str", "float32"),
        *usual("trainable"),
        Field("type_map", "list | null", None),
        Field("seed", "int | list | null", None),
        Field("use_spin", "list | null", None),
        Field("add_chg_spin_ebd", "bool", default=False),
        Field("default_chg_spin", "list | null", None),
        Field("spin", "null", None),
        Child("spin_channels", SpinChannels),
        Child("charge_spin_embedding", ChargeStateEmbedding),
        Child("type_embedding", SeZMTypeEmbedding),
        Child("radial_basis", RadialBasis),
        Child("radial_embedding", SwiGLUMLP),
        Child("radial_mode_head", Layer),
        Child("pair_film", OrderedPairFiLM),
        Child("readout", InvariantReadout),
        Variables(
            {"mean": Variable(("dim_out",), zeros), "stddev": Variable(("dim_out",), ones)}
        ),
    )

    @classmethod
    def prepare(cls, fields: dict[str, Any], type_map: list[str] | None) -> None:
        """Write out the defaults and refuse sizes that DeePMD-kit does not know."""
        _check_sizes(fields)
        if fields["rcut"] <= 0:
            msg = f"'rcut' is {fields['rcut']}, expected a positive number"
            raise ComponentError(msg, path=("rcut",))
        fields["precision"] = precision_name(fields["precision"])
        fields["basis_type"] = fields["basis_type"].lower()
        take_type_map(fields, type_map)
        fields["ntypes"] = number_of_types(fields["type_map"])

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Plan every block; spin, charge and radial modes are null where they are not used."""
        _check_sizes(fields)
        channels, n_radial = fields["channels"], fields["n_radial"]
        precision, trainable = fields["precision"], fields["trainable"]
        modes, hidden = fields["radial_modes"], swiglu_width(channels)
        widths = degree_channels(channels, fields["lmax"])
        spin = None if fields["use_spin"] is None else widths[2]
        shared = common(fields)
        plans: ChildPlans = {
            "spin_channels": None,
            "charge_spin_embedding": None,
            "radial_mode_head": None,
            "type_embedding": SeZMTypeEmbedding.planned(
                fields["ntypes"], channels, precision, trainable=trainable
            ),
            "radial_basis": RadialBasis.planned(
                fields["rcut"], fields["basis_type"], n_radial, precision
            ),
            "radial_embedding": SwiGLUMLP.planned(
                [n_radial, hidden, channels], precision, trainable=trainable
            ),
            "pair_film": Plan(
                OrderedPairFiLM, {**shared, "radial_modes": modes, "spin_channels": spin or 0}
            ),
            "readout": Plan(InvariantReadout, {**shared, "lmax": fields["lmax"]}),
        }
        if spin is not None:
            types = {name: fields[name] for name in ("ntypes", "use_spin")}
            plans["spin_channels"] = Plan(
                SpinChannels, {**shared, **types, "degree_channels": widths}
            )
        if fields["add_chg_spin_ebd"]:
            width = Term("2 * hidden width of the pairs", 2 * swiglu_width(2 * channels))
            plans["charge_spin_embedding"] = Plan(
                ChargeStateEmbedding, {**shared, "pair_hidden_width": width}
            )
        if modes:
            plans["radial_mode_head"] = Layer.planned(
                Term("hidden width of the radial functions", hidden),
                Term("radial_modes", modes),
                precision,
                bias=False,
                trainable=trainable,
            )
        return plans

    @classmethod
    def terms(cls, fields: Fields) -> Mapping[str, int]:
        """Give the output width: there is one mean for each invariant."""
        return {"dim_out": cls.dim_out(fields)}

    @classmethod
    def dim_out(cls, fields: Fields) -> Term:
        """Count scalars, pairs within a degree, triples of probes, and spin."""
        _check_sizes(fields)
        widths = degree_channels(fields["channels"], fields["lmax"])
        ranks = probe_ranks(widths)
        pairs = sum(triangle(width) for width in widths[1:])
        width = 2 * widths[0] + pairs + bispectrum_width(ranks) + ranks[0] * ranks[1] + 2
        if fields["use_spin"] is not None:
            spin, quadrupoles = widths[2], 2
            width += triangle(1 + 2 * spin) + triangle(quadrupoles) - 1
            width += quadrupoles * widths[2] + 2 * spin
        return Term("number of invariants", width)


def _check_sizes(fields: Fields) -> None:
    for name, known in (("channels", CHANNELS), ("lmax", DEGREES)):
        if fields[name] not in known:
            msg = f"{name!r} is {fields[name]}, expected one of {', '.join(map(str, known))}"
            raise ComponentError(msg, path=(name,))
