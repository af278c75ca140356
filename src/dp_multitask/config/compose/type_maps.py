# SPDX-License-Identifier: LGPL-3.0-or-later
"""One type map for several models: the union, and what counts atom types rewritten for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dp_multitask.text.plain_data import copy_tree

# Lists with one item a type -> what stands for a type that the model did not know.
_BY_TYPE = {"atom_ener": None, "use_spin": False}
# Lists of types, and lists of pairs of types.
_TYPES = ("sel_type", "atom_exclude_types")
_PAIRS = ("exclude_types", "pair_exclude_types")
UNKNOWN_SEL = -1
"""In a rewritten ``sel``: how many neighbours of the type there are is not known."""


def united(type_maps: Iterable[Sequence[str]]) -> list[str]:
    """Give every element once, in order of first appearance."""
    return list(dict.fromkeys(element for each in type_maps for element in each))


def rewrite(params: Any, old: Sequence[str], new: Sequence[str]) -> Any:
    """Copy a model, descriptor or fitting net that counts types by `old`, to count by `new`.

    Lists of one item a type become longer and are reordered, indices of types change. In a
    ``sel`` that lists the types, new ones get `UNKNOWN_SEL`.

    Parameters
    ----------
    params : object
        The parameters; not changed.
    old, new : sequence of str
        Type maps; `new` has every element of `old`.
    """
    if isinstance(params, list):
        return [rewrite(each, old, new) for each in params]
    if not isinstance(params, dict):
        return params
    index = [new.index(element) for element in old]
    return {key: _value(key, each, index, old, new) for key, each in params.items()}


def _value(
    key: str, value: Any, index: list[int], old: Sequence[str], new: Sequence[str]
) -> Any:
    if key == "type_map" and value == list(old):
        return list(new)
    if key in _BY_TYPE and _one_each(value, index):
        return _spread(value, index, len(new), _BY_TYPE[key])
    if key == "sel" and _one_each(value, index):
        return _spread(value, index, len(new), UNKNOWN_SEL)
    if key == "preset_out_bias" and isinstance(value, dict):
        return {
            name: _spread(each, index, len(new), None) if _one_each(each, index) else each
            for name, each in value.items()
        }
    if key in _TYPES and isinstance(value, list):
        return [_moved(each, index) for each in value]
    if key in _PAIRS and isinstance(value, list):
        return [[_moved(each, index) for each in pair] for pair in value
                if isinstance(pair, list)]
    if key == "sel_type":
        return _moved(value, index)
    if isinstance(value, dict | list):
        return rewrite(value, old, new)
    return copy_tree(value)


def _one_each(value: Any, index: list[int]) -> bool:
    return isinstance(value, list) and len(value) == len(index)


def _spread(value: list[Any], index: list[int], length: int, filler: Any) -> list[Any]:
    spread = [filler] * length
    for place, each in zip(index, value, strict=True):
        spread[place] = each
    return spread


def _moved(value: Any, index: list[int]) -> Any:
    known = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(index)
    return index[value] if known else value


def merged_sel(lists: Sequence[list[int]]) -> list[int]:
    """Give for each type the largest number of neighbours; one for a type that nobody knows."""
    return [max(column) if max(column) != UNKNOWN_SEL else 1 for column in zip(*lists, strict=True)]
