# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which component a link shares, and which of its variables its level covers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from dp_multitask.component_types import DEFAULT_TYPE
from dp_multitask.components.core.shareable import Cover, Shareable
from dp_multitask.errors import UnknownTypeError
from dp_multitask.registry import native_class

# Where a wrapping model keeps the model that holds the descriptor and the fitting net.
_WRAPPED = ("atomic_model", "backbone_model")

_MEMBER = re.compile(r"descriptor_hybrid_(\d+)")


def covers(component: Mapping[str, Any], kind: str, level: int, path: str) -> Cover | None:
    """Tell whether a share level covers a variable of a component, as its class says.

    Of a type that has no class here, what is shared is known from the values alone: "sometimes".

    Raises
    ------
    SharingError
        The component's class has no such share level.
    """
    cls = shareable_class(component, kind)
    return "sometimes" if cls is None else cls.cover(component, level, path)


def why_apart(component: Mapping[str, Any], kind: str, level: int, path: str) -> str | None:
    """Explain why a variable is each branch's own at a share level that shares the component.

    Above level 0 it is the user's wish, and None is returned.
    """
    cls = shareable_class(component, kind)
    return None if level or cls is None else cls.why_apart(component, path)


def shareable_class(component: Mapping[str, Any], kind: str) -> type[Shareable] | None:
    """Give the class of a component's tree, if it has one that says what it shares."""
    try:
        cls = native_class(kind, component.get("type", DEFAULT_TYPE[kind]))
    except UnknownTypeError:
        return None
    return cls if issubclass(cls, Shareable) else None


def find_component(
    model: Mapping[str, Any], shared_type: str
) -> tuple[tuple[str | int, ...], Mapping[str, Any]] | None:
    """Find the component that a link shares, wherever a wrapping model keeps it.

    Parameters
    ----------
    model : mapping
        A branch's native model tree.
    shared_type : str
        ``descriptor``, ``fitting_net`` or ``descriptor_hybrid_<i>``.

    Returns
    -------
    path : tuple of str or int
        The place of the component in `model`.
    component : mapping
        Its tree; None in the place of both if there is none.
    """
    member = _MEMBER.fullmatch(shared_type)
    if member is not None:
        found = find_component(model, "descriptor")
        number = int(member[1])
        members = found[1].get("list") if found is not None else None
        if found is None or not isinstance(members, list) or number >= len(members):
            return None
        member_tree = members[number]
        path = (*found[0], "list", number)
        return (path, member_tree) if isinstance(member_tree, Mapping) else None
    key = {"descriptor": "descriptor", "fitting_net": "fitting"}.get(shared_type)
    if key is None:
        return None
    if isinstance(model.get(key), Mapping):
        return (key,), model[key]
    for place, inner in _inner_models(model):
        if isinstance(inner, Mapping):
            found = find_component(inner, shared_type)
            if found is not None:
                return (*place, *found[0]), found[1]
    return None


def _inner_models(model: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    for name in _WRAPPED:
        yield (name,), model.get(name)
    models = model.get("models")
    for number, inner in enumerate(models if isinstance(models, list) else []):
        yield ("models", number), inner


def kind_of(shared_type: str) -> str:
    """Give the kind of component that a link's ``shared_type`` means."""
    return "fitting_net" if shared_type == "fitting_net" else "descriptor"
