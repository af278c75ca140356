# SPDX-License-Identifier: LGPL-3.0-or-later
"""Shared references: their syntax and where they may stand.

DeePMD-kit 3.2.0 expands a string in the ``type_map``, ``descriptor`` and ``fitting_net`` of a
branch, and in the ``list`` of a hybrid that is written out in the branch, one level deep. It
leaves a string anywhere else as it is, and the job fails later.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from dp_multitask.errors import MisplacedReferenceError, ReferenceSyntaxError, TreePath

SHARED_ITEMS = ("type_map", "descriptor", "fitting_net")
"""The keys of a branch that may hold a reference."""


class SharedReference(NamedTuple):
    """A reference to an entry of ``shared_dict``.

    Attributes
    ----------
    key : str
        The entry's name.
    level : int
        The share level: 0 shares everything, 1 the type embedding only.
    """

    key: str
    level: int

    @classmethod
    def parse(cls, text: str, *, path: TreePath = ()) -> SharedReference:
        """Read ``key`` or ``key:level``.

        Parameters
        ----------
        text : str
            The reference as written.
        path : tuple, optional
            Where it stands, for the error.

        Raises
        ------
        ReferenceSyntaxError
            The level is not one non-negative integer. DeePMD-kit reads ``d:1:2`` as level 1 and
            lets ``d:-1`` pass.
        """
        key, colon, level_text = text.partition(":")
        if not colon:
            return cls(key, 0)
        try:
            level = int(level_text)
        except ValueError:
            level = -1
        if level < 0:
            msg = f"the share level in {text!r} is {level_text!r}, expected a non-negative integer"
            raise ReferenceSyntaxError(msg, path=path, hint=f"write {key!r} or '{key}:1'")
        return cls(key, level)

    def __str__(self) -> str:
        return f"{self.key}:{self.level}" if self.level else self.key


class ReferenceSite(NamedTuple):
    """A place in a branch at which a reference stands.

    Attributes
    ----------
    text : str
        The reference as written.
    item_key : str
        ``type_map``, ``descriptor`` or ``fitting_net``.
    member : int or None
        The place in a hybrid's list, when it stands in one.
    """

    text: str
    item_key: str
    member: int | None

    @property
    def shared_type(self) -> str:
        """The name that the shared links use, such as ``descriptor_hybrid_0``."""
        return self.item_key if self.member is None else f"{self.item_key}_hybrid_{self.member}"

    @property
    def path(self) -> TreePath:
        """The place relative to the branch."""
        return (self.item_key,) if self.member is None else (self.item_key, "list", self.member)


def reference_sites(branch: dict[str, Any]) -> Iterator[ReferenceSite]:
    """Iterate over the references of a branch, in the order in which DeePMD-kit meets them."""
    for item_key, item in branch.items():
        if item_key not in SHARED_ITEMS:
            continue
        if isinstance(item, str):
            yield ReferenceSite(item, item_key, None)
        elif isinstance(item, dict) and item.get("type") == "hybrid":
            members = item.get("list")
            if isinstance(members, list):
                for index, member in enumerate(members):
                    if isinstance(member, str):
                        yield ReferenceSite(member, item_key, index)


def misplaced_references(item: Any, path: TreePath = ()) -> Iterator[tuple[TreePath, str]]:
    """Iterate over strings in the lists of a hybrid and of the hybrids inside it.

    Parameters
    ----------
    item : object
        A descriptor's parameters, in a place where members can be no references.
    path : tuple, optional
        Where it stands.

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
            yield from misplaced_references(member, here)


def refuse_misplaced(item: Any, path: TreePath, place: str) -> None:
    """Raise for the first reference in a shared hybrid or a hybrid within a hybrid.

    Raises
    ------
    MisplacedReferenceError
        A reference stands in `item`.
    """
    for where, text in misplaced_references(item, path):
        msg = f"the reference {text!r} stands in {place}, where references are not expanded"
        hint = "write the member's parameters out, or put the hybrid into the branch itself"
        raise MisplacedReferenceError(msg, path=where, hint=hint)
