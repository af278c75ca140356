# SPDX-License-Identifier: LGPL-3.0-or-later
"""The one type map that all branches of a composed input reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dp_multitask.config.compose.parts import NewBranch
from dp_multitask.config.compose.sharing import Alike
from dp_multitask.config.compose.type_maps import UNKNOWN_SEL, merged_sel, rewrite, united
from dp_multitask.errors import SharedTypeMapError, TreePath


class TypeMapUnion:
    """The type maps of a base and of the parts that are added to it.

    Parameters
    ----------
    model : dict
        The ``model`` section of the base, or an empty one; `unite` changes it.
    parts : sequence of NewBranch
        What is added.
    alike : Alike
        What descriptors must agree in, but for ``sel``, to get one ``sel``.

    Attributes
    ----------
    parts : list of NewBranch
        The same, after `unite` rewritten for the union.
    """

    def __init__(self, model: dict[str, Any], parts: Sequence[NewBranch], alike: Alike) -> None:
        self._alike = alike
        self._model = model
        self.parts = list(parts)
        self.reference = self._of_base()

    def _of_base(self) -> str | None:
        """Give the reference by which the base's branches name their type map."""
        above = self._model.get("type_map")
        for branch in self._model["model_dict"].values():
            value = branch.get("type_map", above) if isinstance(branch, dict) else None
            if isinstance(value, str) and self._entry(value) is not None:
                return value
        return None

    def _entry(self, reference: str) -> list[str] | None:
        entry = self._model.get("shared_dict", {}).get(reference.split(":")[0])
        texts = isinstance(entry, list) and all(isinstance(each, str) for each in entry)
        return entry if texts else None

    @property
    def _maps(self) -> list[tuple[str, list[str]]]:
        maps = [(part.name, part.model["type_map"]) for part in self.parts]
        if self.reference is not None:
            maps.insert(0, (f"the base ({self.reference})", self._entry(self.reference) or []))
        return maps

    @property
    def elements(self) -> list[str]:
        """Every element, in order of first appearance."""
        return united(each for _, each in self._maps)

    @property
    def differ(self) -> bool:
        """Whether two of the type maps are not the same list."""
        return any(each != self._maps[0][1] for _, each in self._maps)

    def refusal(self) -> SharedTypeMapError:
        """Give the error that names two type maps that differ."""
        (first, one), *others = self._maps
        second, other = next(each for each in others if each[1] != one)
        msg = (
            f"the type maps of {first} and {second} differ: {' '.join(map(str, one))} "
            f"and {' '.join(map(str, other))}"
        )
        return SharedTypeMapError(
            msg, hint="all branches have one type map; --unite-type-maps takes the union"
        )

    def unite(self) -> Iterator[tuple[TreePath, str]]:
        """Write everything by the union, and tell what that means."""
        elements = self.elements
        if self.reference is not None:
            old = list(self._entry(self.reference) or [])
            for section in ("model_dict", "shared_dict"):
                self._model[section].update(rewrite(self._model[section], old, elements))
            self._model["shared_dict"][self.reference.split(":")[0]] = list(elements)
        self.parts = [
            part._replace(model=rewrite(part.model, part.model["type_map"], elements))
            for part in self.parts
        ]
        yield ("model", "shared_dict"), f"the type map of all branches is {' '.join(elements)}"
        yield from self._settle_sel(elements)

    def _settle_sel(self, elements: list[str]) -> Iterator[tuple[TreePath, str]]:
        """Fill in ``sel`` for types that a descriptor did not know, alike for equal ones."""
        groups: list[tuple[Any, list[tuple[str, dict[str, Any]]]]] = []
        for name, params in self._with_sel():
            rest = {key: each for key, each in self._alike("descriptor", params).items()
                    if key != "sel"}
            group = next((each for each in groups if each[0] == rest), None)
            if group is None:
                groups.append((rest, [(name, params)]))
            else:
                group[1].append((name, params))
        for _, members in groups:
            merged = merged_sel([params["sel"] for _, params in members])
            if all(params["sel"] == merged for _, params in members):
                continue
            guessed = [
                element
                for element, *column in zip(elements, *(p["sel"] for _, p in members), strict=True)
                if max(column) == UNKNOWN_SEL
            ]
            for _, params in members:
                params["sel"] = list(merged)
            names = ", ".join(dict.fromkeys(name for name, _ in members))
            msg = f"'sel' of {names} is {merged}, for each type the largest"
            if guessed:
                msg += f"; 1 for {', '.join(guessed)}, which the data of {names} does not have"
            yield ("model",), msg

    def _with_sel(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Iterate over the descriptors that list a ``sel`` for each type of the union."""
        count = len(self.elements)
        holders: list[tuple[str, Any]] = [(part.name, part.model) for part in self.parts]
        if self.reference is not None:
            holders += [("the base", self._model["shared_dict"])]
            holders += [(name, each) for name, each in self._model["model_dict"].items()]
        waiting = [(name, each) for name, holder in holders for each in [holder]]
        while waiting:
            name, value = waiting.pop(0)
            if isinstance(value, dict):
                sel = value.get("sel")
                if isinstance(sel, list) and len(sel) == count and _numbers(sel):
                    yield name, value
                waiting += [(name, each) for each in value.values()]
            elif isinstance(value, list):
                waiting += [(name, each) for each in value]


def _numbers(values: list[Any]) -> bool:
    return all(isinstance(each, int) and not isinstance(each, bool) for each in values)
