# SPDX-License-Identifier: LGPL-3.0-or-later
"""The model ``pairwise_dprc`` of TensorFlow: one model for the quantum region, one for its edge.

No DeePMD-kit backend serialises it; the layout is this package's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.components.blocks.type_embedding import TypeEmbedNet
from dp_multitask.components.core.layout import Child, Constant, Field, Version
from dp_multitask.components.core.plan import Plan
from dp_multitask.components.core.shareable import NO_PEER
from dp_multitask.components.models.model import Model, needed
from dp_multitask.components.models.standard import StandardModel
from dp_multitask.errors import inside
from dp_multitask.registry import native

_MEMBERS = ("qm_model", "qmmm_model")


@native("model", "pairwise_dprc")
class PairwiseDPRc(Model):
    """Two standard models over one type embedding."""

    verified = NO_PEER
    parts = ("type_embedding", *_MEMBERS)
    layout = (
        Constant("@class", "Model"),
        Constant("type", "pairwise_dprc"),
        Version(1, 1, written=1),
        Field("type_map", "list"),
        Child("type_embedding", TypeEmbedNet, own=True, needed=True),
        *(Child(name, StandardModel, own=True, needed=True) for name in _MEMBERS),
    )

    @classmethod
    def prepare_parts(cls, fields: dict[str, Any], parts: Mapping[str, Any]) -> None:
        """Plan the type embedding and both models."""
        type_map = fields["type_map"]
        fields["type_embedding"] = plan_type_embedding(parts.get("type_embedding", {}), type_map)
        for name in _MEMBERS:
            with inside(name):
                fields[name] = StandardModel.plan_config(needed(parts, name, cls), type_map)


def plan_type_embedding(config: Mapping[str, Any], type_map: list[str]) -> Plan:
    """Plan a type embedding that stands beside the descriptor, as in TensorFlow."""
    with inside("type_embedding"):
        return TypeEmbedNet.planned(
            len(type_map),
            config.get("neuron", [8]),
            config.get("precision", "default"),
            type_map=type_map,
            use_econf_tebd=config.get("use_econf_tebd", False),
            use_tebd_bias=config.get("use_tebd_bias", False),
            trainable=config.get("trainable", True),
            activation=config.get("activation_function", "tanh"),
        )
