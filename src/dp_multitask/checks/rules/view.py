# SPDX-License-Identifier: LGPL-3.0-or-later
"""A training input as the rules see it: branches, references and sections, whatever is broken.

Nothing here raises on any tree. A section of the wrong kind looks empty: that it is wrong is the
schema's to say.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal, NamedTuple

from dp_multitask.config.links import sort_links
from dp_multitask.config.model_section import NOT_CASCADED
from dp_multitask.config.reference import SharedReference, reference_sites
from dp_multitask.errors import ReferenceSyntaxError, TreePath

InputKind = Literal["multitask", "linear", "single"]

CASCADING_BACKENDS = frozenset(("pt", "jax"))
"""The backends that hand the keys directly under ``model`` down to the branches (3.2.0)."""


class Reference(NamedTuple):
    """A shared reference in a branch; `key` is None when its syntax is wrong."""

    branch: str
    item_key: str
    member: int | None
    path: TreePath
    text: str
    key: str | None
    level: int


class Branch(NamedTuple):
    """A branch with the keys that come down from the top of ``model``."""

    name: str
    path: TreePath
    own: dict[Any, Any]
    params: dict[Any, Any]
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


class InputView:
    """Read-only view of one input for one backend.

    Parameters
    ----------
    data : object
        The whole input, of any kind.
    backend : str
        The backend that the input is meant for.
    """

    def __init__(self, data: Any, backend: str) -> None:
        self.data: dict[Any, Any] = as_dict(data)
        self.backend = backend

    @cached_property
    def model(self) -> dict[Any, Any]:
        """The ``model`` section."""
        return as_dict(self.data.get("model"))

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
        entries = as_dict(self.model.get("shared_dict"))
        return {key: value for key, value in entries.items() if not _is_comment(key, value)}

    @cached_property
    def training(self) -> dict[Any, Any]:
        """The ``training`` section."""
        return as_dict(self.data.get("training"))

    @cached_property
    def branches(self) -> list[Branch]:
        """Every branch that is a mapping; the sub-models of a linear model count as branches."""
        defaults = self.cascaded
        return [
            Branch(str(name), path, own, {**defaults, **own} if defaults else own, ("model",))
            for name, path, own in self._written_branches()
        ]

    @cached_property
    def models(self) -> list[Branch]:
        """The branches, or the single model as a branch without a name."""
        if self.kind == "single":
            return [Branch("", ("model",), self.model, self.model, ("model",))]
        return self.branches

    @cached_property
    def cascaded(self) -> dict[Any, Any]:
        """The keys under ``model`` that every branch inherits."""
        if self.kind == "multitask" and self.backend in CASCADING_BACKENDS:
            return {key: value for key, value in self.model.items() if key not in NOT_CASCADED}
        if self.kind == "linear" and "type_map" in self.model:
            return {"type_map": self.model["type_map"]}
        return {}

    @cached_property
    def branch_names(self) -> list[str]:
        """Names of the branches that would be trained: comments and ``_x`` left out."""
        return [each.name for each in self.branches if not each.name.startswith("_")]

    @cached_property
    def by_name(self) -> dict[str, Branch]:
        """Name -> branch."""
        return {each.name: each for each in self.branches}

    @cached_property
    def references(self) -> list[Reference]:
        """Every shared reference where one may stand, malformed ones included."""
        found: list[Reference] = []
        for branch in self.branches:
            for site in reference_sites(branch.params):
                here = (*branch.place(site.item_key), *site.path[1:])
                key, level = _parsed(site.text)
                place = (branch.name, site.item_key, site.member)
                found.append(Reference(*place, here, site.text, key, level))
        return found

    @cached_property
    def links(self) -> dict[str, list[Link]]:
        """Shared key -> its uses as descriptor or fitting net, the base first."""
        table: dict[str, dict[str, Any]] = {}
        for each in self.references:
            if each.key in self.shared and each.item_key != "type_map":
                entry = table.setdefault(str(each.key), {"type": "", "links": []})
                entry["links"].append(
                    {"model_key": each.branch, "shared_level": each.level, "reference": each}
                )
        sort_links(table, {each.name for each in self.branches if "spin" in each.params})
        return {
            key: [Link(self.by_name[link["model_key"]], link["reference"]) for link in uses]
            for key, uses in ((key, entry["links"]) for key, entry in table.items())
        }

    def at(self, path: TreePath) -> Any:
        """Give the value at a path, None where there is none."""
        value: Any = self.data
        for key in path:
            value = as_dict(value).get(key)
        return value

    def item(self, branch: Branch, key: str) -> Any:
        """Give a branch's ``type_map``, ``descriptor`` or ``fitting_net``, reference resolved."""
        value = branch.params.get(key)
        if not isinstance(value, str):
            return value
        name, _ = _parsed(value)
        return None if name is None else self.shared.get(name)

    def item_path(self, branch: Branch, key: str) -> TreePath:
        """Tell where `item` is written."""
        value = branch.params.get(key)
        name = _parsed(value)[0] if isinstance(value, str) else None
        if name is not None and name in self.shared:
            return ("model", "shared_dict", name)
        return branch.place(key)

    def _written_branches(self) -> list[tuple[str, TreePath, dict[Any, Any]]]:
        if self.kind == "multitask":
            written = as_dict(self.model.get("model_dict")).items()
            return [
                (name, ("model", "model_dict", name), own)
                for name, own in written
                if isinstance(own, dict)
            ]
        if self.kind == "linear":
            return [
                (f"model_{index}", ("model", "models", index), own)
                for index, own in enumerate(self.model["models"])
                if isinstance(own, dict)
            ]
        return []


def as_dict(value: Any) -> dict[Any, Any]:
    """Give `value` if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def number(value: Any) -> float | None:
    """Read a number the way DeePMD-kit does (``float``), None where that fails."""
    if not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def type_of(params: Any, default: str) -> str | None:
    """Give the ``type`` of a component's parameters; None when it is no string."""
    named = as_dict(params).get("type", default)
    return named if isinstance(named, str) else None


def _is_comment(key: Any, value: Any) -> bool:
    return isinstance(key, str) and key.startswith("_") and not isinstance(value, dict | list)


def _parsed(text: str) -> tuple[str | None, int]:
    try:
        parsed = SharedReference.parse(text)
    except ReferenceSyntaxError:
        return None, 0
    return parsed.key, parsed.level
