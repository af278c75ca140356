# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``hybrid``: several descriptors side by side."""

from __future__ import annotations

from typing import Any, cast

from dp_multitask.components.core.layout import (
    ChildPlans,
    Children,
    Constant,
    Field,
    Fields,
    Plan,
    Size,
    Version,
)
from dp_multitask.components.descriptors.descriptor import Descriptor
from dp_multitask.errors import ComponentError
from dp_multitask.registry import native


@native("descriptor", "hybrid")
class DescrptHybrid(Descriptor):
    """A list of descriptors; the type map is theirs, not its own."""

    __slots__ = ()
    config_only = (*Descriptor.config_only, "type_map")
    layout = (
        Constant("@class", "Descriptor"),
        Constant("type", "hybrid"),
        Version(1, 1, written=1),
        Field("list", "list", only_in="config"),
        Children("list", needed=True),
    )

    @classmethod
    def prepare(cls, fields: dict[str, Any], type_map: list[str] | None) -> None:
        """Plan every member with the type map of the whole."""
        plans = []
        for index, config in enumerate(fields["list"]):
            try:
                plans.append(Descriptor.plan_config(config, type_map))
            except ComponentError as err:
                err.path = ("list", index, *err.path)
                raise
        if not plans:
            msg = "a hybrid needs at least one descriptor"
            raise ComponentError(msg, path=("list",))
        fields["list"] = plans

    def fields(self) -> dict[str, Any]:
        """Plan every member by itself."""
        plans = []
        for index, member in enumerate(self.data["list"]):
            if not isinstance(member, Descriptor):
                found = "null" if member is None else type(member).__name__
                msg = f"a hybrid holds descriptors, found {found}"
                raise ComponentError(msg, path=("list", index))
            plans.append(member.plan())
        return {**self.data, "list": plans}

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Give the members."""
        return {"list": fields["list"]}

    @classmethod
    def dim_out(cls, fields: Fields) -> Size | None:
        """Add the widths of the members; None unless all are known."""
        return _sum([_member(plan).dim_out(plan.fields) for plan in fields["list"]])

    @classmethod
    def dim_emb(cls, fields: Fields) -> Size | None:
        """Add the embedding widths of the members; none has none unless all have one."""
        return _sum([_member(plan).dim_emb(plan.fields) for plan in fields["list"]])

    @classmethod
    def mixes_types(cls, fields: Fields) -> bool:
        """Say whether any member does."""
        return any(_member(plan).mixes_types(plan.fields) for plan in fields["list"])


def _member(plan: Plan) -> type[Descriptor]:
    return cast("type[Descriptor]", plan.cls)


def _sum(widths: list[Size | None]) -> Size | None:
    known = [width for width in widths if width is not None]
    if len(known) < len(widths):
        return None
    return Size(" + ".join(f"({width.formula})" for width in known), sum(known))
