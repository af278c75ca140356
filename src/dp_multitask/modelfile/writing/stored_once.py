# SPDX-License-Identifier: LGPL-3.0-or-later
"""From the declared links to the variables that are one object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dp_multitask.components.sharing.walk import Linked, find_linked, linked_variables
from dp_multitask.errors import SharingError, TreePath, format_path
from dp_multitask.modelfile.payload import is_multitask, root_name
from dp_multitask.modelfile.tree import iter_variables
from dp_multitask.modelfile.values import as_value, equal_bits, storage_of
from dp_multitask.records import NamedTuple

UNSHARED = "unshared_variables"
"""Top-level key: variables that the links cover but that each branch keeps for itself."""

_LISTED = 8
_LINK = ("model_key", "shared_type", "shared_level")


class Pair(NamedTuple):
    """One variable of a branch and the base branch's variable that a link declares it to be.

    Attributes
    ----------
    key : str
        The shared entry's name.
    branch, base : str
        The two branches.
    path, base_path : tuple
        The places in the multitask payload.
    leaf, base_leaf : object
        The variables; None where a branch has no such variable.
    certain : bool
        False where it depends on the training job whether they are one object.
    """

    key: str
    branch: str
    base: str
    path: TreePath
    base_path: TreePath
    leaf: Any
    base_leaf: Any
    certain: bool


def declared_pairs(tree: Mapping[str, Any]) -> Iterator[Pair]:
    """Walk every variable that ``shared_links`` declares shared.

    Raises
    ------
    SharingError
        A link names no branch, a component that the branch does not have, components of different
        types, or a level that the class does not have.
    """
    links = tree.get("shared_links", {})
    if not isinstance(links, Mapping):
        msg = f"shared_links must be a mapping, found {type(links).__name__}"
        raise SharingError(msg, path=("shared_links",))
    for key, entry in links.items():
        items = entry.get("links") if isinstance(entry, Mapping) else None
        if not isinstance(items, (list, tuple)):
            msg = "expected a mapping with the list 'links'"
            raise SharingError(msg, path=("shared_links", key))
        found = [_linked(tree, key, number, item) for number, item in enumerate(items)]
        for linked in found[1:]:
            yield from _pairs(key, found[0], linked)


def _linked(tree: Mapping[str, Any], key: str, number: int, item: Any) -> Linked:
    where = ("shared_links", key, "links", number)
    fields = item if isinstance(item, Mapping) else {}
    branch, shared_type, level = (fields.get(name) for name in _LINK)
    if not (isinstance(branch, str) and isinstance(shared_type, str) and type(level) is int):
        msg = "expected model_key and shared_type as text, shared_level as an integer"
        raise SharingError(msg, path=where)
    branches = tree["model"]["model_dict"] if is_multitask(tree) else {}
    if branch not in branches:
        msg = f"the link names the branch {branch!r}, which the model does not have"
        hint = f"branches: {', '.join(list(branches)[:40])}"
        raise SharingError(msg, path=where, hint=hint)
    linked = find_linked(fields, branches, lambda _, __, held: dict(iter_variables(held)))
    if linked is None:
        msg = f"the branch {branch!r} has no {shared_type!r}"
        raise SharingError(msg, path=where)
    return linked


def _pairs(key: str, base: Linked, linked: Linked) -> Iterator[Pair]:
    path, base_path = (("model", "model_dict", each.branch, *each.place) for each in (linked, base))
    if base.tree.get("type") != linked.tree.get("type"):
        msg = (
            f"{key!r} is declared shared, but it is {base.tree.get('type')!r} in "
            f"{base.branch!r} and {linked.tree.get('type')!r} in {linked.branch!r}"
        )
        raise SharingError(msg, path=path)
    for each in linked_variables(base, linked):
        if each.cover is not None:
            yield Pair(
                key,
                linked.branch,
                base.branch,
                (*path, *each.path),
                (*base_path, *each.path),
                each.ours,
                each.theirs,
                each.cover == "shared",
            )


def shared_names(tree: Mapping[str, Any]) -> dict[str, str]:
    """Give the absolute HDF5 name of every shared variable -> that of the base's.

    Raises
    ------
    SharingError
        Variables that are declared shared differ; it names them.
    """
    kept = _unshared(tree)
    names: dict[str, str] = {}
    different = []
    for pair in declared_pairs(tree):
        if format_path(pair.path) in kept:
            continue
        if same_variable(pair):
            name, base = (
                first_name(names, root_name(place)) for place in (pair.path, pair.base_path)
            )
            if name != base:
                names[name] = base
        elif pair.certain:
            different.append(pair)
    if different:
        raise _refusal(different)
    return {name: first_name(names, name) for name in names}


def first_name(names: Mapping[str, str], name: str) -> str:
    """Follow shared names to the one that stands for all of them."""
    while name in names:
        name = names[name]
    return name


def different_variables(tree: Mapping[str, Any]) -> list[str]:
    """List what a tree declares shared but holds as different variables.

    Under the key ``unshared_variables`` of the tree, this list makes `save_model` keep them apart
    instead of refusing them.
    """
    return [
        format_path(pair.path)
        for pair in declared_pairs(tree)
        if pair.certain and not same_variable(pair)
    ]


def same_variable(pair: Pair) -> bool:
    """Whether both branches have the variable, equal bit for bit."""
    if pair.leaf is pair.base_leaf:
        return True
    if pair.leaf is None or pair.base_leaf is None:
        return False
    storage = storage_of(pair.leaf)
    if storage is not None and storage == storage_of(pair.base_leaf):
        return True
    return equal_bits(as_value(pair.leaf, pair.path), as_value(pair.base_leaf, pair.base_path))


def _unshared(tree: Mapping[str, Any]) -> set[str]:
    kept = tree.get(UNSHARED, [])
    if isinstance(kept, (list, tuple)) and all(isinstance(name, str) for name in kept):
        return set(kept)
    msg = "expected a list of variables' paths"
    raise SharingError(msg, path=(UNSHARED,))


def _refusal(different: list[Pair]) -> SharingError:
    named = [f"{format_path(pair.path)} ({pair.key!r})" for pair in different[:_LISTED]]
    more = f" and {len(different) - _LISTED} more" if len(different) > _LISTED else ""
    what = "variable is" if len(different) == 1 else "variables are"
    msg = (
        f"{len(different)} {what} declared shared but differ from those of the branch "
        f"{different[0].base!r}: {', '.join(named)}{more}"
    )
    hint = f"correct what is declared; in a tree, {UNSHARED!r} lists what to keep apart"
    return SharingError(msg, hint=hint)
