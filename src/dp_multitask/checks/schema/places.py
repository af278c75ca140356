# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where each key of a release may stand: what to say of a key in the wrong section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from dp_multitask.checks.schema.extract import MULTITASK, SINGLE_TASK
from dp_multitask.checks.schema.table import SchemaField, SchemaTable, Variant
from dp_multitask.errors import TreePath, format_path
from dp_multitask.records import NamedTuple
from dp_multitask.text.plain_data import value_at

BRANCH = "<branch>"
"""Stands in a place for the name of any branch."""

BY_BRANCH: frozenset[TreePath] = frozenset((
    ("model", "model_dict"),
    ("loss_dict",),
    ("training", "data_dict"),
))
"""The sections of a multitask input with an entry for each branch."""

_OF_BRANCHES = {"loss": "loss_dict"}
"""Key of a single-task input -> where a multitask one has it for each branch, by another name."""

_FARTHEST = 8
_MOST_NAMED = 3


class Home(NamedTuple):
    """One place of a key, what it holds there, and the types that it needs: place, flag, tag."""

    path: TreePath
    field: SchemaField
    choices: tuple[tuple[TreePath, Variant, str], ...]


class Place(NamedTuple):
    """Where a key belongs; `part` names what of a branch a shared entry stands for."""

    path: TreePath
    part: str | int = ""

    def __str__(self) -> str:
        shown = repr(format_path(self.path).replace(f"models/{BRANCH}", "models/<number>"))
        return f"{shown} (the {self.part})" if self.part else shown


def where_it_belongs(
    table: SchemaTable, key: str, value: Any, here: TreePath, config: Mapping[Any, Any]
) -> list[Place]:
    """Give the sections nearest to a misplaced key that do have such a key, at most three.

    `here` is the place of the mapping that it stands in; sections where its value could stand go
    first. The whole input tells branches, types and references: a section whose key the chosen
    types do not have is none.
    """
    multitask = isinstance(value_at(config, ("model",)), dict) and "model_dict" in config["model"]
    homes = _index(table, MULTITASK if multitask else SINGLE_TASK).get(key, [])
    if multitask and not homes and key in _OF_BRANCHES:
        return [_concrete((_OF_BRANCHES[key], BRANCH), here, config)]
    homes = [home for home in homes if home.field.matches(value)] or homes
    user = _user(here, config)
    near: dict[Place, int] = {}
    for home in homes:
        place = _concrete(home.path, user, config)
        if place.path[:-1] != here and _is_chosen(home, user, config):
            if user != here and not place.part:
                place = Place(home.path)  # whichever branch it is that uses the shared entry
            near[place] = _distance(user, home.path[:-1])
    least = min([*near.values(), _FARTHEST])
    nearest = [place for place, far in near.items() if far == least]
    # a section that the input has is likelier than one that it would have to add
    present = [place for place in nearest if isinstance(value_at(config, place.path[:-1]), dict)]
    return (present or nearest)[:_MOST_NAMED]


def instead_of_entry(
    table: SchemaTable, body: str, key: Any, item: Any, path: TreePath, config: Mapping[Any, Any]
) -> list[Place]:
    """Tell where a setting belongs that stands where there is an entry for each branch.

    Nothing of the name of a branch, nor of a mapping that has a key of an entry, whose name may be
    that of a branch that was dropped; `body` is what entries are.
    """
    if path not in BY_BRANCH or not isinstance(key, str):
        return []
    if isinstance(_mapping(value_at(config, ("model", "model_dict"))).get(key), dict):
        return []
    entry = table.body(body)
    known = {*entry.fields, *entry.alias, *(each.flag for each in entry.variants)}
    if isinstance(item, dict) and (not item or not known.isdisjoint(item)):
        return []
    if any(key == each.flag for each in entry.variants):
        return [Place((*path, BRANCH, key))]
    return where_it_belongs(table, key, item, path, config)


def is_moved(path: TreePath, moved: set[TreePath]) -> bool:
    """Tell whether a place is one where a misplaced key belongs."""
    return path in moved or any(
        len(each) == len(path)
        and all(part in (BRANCH, own) for part, own in zip(each, path, strict=True))
        for each in moved
        if BRANCH in each
    )


