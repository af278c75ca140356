# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which variables of a component a share level covers.

Facts of DeePMD-kit 3.2.0's PyTorch backend, found by changing one object after ``share_params`` and
comparing the other's serialised tree. Patterns are paths below the component: ``*`` is one name,
``**`` any number of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from dp_multitask.errors import SharingError
from dp_multitask.registry import find_type


class Coverage(NamedTuple):
    """The variables that two components have in common at a level.

    Attributes
    ----------
    shared : tuple of str
        One object in a training job.
    own : tuple of str
        Each component's own although `shared` matches them.
    sometimes : tuple of str
        One object or two, depending on how the training job was started.
    """

    shared: tuple[str, ...]
    own: tuple[str, ...] = ()
    sometimes: tuple[str, ...] = ()


_EVERYTHING = Coverage(("**",))
_TYPE_EMBEDDING = Coverage(("type_embedding/**",))

DESCRIPTORS: dict[str, dict[int, Coverage]] = {
    "se_e2_a": {0: _EVERYTHING},
    "se_e3": {0: _EVERYTHING},
    # a restarted job gives every branch its own statistics
    "se_e2_r": {0: Coverage(("embeddings/**",), sometimes=("@variables/*",))},
    "se_e3_tebd": {0: _EVERYTHING, 1: _TYPE_EMBEDDING},
    "se_atten": {0: _EVERYTHING, 1: _TYPE_EMBEDDING},
    "se_atten_v2": {0: _EVERYTHING, 1: _TYPE_EMBEDDING},
    "dpa2": {
        0: Coverage(
            (
                "type_embedding/**",
                "repinit_variable/**",
                "repinit_three_body_variable/**",
                "g1_shape_tranform/**",
                "repformers_variable/**",
            )
        ),
        1: _TYPE_EMBEDDING,
    },
    "dpa3": {0: Coverage(("type_embedding/**", "repflow_variable/**")), 1: _TYPE_EMBEDDING},
    "dpa4": {
        0: Coverage(
            ("@variables/*",),
            own=("@variables/version_tensor", "@variables/mean", "@variables/stddev"),
        ),
        1: Coverage(("@variables/type_embedding.*", "@variables/charge_spin_embedding.*")),
    },
}
"""Descriptor type -> share level -> what it covers. A hybrid's members have their own rows."""

FITTING_NETS: dict[int, Coverage] = {
    0: Coverage(
        (
            "nets/**",
            "@variables/fparam_avg",
            "@variables/fparam_inv_std",
            "@variables/aparam_avg",
            "@variables/aparam_inv_std",
        )
    )
}
"""Share level -> what it covers, for every fitting net; never ``bias_atom_e`` or ``case_embd``."""

# A type that a plugin brought: what it shares is known from the values alone.
_UNKNOWN = Coverage((), sometimes=("**",))

# Where a wrapping model keeps the model that holds the descriptor and the fitting net.
_WRAPPED = ("atomic_model", "backbone_model")

_MEMBER = re.compile(r"descriptor_hybrid_(\d+)")


def covers(component: Mapping[str, Any], kind: str, level: int, path: str) -> str | None:
    """Tell whether a share level covers a variable of a component.

    Parameters
    ----------
    component : mapping
        The component's native tree.
    kind : {"descriptor", "fitting_net"}
        What it is.
    level : int
        The share level.
    path : str
        The variable's path below the component, such as ``@variables/davg``.

    Returns
    -------
    {"shared", "sometimes"} or None
        None if every component keeps its own.

    Raises
    ------
    SharingError
        The component's class has no such share level.
    """
    if kind == "descriptor" and component.get("type") == "hybrid":
        if level != 0:
            raise _no_level(component["type"], level, [0])
        head, number, rest = (*path.split("/", 2), "", "")[:3]
        members = component.get("list")
        if head != "list" or not number.isdigit() or not isinstance(members, list):
            return None
        if int(number) >= len(members) or not isinstance(members[int(number)], Mapping):
            return None
        return covers(members[int(number)], kind, level, rest)
    coverage = coverage_of(str(component.get("type")), kind, level)
    if _matches(coverage.own, path):
        return None
    if _matches(coverage.shared, path):
        return "shared"
    return "sometimes" if _matches(coverage.sometimes, path) else None


@lru_cache
def coverage_of(type_name: str, kind: str, level: int) -> Coverage:
    """Give what a share level covers for a type of descriptor or fitting net.

    Raises
    ------
    SharingError
        The class has no such share level.
    """
    if kind == "fitting_net":
        levels = FITTING_NETS
    else:
        found = find_type("descriptor", type_name)
        name = type_name if found is None else found.name
        if name not in DESCRIPTORS:
            return _UNKNOWN
        levels = DESCRIPTORS[name]
    if level not in levels:
        raise _no_level(type_name, level, sorted(levels))
    return levels[level]


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


def _no_level(type_name: str, level: int, levels: list[int]) -> SharingError:
    msg = f"{type_name!r} has no share level {level}"
    return SharingError(msg, hint=f"levels: {', '.join(map(str, levels))}")


def _matches(patterns: tuple[str, ...], path: str) -> bool:
    return any(_compiled(pattern).fullmatch(path) for pattern in patterns)


@lru_cache
def _compiled(pattern: str) -> re.Pattern[str]:
    text = re.escape(pattern).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    return re.compile(text, re.DOTALL)
