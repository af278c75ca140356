# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``se_a_ef``: ``se_e2_a`` along and across an electric field.

Only TensorFlow has it, and DeePMD-kit cannot serialise it; the layout is this package's own.
"""

from __future__ import annotations

from dp_multitask.components.core.layout import (
    Constant,
    Fields,
    Term,
    Version,
    statistics,
)
from dp_multitask.components.core.shareable import NO_PEER
from dp_multitask.components.descriptors.descriptor import (
    ACTIVATION,
    AXIS_NEURON,
    CUT_OFF,
    EMBEDDINGS_OF_TYPES,
    ENV_MAT,
    EXCLUDE_TYPES,
    NEURON,
    PRECISION,
    RESNET_DT,
    SEL,
    SET_DAVG_ZERO,
    TRAINABLE,
    TYPE_MAP,
    TYPE_ONE_SIDE,
    SingleEmbedding,
    times_axis,
)
from dp_multitask.registry import native


@native("descriptor", "se_a_ef")
class DescrptSeAEf(SingleEmbedding):
    """One set of networks and statistics serves both directions."""

    __slots__ = ()
    verified = NO_PEER
    layout = (
        Constant("@class", "Descriptor"),
        Constant("type", "se_a_ef"),
        Version(1, 1, written=1),
        *CUT_OFF,
        SEL,
        NEURON._replace(default=[24, 48, 96]),
        AXIS_NEURON._replace(default=8),
        RESNET_DT,
        TRAINABLE,
        TYPE_ONE_SIDE._replace(default=True),
        EXCLUDE_TYPES,
        SET_DAVG_ZERO,
        ACTIVATION,
        PRECISION,
        ENV_MAT,
        EMBEDDINGS_OF_TYPES,
        statistics("len(sel)", "sum(sel)", 4),
        TYPE_MAP,
    )

    @classmethod
    def dim_out(cls, fields: Fields) -> Term:
        """Give the width of both directions."""
        width = times_axis(fields)
        return Term(f"2 * {width.formula}", 2 * width)
