# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``se_atten_v2``: ``se_atten`` with stripped, smooth type embedding."""

from __future__ import annotations

from dp_multitask.components.blocks.network import NetworkCollection
from dp_multitask.components.core.layout import Child, Kept, Version
from dp_multitask.components.descriptors.se_atten import (
    ATTENTION,
    REST,
    SIZES,
    TYPES,
    AttentionDescriptor,
)
from dp_multitask.components.descriptors.usual import head, usual
from dp_multitask.registry import native


@native("descriptor", "se_atten_v2")
class DescrptSeAttenV2(AttentionDescriptor):
    """One network for distances, one for type embeddings, then attention."""

    in_pytorch = AttentionDescriptor.in_pytorch._replace(constants={"env_mat/protection": 0.0})
    layout = (
        *head("se_atten_v2", Version(1, 4, written=2)),
        *SIZES,
        *usual("set_davg_zero"),
        *ATTENTION,
        *TYPES,
        Child("embeddings", NetworkCollection),
        Child("embeddings_strip", NetworkCollection),
        *REST,
        Kept("compress"),
    )
