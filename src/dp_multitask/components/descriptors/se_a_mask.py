# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``se_a_mask``: ``se_e2_a`` without cut-off, for a cluster with a mask.

Only TensorFlow has it, and DeePMD-kit cannot serialise it; the layout is this package's own.
"""

from __future__ import annotations

from dp_multitask.components.core.layout import Version
from dp_multitask.components.core.shareable import NO_PEER
from dp_multitask.components.descriptors.descriptor import EMBEDDINGS_OF_TYPES, SingleEmbedding
from dp_multitask.components.descriptors.usual import head, usual
from dp_multitask.registry import native


@native("descriptor", "se_a_mask")
class DescrptSeAMask(SingleEmbedding):
    """Networks only: it takes no statistics of its environment."""

    verified = NO_PEER
    layout = (
        *head("se_a_mask", Version(1, 1, written=1)),
        *usual(
            "sel", "neuron", "axis_neuron", "resnet_dt", "trainable", "type_one_side",
            "exclude_types", "activation_function", "precision",
        ),
        EMBEDDINGS_OF_TYPES,
        *usual("type_map"),
    )
