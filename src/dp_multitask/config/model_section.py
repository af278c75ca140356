# SPDX-License-Identifier: LGPL-3.0-or-later
"""The ``model`` section of an input: its branches and references, whatever is broken in it.

Nothing here raises on any section. What is of the wrong kind looks empty; `resolve` and the
schema say that it is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

from dp_multitask.config.reference import Reference, parse_reference, reference_sites
from dp_multitask.errors import TreePath
from dp_multitask.records import NamedTuple

InputKind = Literal["multitask", "single"]

NOT_CASCADED = ("model_dict", "shared_dict")
"""The keys directly under ``model`` that are no defaults of the branches."""


class Branch(NamedTuple):
    """A branch with the keys that come down from the top of ``model``.

    Attributes
    ----------
    name : str
        Its name.
    path : tuple of str or int
        Where it is written.
    own : mapping
        The branch as it is written.
    params : mapping
        The same with what comes down from the top; its own value wins.
    model_path : tuple of str or int
        Where what comes down is written.
    """

    name: str
    path: TreePath
    own: Mapping[Any, Any]
    params: Mapping[Any, Any]
    model_path: TreePath

    def place(self, key: str) -> TreePath:
        """Tell where a key of `params` is written: in the branch or at the top of ``model``."""
        if key in self.own or key not in self.params:
            return (*self.path, key)
        return (*self.model_path, key)


class ModelSection:
    """Read-only view of a ``model`` section; what is found is kept.

    Parameters
    ----------
    model : object
        The section, of any kind.
    path : tuple of str or int
        Where it stands; the paths of all that is found begin with it.
    cascades : bool
        Whether the backend hands the keys directly under ``model`` down to the branches.
    """

    def __init__(self, model: Any, path: TreePath = ("model",), *, cascades: bool = True) -> None:
        self.model: Mapping[Any, Any] = as_mapping(model)
        self.model_path = path
        self._cascades = cascades

    @property
    def kind(self) -> InputKind:
        """Multitask or single task."""
        return "multitask" if "model_dict" in self.model else "single"

    @cached_property
    def shared(self) -> dict[Any, Any]:
        """The shared entries, without comments."""
        entries = as_mapping(self.model.get("shared_dict"))
        return {key: value for key, value in entries.items() if not _is_comment(key, value)}

    @cached_property
    def cascaded(self) -> dict[Any, Any]:
        """The keys under ``model`` that every branch inherits."""
        if self.kind == "multitask" and self._cascades:
            return {key: value for key, value in self.model.items() if key not in NOT_CASCADED}
        return {}

    @cached_property
    def branches(self) -> list[Branch]:
        """Every branch that is a mapping."""
        defaults, above = self.cascaded, self.model_path
        return [
            Branch(
                str(name), (*above, "model_dict", name), own, _inheriting(own, defaults), above
            )
            for name, own in branches_of(self.model).items()
        ]

    @cached_property
    def by_name(self) -> dict[str, Branch]:
        """Name -> branch."""
        return {each.name: each for each in self.branches}

    @property
    def references(self) -> list[Reference]:
        """Every shared reference where one may stand, malformed ones included."""
        return self._found[0]

    @property
    def uses(self) -> dict[tuple[str, str], list[Reference]]:
        """The references by ``(item_key, text)``: a thousand branches write a few."""
        return self._found[1]

    @cached_property
    def _found(self) -> tuple[list[Reference], dict[tuple[str, str], list[Reference]]]:
        found: list[Reference] = []
        uses: dict[tuple[str, str], list[Reference]] = {}
        for branch in self.branches:
            for item_key, member, text in reference_sites(branch.params):
                alike = uses.get((item_key, text))
                if alike is None:
                    alike = uses[item_key, text] = []
                    key, level = parse_reference(text)
                else:
                    key, level = alike[0].key, alike[0].level
                path = branch.place(item_key)
                if member is not None:
                    path = (*path, "list", member)
                each = Reference(branch.name, item_key, member, path, text, key, level)
                alike.append(each)
                found.append(each)
        return found, uses


def _inheriting(own: Mapping[Any, Any], defaults: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Add what a branch inherits behind its own keys: that is the order of DeePMD-kit's links."""
    if not defaults:
        return own
    return {**own, **{key: value for key, value in defaults.items() if key not in own}}


def branches_of(model: Mapping[str, Any]) -> dict[str, Any]:
    """Give the branches of a section: ``model_dict`` without the comments in it."""
    return {
        name: branch
        for name, branch in as_mapping(model.get("model_dict")).items()
        if isinstance(branch, Mapping)
    }


def as_mapping(value: Any) -> Mapping[Any, Any]:
    """Give `value` if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def _is_comment(key: Any, value: Any) -> bool:
    return isinstance(key, str) and key.startswith("_") and not isinstance(value, dict | list)
