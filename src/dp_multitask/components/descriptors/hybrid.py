# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``hybrid``: several descriptors side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from dp_multitask.components.core.in_pytorch import InPyTorch
from dp_multitask.components.core.layout import Children, Field, Version
from dp_multitask.components.core.plan import Fields, Plan, Term
from dp_multitask.components.core.shareable import EVALUATED, Cover, no_level
from dp_multitask.components.descriptors.descriptor import Descriptor
from dp_multitask.components.descriptors.usual import head
from dp_multitask.components.sharing.coverage import covers, why_apart
from dp_multitask.errors import ComponentError, inside
from dp_multitask.registry import native


@native("descriptor", "hybrid")
class DescrptHybrid(Descriptor):
    """A list of descriptors; the type map is theirs, not its own."""

    in_pytorch = InPyTorch({"list": "descrpt_list"}, {"list": "descrpt_list"})
    verified = EVALUATED
    config_only = (*Descriptor.config_only, "type_map")
    layout = (
        *head("hybrid", Version(1, 1, written=1)),
        Field("list", "list", only_in="config"),
        Children("list", Descriptor, own=True, needed=True, gaps=False),
    )

    @classmethod
    def prepare(cls, fields: dict[str, Any], type_map: list[str] | None) -> None:
        """Plan every member with the type map of the whole."""
        plans = []
        for index, config in enumerate(fields["list"]):
            with inside("list", index):
                plans.append(Descriptor.plan_config(config, type_map))
        if not plans:
            msg = "a hybrid needs at least one descriptor"
            raise ComponentError(msg, path=("list",))
        fields["list"] = plans

    @classmethod
    def cover(cls, tree: Mapping[str, Any], level: int, path: str) -> Cover | None:
        """Tell what a member's class says: all of them are shared at level 0."""
        if level not in cls.share_levels:
            raise no_level(tree.get("type"), level, cls.share_levels)
        member, inner = _at(tree, path)
        return None if member is None else covers(member, "descriptor", level, inner)

    @classmethod
    def why_apart(cls, tree: Mapping[str, Any], path: str) -> str | None:
        """Explain as a member's class does."""
        member, inner = _at(tree, path)
        return None if member is None else why_apart(member, "descriptor", 0, inner)

    @classmethod
    def dim_out(cls, fields: Fields) -> Term | None:
        """Add the widths of the members; None unless all are known."""
        return _sum([_member(plan).dim_out(plan.fields) for plan in fields["list"]])

    @classmethod
    def dim_emb(cls, fields: Fields) -> Term | None:
        """Add the embedding widths of the members; none has none unless all have one."""
        return _sum([_member(plan).dim_emb(plan.fields) for plan in fields["list"]])

    @classmethod
    def mixes_types(cls, fields: Fields) -> bool:
        """Say whether any member does."""
        return any(_member(plan).mixes_types(plan.fields) for plan in fields["list"])


def _at(tree: Mapping[str, Any], path: str) -> tuple[Mapping[str, Any] | None, str]:
    """Give the member that a variable belongs to, and the path below it."""
    head, number, rest = (*path.split("/", 2), "", "")[:3]
    members = tree.get("list")
    if head != "list" or not number.isdigit() or not isinstance(members, list):
        return None, rest
    if int(number) >= len(members) or not isinstance(members[int(number)], Mapping):
        return None, rest
    return members[int(number)], rest


def _member(plan: Plan) -> type[Descriptor]:
    return cast("type[Descriptor]", plan.cls)


def _sum(widths: list[Term | None]) -> Term | None:
    known = [width for width in widths if width is not None]
    if len(known) < len(widths):
        return None
    return Term(" + ".join(f"({width.formula})" for width in known), sum(known))
