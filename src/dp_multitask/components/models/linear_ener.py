# SPDX-License-Identifier: LGPL-3.0-or-later
"""The model ``linear_ener``: a weighted sum of models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.components.core.layout import Children, Constant, Field, Version, block
from dp_multitask.components.core.plan import Plan
from dp_multitask.components.core.shareable import BOTH, Verified
from dp_multitask.components.models.model import ATOMIC_MODEL, Model
from dp_multitask.errors import ComponentError, FieldTypeError, inside
from dp_multitask.registry import native

MEMBERS = Children("models", Model, own=True, needed=True, gaps=False)
"""What a sum of models adds up."""

_MEMBER_KEYS = ("type", "type_map", "descriptor", "fitting_net", "tab_file", "rcut", "sel")


@native("model", "linear_ener")
class LinearEnergyModel(Model):
    """A weighted sum of energies."""

    verified = Verified(BOTH, BOTH)
    parts = ("models", "shared_dict")
    layout = (
        *ATOMIC_MODEL,
        *block("Model", Version(2, 3, written=3)),
        Constant("type", "linear", also=("linear_ener",)),
        MEMBERS,
        # version 2 had no weights: it took the mean
        Field("weights", "str | list", "mean", absent="mean"),
    )

    @classmethod
    def prepare_parts(cls, fields: dict[str, Any], parts: Mapping[str, Any]) -> None:
        """Plan the members.

        As in DeePMD-kit, a member is its descriptor and fitting net; which types and pairs are
        left out is the sum's to say.
        """
        members = parts.get("models")
        if not isinstance(members, list) or not members:
            msg = "a sum of models needs a list of them"
            raise FieldTypeError(msg, path=("models",))
        weights = fields["weights"]
        if isinstance(weights, list) and len(weights) != len(members):
            msg = f"'weights' has {len(weights)} numbers, expected {len(members)}"
            raise ComponentError(msg, path=("weights",), hint="one for each of 'models'")
        fields["rcond"] = None
        fields["models"] = [
            _plan_member(member, index, fields["type_map"]) for index, member in enumerate(members)
        ]


def _plan_member(member: Any, index: int, type_map: list[str]) -> Plan:
    with inside("models", index):
        if not isinstance(member, Mapping):
            msg = f"expected the parameters of a model, found {member!r:.60}"
            raise FieldTypeError(msg)
        known = {key: value for key, value in member.items() if key in _MEMBER_KEYS}
        return Model.plan_config({"type_map": type_map, **known})
