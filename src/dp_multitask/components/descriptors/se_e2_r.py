# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``se_e2_r``: two-body embedding of distances."""

from __future__ import annotations

from typing import Any, ClassVar

from dp_multitask.components.core.in_pytorch import InPyTorch
from dp_multitask.components.core.layout import (
    Constant,
    Field,
    Fields,
    Kept,
    Term,
    Version,
    statistics,
)
from dp_multitask.components.core.shareable import EVALUATED, Coverage
from dp_multitask.components.descriptors.descriptor import (
    ACTIVATION,
    CUT_OFF,
    EMBEDDINGS_OF_TYPES,
    ENV_MAT,
    ENV_PROTECTION,
    EXCLUDE_TYPES,
    FILTER_ORDER,
    NEURON,
    PRECISION,
    RESNET_DT,
    SEL,
    SET_DAVG_ZERO,
    TRAINABLE,
    TYPE_MAP,
    Descriptor,
    last_width,
)
from dp_multitask.registry import native


@native("descriptor", "se_e2_r")
class DescrptSeR(Descriptor):
    """One embedding network for each neighbour type; its tree's type is ``se_r``."""

    __slots__ = ()
    in_pytorch = InPyTorch(
        {"embeddings": "filter_layers", "davg": "mean", "dstd": "stddev"},
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
        Constant("@class", "Descriptor"),
        Constant("type", "se_r", also=("se_e2_r",)),
        Version(1, 3, written=2),
        *CUT_OFF,
        SEL,
        NEURON,
        RESNET_DT,
        TRAINABLE,
        Field("type_one_side", "bool", default=False, absent=True),
        EXCLUDE_TYPES,
        ENV_PROTECTION,
        SET_DAVG_ZERO,
        ACTIVATION,
        PRECISION,
        Field("spin", "any", None, absent=None),
        ENV_MAT,
        EMBEDDINGS_OF_TYPES,
        statistics("len(sel)", "sum(sel)", 1),
        TYPE_MAP,
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
