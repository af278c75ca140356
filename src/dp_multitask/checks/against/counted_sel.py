# SPDX-License-Identifier: LGPL-3.0-or-later
"""The neighbour numbers that a training has, where the input leaves them to be counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, NamedTuple

from dp_multitask.checks.rules.shapes import with_numbers
from dp_multitask.checks.rules.types import (
    automatic_sel,
    canonical_type,
    class_of_descriptor,
    counts_by_type,
)
from dp_multitask.errors import TreePath


class CountedSel(NamedTuple):
    """A neighbour number that depends on the data.

    Attributes
    ----------
    path : tuple of str or int
        Its place below the descriptor.
    written : str
        What the input says: ``auto``, or ``auto:1.5``.
    trained : object
        The number in the trained model.
    """

    path: TreePath
    written: str
    trained: Any


def with_sel_of_training(
    descriptor: Any, trained: Any, types: tuple[int, int]
) -> tuple[Any, list[CountedSel]]:
    """Give a descriptor as it is built, and the numbers in it that are counted from the data.

    These are taken from the trained model, so that the rest can be compared. Of a list where a
    class has one number, DeePMD-kit 3.2.0 takes the first when it has counted the neighbours. A
    descriptor of another type has some numbers, so that the types can be compared.

    Parameters
    ----------
    descriptor, trained : object
        The parameters in the input and in the trained model.
    types : tuple of int
        How many types there are, without and with the virtual ones of spins.
    """
    if not isinstance(descriptor, Mapping):
        return descriptor, []
    kinds = [canonical_type("descriptor", each, "se_e2_a") for each in (descriptor, trained)]
    if not isinstance(trained, Mapping) or kinds[0] != kinds[1]:
        return with_numbers(dict(descriptor), types), []
    built = deepcopy(dict(descriptor))
    counted = list(_filled_in(built, trained))
    sel = built.get("sel")
    one_number = class_of_descriptor(built) is not None and not counts_by_type(built)
    if one_number and isinstance(sel, list) and len(sel) > 1:
        built["sel"] = sel[0]
    members, theirs = built.get("list"), trained.get("list")
    if isinstance(members, list) and isinstance(theirs, list):
        for index, mine in enumerate(members):
            other = theirs[index] if index < len(theirs) else None
            members[index], inner = with_sel_of_training(mine, other, types)
            counted += [each._replace(path=("list", index, *each.path)) for each in inner]
    return built, counted


def _filled_in(built: dict[Any, Any], trained: Mapping[Any, Any]) -> Iterator[CountedSel]:
    for place, text in automatic_sel(built):
        path = place or ("sel",)
        mine: Any = built
        theirs: Any = trained
        for part in path[:-1]:
            mine = mine[part]
            theirs = theirs.get(part) if isinstance(theirs, Mapping) else None
        number = theirs.get(path[-1]) if isinstance(theirs, Mapping) else None
        if isinstance(number, int | list):
            mine[path[-1]] = number
            yield CountedSel(path, text or "auto", number)
