# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``se_a_ef``: ``se_e2_a`` along and across an electric field.

Only TensorFlow has it, and DeePMD-kit cannot serialise it; the layout is this package's own.
"""

from __future__ import annotations

from dp_multitask.components.core.layout import Version, statistics
from dp_multitask.components.core.plan import Fields, Term
from dp_multitask.components.core.shareable import NO_PEER
from dp_multitask.components.descriptors.descriptor import (
    EMBEDDINGS_OF_TYPES,
    SingleEmbedding,
    times_axis,
)
from dp_multitask.components.descriptors.usual import differing, head, usual
from dp_multitask.registry import native


@native("descriptor", "se_a_ef")
class DescrptSeAEf(SingleEmbedding):
    """One set of networks and statistics serves both directions."""

    verified = NO_PEER
    layout = (
        *head("se_a_ef", Version(1, 1, written=1)),
        *usual("rcut", "rcut_smth", "sel"),
        differing("neuron", default=[24, 48, 96]),
        differing("axis_neuron", default=8),
        *usual("resnet_dt", "trainable"),
        differing("type_one_side", default=True),
        *usual("exclude_types", "set_davg_zero", "activation_function", "precision", "env_mat"),
        EMBEDDINGS_OF_TYPES,
        statistics("len(sel)", "sum(sel)", 4),
        *usual("type_map"),
    )

    @classmethod
    def dim_out(cls, fields: Fields) -> Term:
        """Give the width of both directions."""
        width = times_axis(fields)
        return Term(f"2 * {width.formula}", 2 * width)
