# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``se_a_mask``: ``se_e2_a`` without cut-off, for a cluster with a mask.

Only TensorFlow has it, and DeePMD-kit cannot serialise it; the layout is this package's own.
"""

from __future__ import annotations

from dp_multitask.components.core.layout import Constant, Version
from dp_multitask.components.core.shareable import NO_PEER
from dp_multitask.components.descriptors.descriptor import (
    ACTIVATION,
    AXIS_NEURON,
    EMBEDDINGS_OF_TYPES,
    EXCLUDE_TYPES,
    NEURON,
    PRECISION,
    RESNET_DT,
    SEL,
    TRAINABLE,
    TYPE_MAP,
    TYPE_ONE_SIDE,
    SingleEmbedding,
)
from dp_multitask.registry import native


@native("descriptor", "se_a_mask")
class DescrptSeAMask(SingleEmbedding):
    """Networks only: it takes no statistics of its environment."""

    __slots__ = ()
    verified = NO_PEER
    layout = (
        Constant("@class", "Descriptor"),
        Constant("type", "se_a_mask"),
        Version(1, 1, written=1),
        SEL,
        NEURON,
        AXIS_NEURON,
        RESNET_DT,
        TRAINABLE,
        TYPE_ONE_SIDE,
        EXCLUDE_TYPES,
        ACTIVATION,
        PRECISION,
        EMBEDDINGS_OF_TYPES,
        TYPE_MAP,
    )
