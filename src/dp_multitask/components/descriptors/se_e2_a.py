# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``se_e2_a``: two-body embedding of all relative coordinates."""

from __future__ import annotations

from dp_multitask.components.core.in_pytorch import InPyTorch
from dp_multitask.components.core.layout import Constant, Field, Kept, Version, statistics
from dp_multitask.components.core.shareable import EVALUATED
from dp_multitask.components.descriptors.descriptor import (
    ACTIVATION,
    AXIS_NEURON,
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
    TYPE_ONE_SIDE,
    SingleEmbedding,
)
from dp_multitask.registry import native


@native("descriptor", "se_e2_a")
class DescrptSeA(SingleEmbedding):
    """One embedding network for each pair of types, or each neighbour type (one-side)."""

    __slots__ = ()
    in_pytorch = InPyTorch(
        {"embeddings": "sea.filter_layers", "davg": "sea.mean", "dstd": "sea.stddev"},
        order=FILTER_ORDER,
        constants={"trainable": True},
    )
    verified = EVALUATED
    layout = (
        Constant("@class", "Descriptor"),
        Constant("type", "se_e2_a", also=("se_a",)),
        Version(1, 3, written=2),
        *CUT_OFF,
        SEL,
        NEURON,
        AXIS_NEURON,
        RESNET_DT,
        TRAINABLE,
        TYPE_ONE_SIDE,
        EXCLUDE_TYPES,
        ENV_PROTECTION,
        SET_DAVG_ZERO,
        ACTIVATION,
        PRECISION,
        Field("spin", "any", None, absent=None),
        ENV_MAT,
        EMBEDDINGS_OF_TYPES,
        statistics("len(sel)", "sum(sel)", 4),
        TYPE_MAP,
        Kept("compress"),
    )
