# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tell from a checkpoint's tensors which branches share what.

A checkpoint keeps the expanded branches and the ``shared_dict``, but neither the references nor
the links (DeePMD-kit 3.2.0). Yet tensors that were one in the training job are stored once. Two
branches share a descriptor or fitting net if a tensor of it is stored once for both; the level is
1 if these are none but the type embedding's, else 0. The shared entry's name is that of the first
entry that agrees with the branch in every value it gives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

from dp_multitask.components.sharing.coverage import shareable_class
from dp_multitask.config.links import SharedLinks, add_link, sort_links
from dp_multitask.registry import find_type, get_class_name

_KINDS = ("descriptor", "fitting_net")


class Tensors(NamedTuple):
    """One component's tensors.

    Attributes
    ----------
    identities : dict
        Name within it -> what is equal for tensors that are one.
    of_types : tuple of str
        How the names begin of those that share level 1 covers.
    """

    identities: dict[str, Hashable]
    of_types: tuple[str, ...]

    def beyond_types(self) -> list[tuple[str, Hashable]]:
        """List what level 1 does not cover; all of it if there is nothing else."""
        items = list(self.identities.items())
        return [each for each in items if not each[0].startswith(self.of_types)] or items


def links_of_tensors(
    identities: Mapping[str, Mapping[str, Hashable]],
    branches: Mapping[str, Mapping[str, Any]],
    shared_dict: Mapping[str, Any],
) -> SharedLinks:
    """Make the shared links that a checkpoint's tensors show.

    Parameters
    ----------
    identities : mapping
        Branch -> name in it -> what is equal for tensors that are one.
    branches : mapping
        The expanded config of every branch.
    shared_dict : mapping
        The shared entries, which give the links their names.

    Returns
    -------
    dict
        As of `dp_multitask.preprocess_shared_params`. A group that fits no entry of `shared_dict`
        is named ``shared_descriptor_1`` or the like.
    """
    links: SharedLinks = {}
    components = _components(identities, branches)
    for kind in _KINDS:
        found = {name: components[name, kind] for name in branches if (name, kind) in components}
        for group in _groups(found):
            params = branches[group[0]][kind]
            key = _key_of(params, shared_dict, links) or _new_name(kind, links, shared_dict)
            links[key] = {"type": get_class_name(kind, params), "links": []}
            base = _base(group, found)
            for name in group:
                level = 0 if name == base else level_between(found[base], found[name])
                add_link(links, key, name, kind, 1 if level is None else level)
    sort_links(links, {name for name, params in branches.items() if "spin" in params})
    return links


def shared_by_more_than_one(
    branches: Mapping[str, Mapping[str, Any]], shared_dict: Mapping[str, Any]
) -> list[str]:
    """List the shared entries that several branches look like; they may have shared them."""
    return [
        str(key)
        for key, entry in shared_dict.items()
        if isinstance(entry, Mapping)
        and any(
            sum(_agrees(entry, params.get(kind)) for params in branches.values()) > 1
            for kind in _KINDS
        )
    ]


def level_between(one: Tensors, other: Tensors) -> int | None:
    """Give the level at which two components share tensors; None if they share none."""
    theirs = other.identities
    shared = [name for name, identity in one.identities.items() if theirs.get(name) == identity]
    if not shared:
        return None
    beyond = [name for name in one.identities if not name.startswith(one.of_types)]
    only_types = all(name.startswith(one.of_types) for name in shared)
    return 1 if only_types and beyond else 0


def _components(
    identities: Mapping[str, Mapping[str, Hashable]], branches: Mapping[str, Mapping[str, Any]]
) -> dict[tuple[str, str], Tensors]:
    found: dict[tuple[str, str], Tensors] = {}
    for branch, params in branches.items():
        for name, identity in identities.get(branch, {}).items():
            kind, rest = _place(name)
            if not kind:
                continue
            if (branch, kind) not in found:
                part = params.get(kind)
                cls = shareable_class(part if isinstance(part, Mapping) else {}, kind)
                found[branch, kind] = Tensors({}, () if cls is None else cls.tensors_of(1))
            found[branch, kind].identities[rest] = identity
    return found


def _place(name: str) -> tuple[str, str]:
    """Give the component that a tensor belongs to, the outermost one, and its name in it."""
    dotted = f".{name}"
    places = {kind: dotted.find(f".{kind}.") for kind in _KINDS}
    kind = min((each for each in _KINDS if places[each] >= 0), key=places.__getitem__, default="")
    return kind, dotted[places[kind] + len(kind) + 2 :] if kind else ""


def _groups(components: Mapping[str, Tensors]) -> list[list[str]]:
    """Put branches together that share a tensor, in their order; lone branches are left out."""
    above: dict[str, str] = {name: name for name in components}

    def first(name: str) -> str:
        while above[name] != name:
            above[name] = name = above[above[name]]
        return name

    owner: dict[tuple[str, Hashable], str] = {}
    for name, component in components.items():
        for tensor in component.identities.items():
            above[first(name)] = first(owner.setdefault(tensor, name))
    groups: dict[str, list[str]] = {}
    for name in components:
        groups.setdefault(first(name), []).append(name)
    return [group for group in groups.values() if len(group) > 1]


def _base(group: list[str], components: Mapping[str, Tensors]) -> str:
    """Give the first branch that shares everything with another one, else the first."""
    held = Counter(each for name in group for each in components[name].identities.items())
    for name in group:
        if any(held[each] > 1 for each in components[name].beyond_types()):
            return name
    return group[0]


def _key_of(
    params: Mapping[str, Any], shared_dict: Mapping[str, Any], taken: Mapping[str, Any]
) -> str | None:
    for key, entry in shared_dict.items():
        if key not in taken and isinstance(entry, Mapping) and _agrees(entry, params):
            return str(key)
    return None


def _new_name(kind: str, links: Mapping[str, Any], shared_dict: Mapping[str, Any]) -> str:
    number = 1
    while (name := f"shared_{kind}_{number}") in links or name in shared_dict:
        number += 1
    return name


def _agrees(entry: Any, params: Any, key: str = "") -> bool:
    """Whether everything that an entry as written says is so in an expanded config.

    Keys that begin with ``_`` are comments; ``sel`` may have been found by the training job; types
    may have been renamed from an alias; keys that the training job renamed are passed over.
    """
    if isinstance(entry, Mapping):
        return isinstance(params, Mapping) and all(
            _agrees(value, params[name], str(name))
            for name, value in entry.items()
            if name in params and not str(name).startswith("_")
        )
    if key in ("sel", "nsel") or key.endswith("_sel"):
        return isinstance(entry, str) or bool(entry == params)
    if key == "type" and entry != params:
        one, other = (find_type("descriptor", str(each)) for each in (entry, params))
        return one is not None and one == other
    if isinstance(entry, (list, tuple)) and isinstance(params, (list, tuple)):
        return len(entry) == len(params) and all(map(_agrees, entry, params))
    return bool(entry == params)
