# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a picture shows, as plain data: branches with their parts, and what they share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.config.summary import BranchSummary, ComponentSummary, Shared, Summary
from dp_multitask.records import NamedTuple

PART_NAMES = {"descriptor": "descriptor", "fitting_net": "fitting net"}
"""The parts that branches share, by the key in an input; a model file says ``fitting``."""


class PartUse(NamedTuple):
    """One branch's link to a shared part: at which level, and through which hybrid member."""

    branch: str
    level: int
    member: int | None
    is_base: bool


class SharedPart(NamedTuple):
    """What several branches have in common.

    Attributes
    ----------
    key : str
        Its name in ``shared_dict``.
    kind : {"descriptor", "fitting_net"}
        What it is.
    class_name : str
        Its class.
    uses : list of PartUse
        The branches that use it, base first.
    parameters : int or None
        The numbers that they have in common.
    saved : int or None
        The bytes that storing it once saves.
    """

    key: str
    kind: str
    class_name: str
    uses: list[PartUse]
    parameters: int | None
    saved: int | None


class BranchPart(NamedTuple):
    """A branch's own view of a part: what it is called, how large it is."""

    kind: str
    type_name: str
    class_name: str
    parameters: int | None
    nbytes: int | None


class BranchRow(NamedTuple):
    """A branch, or the only model of a file, whose name is None."""

    name: str | None
    aliases: list[str]
    type_map: list[str]
    parts: dict[str, BranchPart]
    parameters: int | None
    nbytes: int | None
    probability: float | None
    systems: int | None


class Diagram(NamedTuple):
    """Everything that a picture shows."""

    source: str
    kind: str
    branches: list[BranchRow]
    shared: list[SharedPart]
    total_parameters: int | None
    stored: int | None
    together: int | None

    @property
    def common_type_map(self) -> list[str] | None:
        """The type map of all branches, if they have one."""
        maps = {tuple(branch.type_map) for branch in self.branches}
        return self.branches[0].type_map if len(maps) == 1 else None


class Counts(NamedTuple):
    """Numbers of parameters of an input: by branch, by shared entry, of all together."""

    branches: Mapping[str, int]
    shared: Mapping[str, int]
    total: int


class Training(NamedTuple):
    """How an input trains its branches: probability and number of systems, by branch."""

    probability: Mapping[str, float]
    systems: Mapping[str, int]


def diagram_of(
    summary: Summary, counts: Counts | None = None, training: Training | None = None
) -> Diagram:
    """Arrange a summary for a picture.

    `counts` are the parameters that an input's models will have, which a model file's summary has
    itself; `training` says how the branches are trained.
    """
    training = training or Training({}, {})
    branches = [_row(branch, counts, training) for branch in summary.branches]
    shared = [
        _shared_part(each, None if counts is None else counts.shared.get(each.key))
        for each in summary.shared
        if len({link["model_key"] for link in each.links}) > 1
    ]
    stored = None if summary.stored is None else summary.stored
    total = counts.total if counts is not None else stored and stored.parameters
    together = None if summary.together is None else summary.together.nbytes
    return Diagram(
        summary.source,
        summary.kind,
        branches,
        shared,
        total,
        None if stored is None else stored.nbytes,
        together,
    )


def training_of(config: Mapping[str, Any]) -> Training:
    """Read from an input how often each branch is trained, and on how many systems.

    What is missing or malformed is left out: ``check`` is who tells of it.
    """
    section = config.get("training")
    section = section if isinstance(section, Mapping) else {}
    data = section.get("data_dict")
    systems = {
        str(name): len(each)
        for name, data_of in (data.items() if isinstance(data, Mapping) else ())
        if (each := _systems(data_of)) is not None
    }
    given = section.get("model_prob")
    weights = given if isinstance(given, Mapping) else systems
    numbers = {
        str(name): float(weight)
        for name, weight in weights.items()
        if isinstance(weight, int | float) and weight >= 0
    }
    total = sum(numbers.values())
    probability = {name: each / total for name, each in numbers.items()} if total > 0 else {}
    return Training(probability, systems)


def _systems(data: Any) -> list[Any] | None:
    part = data.get("training_data") if isinstance(data, Mapping) else None
    systems = part.get("systems") if isinstance(part, Mapping) else None
    return systems if isinstance(systems, list) else None


def _row(branch: BranchSummary, counts: Counts | None, training: Training) -> BranchRow:
    name = branch.name
    parameters = branch.size.parameters if branch.size is not None else None
    if counts is not None:
        parameters = counts.branches.get("model" if name is None else name)
    return BranchRow(
        name,
        branch.aliases,
        branch.type_map,
        _parts(branch.components),
        parameters,
        None if branch.size is None else branch.size.nbytes,
        training.probability.get(name or ""),
        training.systems.get(name or ""),
    )


def _parts(components: list[ComponentSummary]) -> dict[str, BranchPart]:
    """Take the descriptor and the fitting net nearest to the top; deeper ones are theirs."""
    parts: dict[str, BranchPart] = {}
    for each in components:
        kind = each.path.rpartition("/")[2].replace("fitting_net", "fitting")
        kind = {"descriptor": "descriptor", "fitting": "fitting_net"}.get(kind, "")
        if kind and kind not in parts:
            size = each.size
            parts[kind] = BranchPart(
                kind,
                each.type,
                each.class_name,
                None if size is None else size.parameters,
                None if size is None else size.nbytes,
            )
    return parts


def _shared_part(shared: Shared, parameters: int | None) -> SharedPart:
    uses = [
        PartUse(link["model_key"], link["shared_level"], _member(link["shared_type"]), number == 0)
        for number, link in enumerate(shared.links)
    ]
    kind = "fitting_net" if shared.links[0]["shared_type"] == "fitting_net" else "descriptor"
    saved = None if shared.saved is None else shared.saved.nbytes
    if parameters is None and shared.saved is not None:
        others = sum(use.level == uses[0].level for use in uses) - 1
        parameters = shared.saved.parameters // others if others > 0 else None
    return SharedPart(shared.key, kind, shared.class_name, uses, parameters, saved)


def _member(shared_type: str) -> int | None:
    number = shared_type.partition("_hybrid_")[2]
    return int(number) if number.isdecimal() else None
