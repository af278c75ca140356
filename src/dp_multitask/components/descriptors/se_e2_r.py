# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``se_e2_r``: two-body embedding of distances."""

from __future__ import annotations

from typing import Any, ClassVar

from dp_multitask.components.core.in_pytorch import InPyTorch, filters
from dp_multitask.components.core.layout import Field, Kept, Version, statistics
from dp_multitask.components.core.plan import Fields, Term
from dp_multitask.components.core.shareable import EVALUATED, Coverage
from dp_multitask.components.descriptors.descriptor import (
    EMBEDDINGS_OF_TYPES,
    FILTER_ORDER,
    Descriptor,
    last_width,
)
from dp_multitask.components.descriptors.usual import head, usual
from dp_multitask.registry import native


@native("descriptor", "se_e2_r")
class DescrptSeR(Descriptor):
    """One embedding network for each neighbour type; its tree's type is ``se_r``."""

    in_pytorch = InPyTorch(
        filters(),
        order=FILTER_ORDER,
        constants={"trainable": True, "env_mat/protection": 0.0},
    )
    verified = EVALUATED
    # a restarted job gives every branch its own statistics
    share_levels: ClassVar = {0: Coverage(("embeddings/**",), sometimes=("@variables/*",))}
    apart: ClassVar = {
        "@variables/*": "a restarted job of DeePMD-kit gives every branch its own statistics; "
        "they stay equal unless they are computed anew"
    }
    layout = (
        *head("se_r", Version(1, 3, written=2), also=("se_e2_r",)),
        *usual("rcut", "rcut_smth", "sel", "neuron", "resnet_dt", "trainable"),
        Field("type_one_side", "bool", default=False, absent=True),
        *usual(
            "exclude_types", "env_protection", "set_davg_zero", "activation_function", "precision",
        ),
        Field("spin", "any", None, absent=None),
        *usual("env_mat"),
        EMBEDDINGS_OF_TYPES,
        statistics("len(sel)", "sum(sel)", 1),
        *usual("type_map"),
        Kept("compress"),
    )

    @classmethod
    def prepare(cls, fields: dict[str, Any], type_map: list[str] | None) -> None:
        """Make it one-sided: PyTorch and numpy build nothing else, whatever the input says."""
        super().prepare(fields, type_map)
        fields["type_one_side"] = True

    @classmethod
    def dim_out(cls, fields: Fields) -> Term:
        """Give the width of the embedding."""
        return last_width(fields)
