# SPDX-License-Identifier: LGPL-3.0-or-later
"""Shared references: their syntax and where they may stand.

DeePMD-kit 3.2.0 expands a string in the ``type_map``, ``descriptor`` and ``fitting_net`` of a
branch, and in the ``list`` of a hybrid that is written out in the branch, one level deep. It
leaves a string anywhere else as it is, and the job fails later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from dp_multitask.errors import TreePath
from dp_multitask.records import NamedTuple

ITEM_NAMES = {"type_map": "type map", "descriptor": "descriptor", "fitting_net": "fitting net"}
"""The keys of a branch that may hold a reference, and what people call what stands there."""

SHARED_ITEMS = tuple(ITEM_NAMES)


class Reference(NamedTuple):
    """A reference to an entry of ``shared_dict``, where one may stand.

    Attributes
    ----------
    branch : str
        The branch's name.
    item_key : str
        ``type_map``, ``descriptor`` or ``fitting_net``.
    member : int or None
        The place in a hybrid's list, when it stands in one.
    path : tuple of str or int
        Where it is written.
    text : str
        The reference as written.
    key : str or None
        The entry's name; None when the text is no reference.
    level : int
        The share level: 0 shares everything, 1 the type embedding only.
    """

    branch: str
    item_key: str
    member: int | None
    path: TreePath
    text: str
    key: str | None
    level: int

    @property
    def shared_type(self) -> str:
        """The name that the shared links use, such as ``descriptor_hybrid_0``."""
        return self.item_key if self.member is None else f"{self.item_key}_hybrid_{self.member}"


@lru_cache(maxsize=4096)
def parse_reference(text: str) -> tuple[str | None, int]:
    """Read ``key`` or ``key:level``; the key is None unless the level is a non-negative integer.

    DeePMD-kit reads ``d:1:2`` as level 1 and lets ``d:-1`` pass.
    """
    key, colon, level_text = text.partition(":")
    if not colon:
        return key, 0
    try:
        level = int(level_text)
    except ValueError:
        level = -1
    return (key, level) if level >= 0 else (None, 0)


def reference_sites(params: Any) -> Iterator[tuple[str, int | None, str]]:
    """Iterate over the references of a branch, in the order in which DeePMD-kit meets them.

    Yields
    ------
    item_key, member, text
        The key that holds it, its place in a hybrid's list or None, and the text.
    """
    for item_key, item in params.items():
        if item_key not in SHARED_ITEMS:
            continue
        if isinstance(item, str):
            yield item_key, None, item
        elif isinstance(item, dict) and item.get("type") == "hybrid":
            members = item.get("list")
            if isinstance(members, list):
                for index, member in enumerate(members):
                    if isinstance(member, str):
                        yield item_key, index, member


def strings_in_hybrid(item: Any, path: TreePath) -> Iterator[tuple[TreePath, str]]:
    """Iterate over strings in the lists of a hybrid and of the hybrids inside it.

    Yields
    ------
    path, text
        Each string that stands where a member's parameters are expected.
    """
    if not isinstance(item, dict) or item.get("type") != "hybrid":
        return
    members = item.get("list")
    if not isinstance(members, list):
        return
    for index, member in enumerate(members):
        here = (*path, "list", index)
        if isinstance(member, str):
            yield here, member
        else:
            yield from strings_in_hybrid(member, here)


def references_without_branches(model: Any) -> Iterator[tuple[TreePath, str]]:
    """Iterate over the references of a single model and of a linear model's sub-models.

    Yields
    ------
    path, text
        Its place below the model, and the reference.
    """
    sub_models = model.get("models")
    parts: list[tuple[TreePath, Any]] = [((), model)]
    if isinstance(sub_models, list):
        parts += [(("models", index), each) for index, each in enumerate(sub_models)]
    for path, part in parts:
        if isinstance(part, Mapping):
            for item_key, member, text in reference_sites(part):
                below = () if member is None else ("list", member)
                yield (*path, item_key, *below), text
