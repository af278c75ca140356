# SPDX-License-Identifier: LGPL-3.0-or-later
"""A training input as the rules see it: branches, references and sections, whatever is broken.

Nothing here raises on any tree. A section of the wrong kind looks empty: that it is wrong is the
schema's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dp_multitask.config.links import rank_of
from dp_multitask.config.model_section import Branch as Branch
from dp_multitask.config.model_section import ModelSection
from dp_multitask.config.reference import Reference, parse_reference, reference_sites
from dp_multitask.errors import TreePath
from dp_multitask.records import NamedTuple
from dp_multitask.text.plain_data import is_commented_out

if TYPE_CHECKING:
    from dp_multitask.checks.schema.table import SchemaTable

CASCADING_BACKENDS = frozenset(("pt", "jax"))
"""The backends that hand the keys directly under ``model`` down to the branches (3.2.0)."""


class Link(NamedTuple):
    """One use of a shared entry, in the order that training would use."""

    branch: Branch
    reference: Reference


class InputView(ModelSection):
    """Read-only view of one input for one backend: its model section, and the rest.

    Parameters
    ----------
    data : object
        The whole input, of any kind.
    backend : str
        The backend that the input is meant for.
    table : SchemaTable, optional
        What the release that the input is meant for accepts; by default that of today.
    count : callable, optional
        Counts the systems of a data section, if the data are looked at; None where it cannot.
    """

    def __init__(
        self,
        data: Any,
        backend: str,
        table: SchemaTable | None = None,
        count: Callable[[dict[Any, Any]], int | None] | None = None,
    ) -> None:
        self.data: dict[Any, Any] = as_dict(data)
        self.backend = backend
        self._table = table
        self._count = count
        self.components: dict[tuple[TreePath, str], list[tuple[TreePath, dict[Any, Any]]]] = {}
        self.cascades = backend in CASCADING_BACKENDS and (table is None or table.cascades)
        super().__init__(self.data.get("model"), cascades=self.cascades)

    def release_has(self, key: str, section: str) -> bool:
        """Tell whether the release has a key in a section, so that a remedy may name it."""
        return self._table is None or self._table.has_key(key, section)

    def number_of_systems(self, data: dict[Any, Any]) -> int | None:
        """Count the systems of a data section, as far as the input tells if it stands alone.

        Each name in a list is then taken for a system; a single one may be a folder of many.
        """
        if self._count is not None:
            return self._count(data)
        systems = data.get("systems")
        if not isinstance(systems, list) or data.get("rglob_patterns") is not None:
            return None
        return len(systems)

    @cached_property
    def training(self) -> dict[Any, Any]:
        """The ``training`` section."""
        return as_dict(self.data.get("training"))

    @cached_property
    def models(self) -> list[Branch]:
        """The branches, or the single model as a branch without a name."""
        if self.kind == "single":
            return [Branch("", ("model",), self.model, self.model, ("model",))]
        return self.branches

    @cached_property
    def parts(self) -> list[Branch]:
        """The models, and after each those that it adds up (``linear_ener``), as branches."""
        found: list[Branch] = []
        for each in self.models:
            found.append(each)
            members = each.params.get("models")
            for index, own in enumerate(members if isinstance(members, list) else ()):
                if isinstance(own, dict):
                    above = {key: each.params[key] for key in ("type_map",) if key in each.params}
                    path = (*each.place("models"), index)
                    found.append(Branch(each.name, path, own, {**above, **own}, each.path))
        return found

    @cached_property
    def branches(self) -> list[Branch]:
        """Every branch that is a mapping; without references one named ``_x`` is a comment."""
        return [
            each
            for each in super().branches
            if not (each.name.startswith("_") or _is_section(each.name, each.own))
            or any(reference_sites(each.params))
        ]

    @cached_property
    def branch_names(self) -> list[str]:
        """Names of the branches that would be trained: comments and ``_x`` left out."""
        return [each.name for each in self.branches if not each.name.startswith("_")]

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
        name, _ = parse_reference(value)
        return None if name is None else self.shared.get(name)

    def item_path(self, branch: Branch, key: str) -> TreePath:
        """Tell where `item` is written."""
        value = branch.params.get(key)
        name = parse_reference(value)[0] if isinstance(value, str) else None
        if name is not None and name in self.shared:
            return ("model", "shared_dict", name)
        return branch.place(key)


def _is_section(name: str, own: Mapping[Any, Any]) -> bool:
    """Tell a section of ``model`` that stands among the branches."""
    # type map and descriptor of a branch may come from above
    return name == "shared_dict" and not own.keys() & {"descriptor", "fitting_net", "type"}


def as_dict(value: Any) -> dict[Any, Any]:
    """Give `value` if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def is_misspelt(key: str, section: Mapping[Any, Any]) -> bool:
    """Tell whether another key of a section is near, which the schema then tells of."""
    from difflib import get_close_matches

    written = [
        each for each in section if isinstance(each, str) and not is_commented_out(each)
    ]
    return bool(get_close_matches(key, written, 1, 0.8))  # 'time_training' is no 'training_data'


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