def is_free(config: Mapping[Any, Any], path: TreePath) -> bool:
    """Tell whether a key can be put at a place: nothing stands there, nor where it hangs."""
    here: Any = config
    for part in path:
        if not isinstance(here, dict):
            return False
        if part not in here:
            return True
        here = here[part]
    return False


@lru_cache(maxsize=4)
def _index(table: SchemaTable, root: str) -> dict[str, list[Home]]:
    found: dict[str, list[Home]] = {}
    for home in _walk(table, root, (), (), ()):
        for name in (home.field.name, *home.field.alias):
            path = (*home.path[:-1], name)
            found.setdefault(name, []).append(home._replace(path=path))
    return found


def _walk(
    table: SchemaTable,
    name: str,
    path: TreePath,
    choices: tuple[tuple[TreePath, Variant, str], ...],
    above: tuple[str, ...],
) -> Iterator[Home]:
    if name in above:
        return
    body, above = table.body(name), (*above, name)
    for field in body.fields.values():
        place = (*path, field.name)
        yield Home(place, field, choices)
        # items of a list (members of a hybrid, sub-models) have no place of their own to name
        if field.body is not None and (not field.repeat or "dict" in field.type):
            below = (*place, BRANCH) if field.repeat else place
            yield from _walk(table, field.body, below, choices, above)
    for variant in body.variants:
        for tag, chosen in variant.bodies.items():
            if chosen is not None:
                more = (*choices, (path, variant, tag))
                yield from _walk(table, chosen, path, more, above)


def _is_chosen(home: Home, here: TreePath, config: Mapping[Any, Any]) -> bool:
    """Tell whether the input's types are those that a key needs at a place."""
    for path, variant, tag in home.choices:
        section = value_at(config, _concrete((*path, variant.flag), here, config).path[:-1])
        given = section.get(variant.flag) if isinstance(section, dict) else None
        if variant.canonical(variant.default if given is None else given) not in (tag, None):
            return False
    return True


def _user(here: TreePath, config: Mapping[Any, Any]) -> TreePath:
    """Give the place that a shared entry is first used at; any other place as it is."""
    if here[:2] != ("model", "shared_dict") or len(here) < 3:
        return here
    for name, branch in _mapping(value_at(config, ("model", "model_dict"))).items():
        for kind, value in _mapping(branch).items():
            if isinstance(value, str) and value.split(":")[0] == here[2]:
                return ("model", "model_dict", name, kind, *here[3:])
    return here


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, dict) else {}


def _concrete(path: TreePath, here: TreePath, config: Mapping[Any, Any]) -> Place:
    """Put the branch in whose section the key stands, and the entry that it refers to."""
    name = next((here[i + 1] for i in range(len(here) - 1) if here[i] in _BY_BRANCH), None)
    if name is not None and name != BRANCH:
        path = tuple(name if part == BRANCH else part for part in path)
    if "models" in path[:-1] and path[path.index("models") + 1] == BRANCH:
        path = _of_member(path, path.index("models") + 1, config)
    if path[:2] == ("model", "model_dict") and len(path) > 4:
        referred = value_at(config, path[:4])
        if isinstance(referred, str):
            return Place(("model", "shared_dict", referred.split(":")[0], *path[4:]), path[3])
    return Place(path)


def _of_member(path: TreePath, at: int, config: Mapping[Any, Any]) -> TreePath:
    """Put the number of the member of a sum that has the section, if there is but one."""
    members = value_at(config, path[:at])
    if not isinstance(members, list):
        return path
    below = path[at + 1 : -1]
    having = [i for i, each in enumerate(members) if isinstance(value_at(each, below), dict)]
    return (*path[:at], having[0], *path[at + 1 :]) if len(having) == 1 else path


_BY_BRANCH = ("model_dict", "data_dict", "loss_dict")


def _distance(one: TreePath, other: TreePath) -> int:
    common = 0
    for left, right in zip(one, other, strict=False):
        if left != right and BRANCH not in (left, right):
            break
        common += 1
    return len(one) + len(other) - 2 * common
