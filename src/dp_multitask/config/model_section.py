# SPDX-License-Identifier: LGPL-3.0-or-later
"""The ``model`` section of an input: its branches, references and links, whatever is broken in it.

Nothing here raises on any section. What is of the wrong kind looks empty; `resolve` and the
schema say that it is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Literal, NamedTuple

from dp_multitask.config.links import rank_of
from dp_multitask.config.reference import Reference, parse_reference, reference_sites
from dp_multitask.errors import TreePath

InputKind = Literal["multitask", "linear", "single"]

NOT_CASCADED = ("model_dict", "shared_dict")
"""The keys directly under ``model`` that are no defaults of the branches."""


class Branch(NamedTuple):
    """A branch with the keys that come down from the top of ``model``.

    Attributes
    ----------
    name : str
        Its name; the sub-models of a linear model are called ``model_0``, ``model_1`` ...
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


class Link(NamedTuple):
    """One use of a shared entry, in the order that training would use."""

    branch: Branch
    reference: Reference


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

    @cached_property
    def kind(self) -> InputKind:
        """Multitask, linear model with shared parts, or single task."""
        if "model_dict" in self.model:
            return "multitask"
        if "shared_dict" in self.model and isinstance(self.model.get("models"), list):
            return "linear"
        return "single"

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
        if self.kind == "linear" and "type_map" in self.model:
            return {"type_map": self.model["type_map"]}
        return {}

    @cached_property
    def branches(self) -> list[Branch]:
        """Every branch that is a mapping; the sub-models of a linear model count as branches."""
        defaults, above = self.cascaded, self.model_path
        return [
            Branch(str(name), (*above, *path), own, _inheriting(own, defaults), above)
            for name, path, own in self._written_branches()
        ]

    @cached_property
    def by_name(self) -> dict[str, Branch]:
        """Name -> branch."""
        return {each.name: each for each in self.branches}

    @cached_property
    def references(self) -> list[Reference]:
        """Every shared reference where one may stand, malformed ones included."""
        found: list[Reference] = []
        parsed: dict[str, tuple[str | None, int]] = {}
        for branch in self.branches:
            for item_key, member, text in reference_sites(branch.params):
                if text not in parsed:
                    parsed[text] = parse_reference(text)
                path = branch.place(item_key)
                here = path if member is None else (*path, "list", member)
                found.append(Reference(branch.name, item_key, member, here, text, *parsed[text]))
        return found

    @cached_property
    def uses(self) -> dict[tuple[str, str], list[Reference]]:
        """The references by ``(item_key, text)``: a thousand branches write a few."""
        found: dict[tuple[str, str], list[Reference]] = {}
        for each in self.references:
            found.setdefault((each.item_key, each.text), []).append(each)
        return found

    @cached_property
    def links(self) -> dict[str, list[Link]]:
        """Shared key -> its uses as descriptor or fitting net, the base first."""
        table: dict[str, list[Link]] = {}
        for each in self.references:
            if each.key is not None and each.key in self.shared and each.item_key != "type_map":
                table.setdefault(each.key, []).append(Link(self.by_name[each.branch], each))
        for links in table.values():
            links.sort(key=lambda link: rank_of(link.reference.level, "spin" in link.branch.params))
        return table

    def _written_branches(self) -> Iterator[tuple[Any, TreePath, Mapping[Any, Any]]]:
        if self.kind == "multitask":
            for name, own in branches_of(self.model).items():
                yield name, ("model_dict", name), own
        elif self.kind == "linear":
            for index, own in enumerate(self.model["models"]):
                if isinstance(own, Mapping):
                    yield f"model_{index}", ("models", index), own


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
