# SPDX-License-Identifier: LGPL-3.0-or-later
"""The member ``inner_potential`` of a linear model: a repulsion that the nuclei alone decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.components.core.layout import Constant, Field, Version
from dp_multitask.components.core.plan import Plan
from dp_multitask.components.models.model import ATOMIC_MODEL, Model
from dp_multitask.errors import UnsupportedError
from dp_multitask.registry import native


@native("model", "inner_potential")
class InnerPotentialModel(Model):
    """A part of other models, without parameters."""

    layout = (
        *ATOMIC_MODEL,
        Constant("@class", "Model"),
        Constant("type", "inner_potential"),
        Version(1, 1, written=1),
        Field("mode", "str"),
        Field("rcut", "float"),
        Field("sel", "any"),
    )

    @classmethod
    def plan_branch(cls, config: Mapping[str, Any]) -> Plan:
        """Refuse: its reach depends on the learned model beside it."""
        msg = "an inner potential is not started here"
        raise UnsupportedError(msg, hint="start it with DeePMD-kit; its files are read and written")
