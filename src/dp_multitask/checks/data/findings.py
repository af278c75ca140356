# SPDX-License-Identifier: LGPL-3.0-or-later
"""Whether the data that a training input names are there, and are what its branches need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from dp_multitask.checks.data.counting import number_findings
from dp_multitask.checks.data.judging import (
    Fault,
    faults_of,
    missing_in,
    shape_faults,
    table_faults,
)
from dp_multitask.checks.data.labels import Label, Needs, needs_of
from dp_multitask.checks.data.pair_table import pair_table_findings
from dp_multitask.checks.data.search import LMDB, Search
from dp_multitask.checks.data.statistics_file import statistics_findings
from dp_multitask.checks.data.system import System
from dp_multitask.checks.data.wording import (
    MOST_SHOWN,
    counted,
    distinct,
    how_many,
    listing,
    similar,
)
from dp_multitask.checks.data.written_files import written_files
from dp_multitask.checks.named_files import exists
from dp_multitask.checks.rules.components import type_map_of
from dp_multitask.checks.rules.data_sections import is_of_version_1
from dp_multitask.checks.rules.view import Branch, InputView, as_dict
from dp_multitask.diagnostics import Diagnostic, Severity
from dp_multitask.errors import TreePath
from dp_multitask.text.limits import without_collection
from dp_multitask.text.plain_data import whole_number

SAMPLE = 1000
"""Of how many systems of a branch the headers of the arrays are read."""


# What may be wrong with a name: code, what is said of one and of several, remedy.
_NAMES = {
    "absent": (
        "DPM701",
        "the data system {} does not exist",
        "data systems do not exist",
        "relative paths count from the folder of the input",
    ),
    "unreadable": (
        "DPM712",
        "{} is neither a folder nor an HDF5 file",
        "names are neither folders nor HDF5 files",
        "name the folder of the system",
    ),
    "no LMDB": (
        "DPM712",
        "{} is no LMDB data set: it has no data.mdb",
        "names are no LMDB data sets",
        "rename the folder, or put its name in a list if there are systems in it",
    ),
    "empty": (
        "DPM704",
        "there is no data system in {}: nothing in it has a type.raw",
        "names stand for no data system: nothing there has a type.raw",
        "name a folder with type.raw and set.*, or one above such folders",
    ),
}


class _Section(NamedTuple):
    """One ``training_data`` or ``validation_data``, and the branch that reads it."""

    path: TreePath
    data: dict[Any, Any]
    branch: Branch | None
    loss: dict[Any, Any] | None


@without_collection()  # there may be an object for each of many thousand systems
def check_paths(
    data: Any,
    folder: str,
    *,
    backend: str = "pt",
    schema: str = "3.2",
    trained: bool = False,
) -> list[Diagnostic]:
    """Find what is wrong with the systems and statistics files that an input names.

    Parameters
    ----------
    data : object
        The whole input, of any kind.
    folder : str
        The folder that relative paths count from.
    backend, schema : str
        The backend and the release that the input is meant for.
    trained : bool
        Whether the training starts from a trained model, which has its statistics.

    Returns
    -------
    list of Diagnostic
        Codes ``DPM701`` to ``DPM714``, without spans: one a section and kind, however many
        systems it is about. Those of `ABOUT_NUMBERS` take the place of what `check` says,
        which counts systems only where it knows the folder of the input.
    """
    view = InputView(data, backend)
    search = Search(folder)
    found: list[Diagnostic] = []
    for place, holder, branch, loss in _holders(view):
        has_statistics = trained or exists(folder, holder.get("stat_file"))
        for key in ("training_data", "validation_data"):
            section = _Section((*place, key), as_dict(holder.get(key)), branch, loss)
            if key == "training_data" and is_of_version_1(view, holder):
                section = _Section(place, holder, branch, loss)
            found += _Judge(view, section, search, bias=not has_statistics).findings()
        if not trained:  # then it is not opened
            found += statistics_findings(place, holder, folder, schema)
    found += number_findings(data, backend, search)
    found += pair_table_findings(view, folder)
    found += written_files(view, folder)
    return found


def _holders(
    view: InputView,
) -> Iterator[tuple[TreePath, dict[Any, Any], Branch | None, dict[Any, Any] | None]]:
    """Iterate over what holds data: place, content, the branch and its loss."""
    if view.kind == "single":
        yield ("training",), view.training, view.models[0], as_dict(view.data.get("loss"))
        return
    losses = as_dict(view.data.get("loss_dict"))
    for name, entry in as_dict(view.training.get("data_dict")).items():
        loss = losses.get(name)
        branch = view.by_name.get(str(name))
        kept = loss if isinstance(loss, dict) else None
        yield ("training", "data_dict", name), as_dict(entry), branch, kept


def _names(type_map: list[Any] | None) -> list[str] | None:
    """Give the elements as they are meant; of a list of something else the schema tells."""
    if not type_map or not all(isinstance(each, str) for each in type_map):
        return None
    return [each.strip() for each in type_map]


class _Judge:
    """Looks at the systems of one section."""

    def __init__(self, view: InputView, section: _Section, search: Search, *, bias: bool) -> None:
        self.section = section
        self.path = (*section.path, "systems")
        branch = section.branch
        self.needs = Needs([])
        self.type_map: list[Any] | None = None
        if branch is not None:
            self.needs = needs_of(view, branch, section.loss)
            self.type_map = _names(type_map_of(view, branch))
        # TensorFlow takes arrays of the right size in any shape, those of the chosen atoms alone,
        # and numbers the virtual atoms of spins in the data
        self.shaped = view.backend != "tf"
        if not self.shaped and branch is not None and "spin" in branch.params:
            self.type_map = None
        # the bias is fitted to the training data; TensorFlow's is zero without labels
        fitted = bias and section.path[-1] != "validation_data" and view.backend != "tf"
        self.fitted = self.needs.statistics if fitted else frozenset()
        below = search.section(section.data)
        if section.data.get("systems") == "":
            below = []  # trained without validation; of training data `check` tells by itself
        self.entries = [((*self.path, *place), entry) for place, entry in below]

    def findings(self) -> Iterator[Diagnostic]:
        """Find what is wrong: with the names, with each system, and with all of them together."""
        yield from self._about_names()
        named = (each for _, entry in self.entries for each in entry.systems)
        systems = list({id(each): each for each in named}.values())  # one may be named twice
        if not systems:
            return
        step = -(-len(systems) // SAMPLE)
        folded: dict[tuple[str, str, Severity], list[tuple[System, Fault]]] = {}
        for number, system in enumerate(systems):
            faults = list(faults_of(system, self.type_map))
            if number % step == 0 and self.shaped:
                faults += shape_faults(system, self.needs.labels)
                if self.section.path[-1] != "validation_data":
                    faults += table_faults(system)
            for each in faults:
                folded.setdefault((each.code, each.kind, each.severity), []).append((system, each))
        for (code, kind, severity), known in folded.items():
            yield self._folded(code, kind, severity, known, len(systems))
        for label in self.needs.labels:
            yield from self._about_label(label, systems)
        yield from self._about_bias(systems)
        yield from self._about_filter(systems)

    def _about_names(self) -> Iterator[Diagnostic]:
        total = len(self.entries)
        nothing = not any(entry.systems or entry.trouble == LMDB for _, entry in self.entries)
        for trouble, (code, one, many, hint) in _NAMES.items():
            known = [(path, entry) for path, entry in self.entries if entry.trouble == trouble]
            if not known:
                continue
            severity: Severity = "error"
            if trouble == "empty" and not nothing:
                severity, hint = "warning", f"training goes on without it; {hint}"
            path, message = known[0][0], one.format(repr(known[0][1].name))
            if len(known) > 1:
                names = listing([repr(entry.name) for _, entry in known])
                path, message = self.path, f"{len(known)} of {total} {many}: {names}"
            yield self._said(code, severity, path, message, hint)

    def _about_label(self, label: Label, systems: list[System]) -> Iterator[Diagnostic]:
        asked = [each for each in systems if each.sets and (each.periodic or not label.periodic)]
        without = [(each, sets) for each in asked if (sets := missing_in(each, label))]
        if not without:
            return
        wholly = [each for each, sets in without if len(sets) == len(each.sets)]
        hint = similar(label, wholly or [each for each, _ in without])
        file = f"{label.name}.npy"
        if label.needed:
            message = f"{counted([each for each, _ in without], len(systems), f'have no {file}')}"
            message += f", which {label.why} needs"
            yield self._said("DPM708", "error", self.path, message, hint)
            return
        if label.why != "the loss" or (label.name in self.fitted and self._no_bias(systems)):
            return
        if wholly:
            message = counted(wholly, len(systems), f"have no {file}")
            message += f": the term of {label.why} counts nothing there"
            yield self._said("DPM709", "warning", self.path, message, hint)
        halves = [each for each, sets in without if len(sets) < len(each.sets)]
        if halves:
            what = f"have {file} in some sets and not in others"
            message = counted(halves, len(systems), what)
            hint = "frames without it may count as zero; put the sets into two systems"
            yield self._said("DPM709", "warning", self.path, message, hint)

    def _no_bias(self, systems: list[System]) -> bool:
        return bool(self.fitted) and not any(
            each.stored_as(name) is not None
            for system in systems
            for each in system.sets
            for name in self.fitted
        )

    def _about_bias(self, systems: list[System]) -> Iterator[Diagnostic]:
        if not self._no_bias(systems) or not any(each.sets for each in systems):
            return
        asked = [each for each in self.needs.labels if each.name in self.fitted]
        files = " or ".join(f"{each.name}.npy" for each in asked)
        message = f"no system has {files}: the bias of the fitting net cannot be fitted"
        yield self._said("DPM708", "error", self.path, message, similar(asked[0], systems))

    def _about_filter(self, systems: list[System]) -> Iterator[Diagnostic]:
        word = self.section.data.get("batch_size")
        name, _, most = word.partition(":") if isinstance(word, str) else ("", "", "")
        sizes = [each.types.atoms for each in systems if each.types is not None]
        number = whole_number(most) if name == "filter" else None
        if number is not None and sizes and min(sizes) > number:
            message = f"batch_size {word!r} leaves no system: the smallest has {min(sizes)} atoms"
            path = (*self.section.path, "batch_size")
            yield self._said("DPM704", "error", path, message, "let more atoms pass")

    def _folded(
        self,
        code: str,
        kind: str,
        severity: Severity,
        known: list[tuple[System, Fault]],
        total: int,
    ) -> Diagnostic:
        systems = [system for system, _ in known]
        names = [
            f"{system.name!r} ({fault.detail})" if fault.detail else repr(system.name)
            for system, fault in known[:MOST_SHOWN]
        ]
        message = f"{how_many(systems, total, kind)}: {listing(names, len(distinct(systems)))}"
        return self._said(code, severity, self.path, message, known[0][1].hint)

    def _said(
        self, code: str, severity: Severity, path: TreePath, message: str, hint: str | None
    ) -> Diagnostic:
        return Diagnostic(code, severity, path, None, message, hint)
