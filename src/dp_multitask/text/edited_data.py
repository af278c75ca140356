# SPDX-License-Identifier: LGPL-3.0-or-later
"""What edits mean for the data of an input, and which of them get in each other's way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dp_multitask.diagnostics import Edit
from dp_multitask.errors import EditError, TreePath
from dp_multitask.text.plain_data import copy_tree, describe


class Claims:
    """The places that edits have taken: a further one may join if it touches none of them."""

    def __init__(self) -> None:
        self._whole: set[TreePath] = set()
        self._keys: set[TreePath] = set()
        self._above: set[TreePath] = set()
        self._above_new: set[TreePath] = set()

    def allow(self, edit: Edit) -> bool:
        """Tell whether an edit can be made together with those that were added."""
        whole, key, new = _places(edit)
        if any(prefix in self._whole for place in (whole, key, new) for prefix in _upwards(place)):
            return False
        if whole and whole in self._above:
            return False
        if new and (new in self._above_new or new in self._keys):
            return False
        return not (key and key in self._keys)

    def add(self, edit: Edit) -> None:
        """Take the places of an edit."""
        whole, key, new = _places(edit)
        for place in (whole, new):
            if place:
                self._whole.add(place)
        if key:
            self._keys.add(key)
        for place in (whole, key, new):
            self._above.update(_upwards(place))
        self._above_new.update(_upwards(new))


def _places(edit: Edit) -> tuple[TreePath, TreePath, TreePath]:
    """Give the place that is taken with all below it, that whose key is, and that which is new."""
    if edit.kind == "insert":
        return (), (), edit.path
    if edit.kind == "rename":
        return (), edit.path, (*edit.path[:-1], edit.key or "")
    return edit.path, (), edit.target


def _upwards(path: TreePath) -> Iterable[TreePath]:
    return (path[:length] for length in range(len(path), 0, -1))


def planned(data: Any, edits: Sequence[Edit]) -> list[Edit]:
    """Put edits in a form that can be made one by one.

    A move within a mapping is a renaming. Insertions and moves into mappings that are missing
    become one insertion of the uppermost of those.

    Raises
    ------
    EditError
        A place is not there, or one to be made is there already.
    """
    steps: list[Edit] = []
    made: dict[TreePath, dict[Any, Any]] = {}
    for each in edits:
        if not each.path or (each.kind == "move" and not each.target):
            msg = "the whole input is no key of anything"
            raise EditError(msg, hint="name a key of it")
        if each.kind != "insert":
            _present(data, each.path)
        if each.kind == "move" and each.path[:-1] == each.target[:-1]:
            steps.append(Edit.rename(each.path, _text(each.target[-1], each.path)))
            continue
        if each.kind not in ("insert", "move"):
            steps.append(each)
            continue
        place = each.path if each.kind == "insert" else each.target
        top = _first_missing(data, place)
        if top == place:
            steps.append(each)
            continue
        value = each.value
        if each.kind == "move":
            value = _present(data, each.path)
            steps.append(Edit.remove(each.path))
        _put_below(made.setdefault(top, {}), place[len(top) :], value)
    return steps + [Edit.insert(path, value) for path, value in made.items()]


def edited_data(data: Any, steps: Sequence[Edit]) -> Any:
    """Copy the data with `planned` edits made.

    Raises
    ------
    EditError
        A key would stand twice.
    """
    result = copy_tree(data)
    for each in steps:
        if each.kind in ("insert", "move"):
            moved = each.kind == "move"
            value = _present(data, each.path) if moved else each.value
            _insert(result, each.target if moved else each.path, copy_tree(value), each.key)
    # which of several equal keys stays is no matter of the data
    rest = [each for each in steps if each.kind not in ("insert", "keep last")]
    # from below and from behind, so that the paths of the others stay as they are
    for each in sorted(rest, key=_depth_and_index, reverse=True):
        owner = _present(result, each.path[:-1])
        last: Any = each.path[-1]
        if each.kind == "replace":
            owner[last] = copy_tree(each.value)
        elif each.kind == "rename":
            _rename(owner, last, _text(each.key, each.path), each.path)
        else:
            del owner[last]
    return result


def _depth_and_index(edit: Edit) -> tuple[int, int]:
    last = edit.path[-1]
    return len(edit.path), last if isinstance(last, int) else 0


def _insert(data: Any, path: TreePath, value: Any, after: str | None) -> None:
    owner = _present(data, path[:-1])
    last = path[-1]
    if isinstance(owner, list):
        owner.append(value)
        return
    if last in owner:
        msg = f"there is a {last!r} already"
        raise EditError(msg, path=path, hint="replace its value instead")
    if after is None or after not in owner:
        owner[last] = value
        return
    pairs = list(owner.items())
    rank = list(owner).index(after) + 1
    owner.clear()
    owner.update([*pairs[:rank], (last, value), *pairs[rank:]])


def _rename(owner: Any, old: Any, new: str, path: TreePath) -> None:
    if not isinstance(owner, dict):
        msg = "an item of a list has no key to rename"
        raise EditError(msg, path=path)
    if new in owner:
        msg = f"cannot be renamed, there is a {new!r} already"
        raise EditError(msg, path=path, hint="remove one of the two")
    pairs = [(new if key == old else key, value) for key, value in owner.items()]
    owner.clear()
    owner.update(pairs)


def _first_missing(data: Any, path: TreePath) -> TreePath:
    """Give the uppermost part of a path that is not there, and can be made."""
    here = data
    for depth, part in enumerate(path):
        if isinstance(here, list) and part == len(here) and depth == len(path) - 1:
            return path
        if isinstance(here, list) and isinstance(part, int) and 0 <= part < len(here):
            here = here[part]
        elif isinstance(here, dict) and isinstance(part, str):
            if part not in here:
                return path[: depth + 1]
            here = here[part]
        else:
            msg = f"{part!r} has no place in {describe(here)}"
            raise EditError(msg, path=path[:depth], hint="name a key of a mapping")
    msg = "there is a value here already"
    raise EditError(msg, path=path, hint="replace it instead")


def _put_below(made: dict[Any, Any], path: TreePath, value: Any) -> None:
    for part in path[:-1]:
        made = made.setdefault(part, {})
    made[path[-1]] = value


def _present(data: Any, path: TreePath) -> Any:
    here = data
    for depth, part in enumerate(path):
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            msg = f"there is no {part!r}"
            raise EditError(msg, path=path[: depth + 1]) from None
    return here


def _text(key: Any, path: TreePath) -> str:
    if not isinstance(key, str):
        msg = "a key must be a string"
        raise EditError(msg, path=path)
    return key
