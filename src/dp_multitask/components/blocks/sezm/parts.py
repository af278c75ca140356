# SPDX-License-Identifier: LGPL-3.0-or-later
"""Building blocks of the SeZM family (``dpa4``, ``dpa4c``) that have trees of their own."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dp_multitask.components.core.component import Component
from dp_multitask.components.core.initial import (
    Initialiser,
    normal,
    precision_name,
    weight_matrix,
    zeros,
)
from dp_multitask.components.core.layout import Constant, Field, Given, Variables, Version, block
from dp_multitask.components.core.plan import Fields, Plan, PlannedVariable, Term

if TYPE_CHECKING:
    import numpy as np

    from dp_multitask.components.core.initial import Array


class _Configured(Component):
    """A block that keeps its fields under ``config``."""

    @classmethod
    def precision_of(cls, fields: Fields) -> str:
        """Name the configured precision."""
        precision: str = fields["config"]["precision"]
        return precision


def _configured_layout(name: str) -> tuple[Any, ...]:
    return (Constant("@class", name), Version(1, 1, 1), Field("config", "dict"), Variables())


class SeZMTypeEmbedding(_Configured):
    """A table with a row for each type; the padding row is zero."""

    essential = ("config",)
    layout = _configured_layout("SeZMTypeEmbedding")

    @classmethod
    def planned(
        cls, ntypes: int, width: int, precision: str, *, trainable: bool, padding: bool = True
    ) -> Plan:
        """Plan a table of `ntypes` rows."""
        config = {
            "ntypes": int(ntypes),
            "embed_dim": int(width),
            "precision": precision_name(precision),
            "trainable": trainable,
            "padding": padding,
            "seed": None,
        }
        return Plan(cls, {"config": config})

    @classmethod
    def variables_of(cls, fields: Fields) -> dict[str, PlannedVariable]:
        """Give the table."""
        config = fields["config"]
        ntypes, width, padding = config["ntypes"], config["embed_dim"], config["padding"]
        rows = Term("ntypes + 1", ntypes + 1) if padding else Term("ntypes", ntypes)
        shape = (rows, Term("embed_dim", width))
        return {"adam_type_embedding": (shape, type_table(ntypes, width))}


def type_table(ntypes: int, width: int) -> Initialiser:
    """Draw a row for each type, of deviation ``1 / sqrt(ntypes + width)``; other rows are zero."""
    draw = normal(1.0 / math.sqrt(ntypes + width))

    def table(rng: np.random.Generator, shape: tuple[int, ...], dtype: Any) -> Array:
        values = draw(rng, shape, dtype)
        values[ntypes:] = 0.0
        return values

    return table


class RadialBasis(_Configured):
    """The frequencies, or centres, of the radial functions."""

    essential = ("config",)
    layout = _configured_layout("RadialBasis")

    @classmethod
    def planned(cls, rcut: float, basis_type: str, n_radial: int, precision: str) -> Plan:
        """Plan `n_radial` functions, without the envelope that another block has."""
        config = {
            "rcut": float(rcut),
            "basis_type": basis_type.lower(),
            "n_radial": n_radial,
            "exponent": 5,
            "apply_envelope": False,
            "precision": precision_name(precision),
        }
        return Plan(cls, {"config": config})

    @classmethod
    def variables_of(cls, fields: Fields) -> dict[str, PlannedVariable]:
        """Give the frequencies ``n pi / rcut``, or evenly spaced centres."""
        config = fields["config"]
        rcut, number = config["rcut"], config["n_radial"]
        draw = frequencies(rcut, config["basis_type"], number)
        return {"adam_freqs": ((1, Term("n_radial", number)), draw)}


def frequencies(rcut: float, basis_type: str, number: int) -> Initialiser:
    """Give the frequencies ``n pi / rcut`` of a Bessel basis, or evenly spaced centres."""

    def values(rng: np.random.Generator, shape: tuple[int, ...], dtype: Any) -> Array:
        import numpy as np

        if basis_type == "bessel":
            found = np.arange(1, number + 1, dtype=dtype) * (np.pi / rcut)
        else:
            found = np.linspace(0.0, rcut, number, dtype=dtype)
        return np.asarray(found, dtype).reshape(shape)

    return values


class SwiGLUMLP(Component):
    """Layers without bias; all but the last are twice as wide, half of them gates."""

    essential = ("mlp_layers",)
    layout = (
        *block("SwiGLUMLP", Version(1, 1, 1)),
        Field("mlp_layers", "sizes"),
        Field("output_scale", "float"),
        Field("precision", "str"),
        Field("trainable", "bool"),
        Variables(),
        Given("last", zeros),
    )

    @classmethod
    def planned(
        cls,
        widths: Sequence[int],
        precision: str,
        *,
        trainable: bool,
        output_scale: float = 1.0,
        last: Initialiser = weight_matrix,
    ) -> Plan:
        """Plan layers of given widths; `last` is the distribution of the last one."""
        fields: dict[str, Any] = {
            "mlp_layers": [int(width) for width in widths],
            "output_scale": output_scale,
            "precision": precision_name(precision),
            "trainable": trainable,
            "last": last,
        }
        return Plan(cls, fields)

    @classmethod
    def variables_of(cls, fields: Fields) -> dict[str, PlannedVariable]:
        """Give the matrices, named by their layer."""
        widths = fields["mlp_layers"]
        planned: dict[str, PlannedVariable] = {}
        for index, (before, after) in enumerate(itertools.pairwise(widths)):
            is_last = index == len(widths) - 2
            out = Term(f"mlp_layers[{index + 1}]", after)
            if not is_last:
                out = Term(f"2 * {out.formula}", 2 * after)
            initial = fields["last"] if is_last else weight_matrix
            planned[f"{index}.matrix"] = ((Term(f"mlp_layers[{index}]", before), out), initial)
        return planned


def swiglu_width(width: int) -> int:
    """Give the hidden width for `width`: 8/3 of it, rounded up to a multiple of 8."""
    return 8 * ((8 * width + 23) // 24)
