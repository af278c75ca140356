# SPDX-License-Identifier: LGPL-3.0-or-later
"""What `training_data` and `validation_data` say of their systems."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from dp_multitask.checks.rules.rule import EVERY, Finding, rule
from dp_multitask.checks.rules.view import InputView, as_dict, is_misspelt
from dp_multitask.errors import TreePath

_SECTIONS = ("training_data", "validation_data")
# the tolerance of the reference: 1e-8 for "at most one", numpy.isclose for "one"
_TOLERANCE = 1e-8
# the others draw with NumPy, for which probabilities sum to one; so do all to count neighbours
_SHARES_MAY_BE_LOST = ("pt", "pd")

ABOUT_NUMBERS = frozenset(("DPM522", "DPM523", "DPM526"))
"""Codes of what depends on how many systems there are, which the data alone tell for sure."""


@rule("DPM520", "error", *EVERY)
def no_training_systems(view: InputView) -> Iterator[Finding]:
    """`systems` of the training data is empty.

    DeePMD-kit stops when it loads the data. So it does, for validation data too, if
    `rglob_patterns` is an empty list, which finds no system in any folder.

    Name the folders, or one folder in which all systems lie.
    """
    for path, data in _data_sections(view):
        validates = path[-1] == "validation_data"
        if data.get("rglob_patterns") == [] and data.get("systems") not in ([], ""):
            msg = "'rglob_patterns' is empty: no system is found"
            yield Finding((*path, "rglob_patterns"), msg, "write patterns, or remove it", "key")
        if data.get("systems") == "" and not validates:
            msg = "the name of 'systems' is empty"
            yield Finding((*path, "systems"), msg, "name the folders of the data")
        if data.get("systems") == [] and not validates:
            msg = "'systems' is empty: there are no data to train on"
            yield Finding((*path, "systems"), msg, "name the folders of the data", "key")


@rule("DPM525", "error", *EVERY)
def no_training_data(view: InputView) -> Iterator[Finding]:
    """There are no `training_data`.

    DeePMD-kit's argument check lets the section be absent, and training stops with a `KeyError`
    before it loads anything.

    Add `training_data` with `systems` and a `batch_size`, in a multitask input to every branch.
    """
    if view.kind == "single" and "data_dict" in view.training:
        return  # DPM513 says so
    for place, holder in _holders(view):
        # the data of version 1 stand in `training`
        if "systems" in holder or "training_data" in holder:
            continue
        others = {key: each for key, each in holder.items() if key != "validation_data"}
        if not is_misspelt("training_data", others):
            msg = f"{place[-1]!r} has no 'training_data'"
            yield Finding((*place, "training_data"), msg, "add them, with 'systems'")


@rule("DPM521", "warning", *EVERY)
def no_validation_systems(view: InputView) -> Iterator[Finding]:
    """`systems` of the validation data is empty.

    DeePMD-kit then trains without validation, as if `validation_data` were not there.

    Name the folders, or remove `validation_data`.
    """
    for path, data in _data_sections(view):
        if path[-1] == "validation_data" and data.get("systems") in ([], ""):
            msg = "'systems' is empty: nothing is validated"
            hint = "name folders, or remove 'validation_data'"
            yield Finding((*path, "systems"), msg, hint, "key")


@rule("DPM522", "error", *EVERY)
def batch_sizes_of_other_number(view: InputView) -> Iterator[Finding]:
    """`batch_size` is a list with another number of items than there are systems.

    A list gives the batch size of each system, in their order. DeePMD-kit asserts that there are
    as many. A name may stand for a folder of several systems: they are counted if it is there.

    Write one number for each system, or one for all.
    """
    for path, data in _data_sections(view):
        sizes = data.get("batch_size")
        number = view.number_of_systems(data) if isinstance(sizes, list) else None
        if isinstance(sizes, list) and number and len(sizes) != number:
            msg = f"batch_size has {len(sizes)} numbers, but {_of_many(number)}"
            yield Finding((*path, "batch_size"), msg, "write one for each system, or one for all")


@rule("DPM523", "error", *EVERY)
def probabilities_of_systems(view: InputView) -> Iterator[Finding]:
    """`sys_probs` is no distribution over the systems.

    `sys_probs` has a probability for each system. Those that are given sum to at most one; a
    negative number stands for "its share of the rest", by the number of batches, so that without
    any the sum is one. DeePMD-kit asserts all that when it loads the data.

    Correct the numbers.
    """
    for path, data in _data_sections(view):
        key, given = _probabilities(data)
        if not isinstance(given, list) or not all(_is_number(each) for each in given):
            continue
        problem, hint = _distribution_problem(given, _number_drawn_from(view, data))
        if problem:
            yield Finding((*path, key), problem, hint)


def _distribution_problem(given: list[Any], number: int | None) -> tuple[str, str]:
    if number and len(given) != number:
        msg = f"sys_probs has {len(given)} numbers, but {_of_many(number)}"
        return msg, "write one for each system"
    assigned = sum(each for each in given if each >= 0)
    rest = any(each < 0 for each in given)
    if assigned > 1.0 + _TOLERANCE:
        return f"the probabilities sum to {assigned:g}, more than 1", "let them sum to 1"
    if not rest and not math.isclose(assigned, 1.0, rel_tol=1e-5, abs_tol=_TOLERANCE):
        msg = f"the probabilities sum to {assigned:g}, not to 1"
        return msg, "let them sum to 1, or write -1 for systems that share the rest"
    if rest and math.isclose(assigned, 1.0, rel_tol=1e-5, abs_tol=_TOLERANCE):
        return "nothing is left for the systems with a negative number", "let some be left"
    return "", ""


@rule("DPM524", "error", *EVERY)
def batch_rule_of_other_data(view: InputView) -> Iterator[Finding]:
    """The rule for batch sizes is for other data or another backend.

    `mix:N` packs frames of different sizes into a batch, from an LMDB data set that is named by
    one path. `mixed:N` is for the TensorFlow backend alone.

    Use `auto`, `auto:N`, `max:N`, `filter:N` or a number.
    """
    for path, data in _data_sections(view):
        word = data.get("batch_size")
        rule_name = word.split(":")[0] if isinstance(word, str) else ""
        here = (*path, "batch_size")
        if rule_name == "mixed" and view.backend != "tf":
            msg = f"backend {view.backend!r} has no batch sizes {word!r}"
            yield Finding(here, msg, "use 'auto:N' or 'max:N'; 'mixed:N' is TensorFlow's alone")
        elif rule_name == "mix" and not isinstance(data.get("systems"), str):
            msg = f"batch sizes {word!r} need an LMDB data set, named by one path"
            yield Finding(here, msg, "use 'auto:N' or 'max:N' for folders of systems")


@rule("DPM526", "error", *EVERY)
def blocks_without_systems(view: InputView) -> Iterator[Finding]:
    """A block of `auto_prob` has no system.

    `prob_sys_size;START:END:WEIGHT;...` shares the weight of each block among its systems: from
    number START (the first is 0) up to, not including, END. If a block has none, or a later one
    takes them, probabilities do not sum to one: DeePMD-kit stops when it counts the neighbours in
    the training data, or when it draws a system. Of validation data, PyTorch draws as long as one
    block has a system.

    Correct the numbers.
    """
    for path, data in _data_sections(view):
        blocks = _blocks(data.get("auto_prob"))
        number = _number_drawn_from(view, data) if blocks else None
        if not number or _probabilities(data)[1] is not None:
            continue
        owners: list[int | None] = [None] * number
        for at, (systems, _) in enumerate(blocks):
            owners[systems] = [at] * len(owners[systems])
        kept = [set(owners[systems]) == {at} for at, (systems, _) in enumerate(blocks)]
        weighted = [each for each, (_, weight) in zip(kept, blocks, strict=True) if weight > 0.0]
        drawn = any(owner is not None and blocks[owner][1] > 0.0 for owner in owners)
        lenient = path[-1] == "validation_data" and view.backend in _SHARES_MAY_BE_LOST
        if weighted and not (drawn if lenient else all(weighted)):
            blocks_of = f"a block of auto_prob {data['auto_prob']!r}"
            msg = f"{blocks_of} has no system of its own: {_of_many(number)}"
            hint = f"number the systems from 0, up to {number} for the end of a block"
            yield Finding((*path, "auto_prob"), msg, hint)


def _of_many(number: int) -> str:
    return "there is one system" if number == 1 else f"there are {number} systems"


def _blocks(style: Any) -> list[tuple[slice, float]]:
    """Read the blocks of ``auto_prob``: their systems and their weights."""
    blocks = style.split(";")[1:] if isinstance(style, str) else []
    parts = [each.split(":") for each in blocks]
    try:
        return [(slice(int(each[0]), int(each[1])), float(each[2])) for each in parts]
    except (ValueError, IndexError):
        return []  # which the schema says


def _probabilities(data: dict[Any, Any]) -> tuple[str, Any]:
    """Give the key of the probabilities of systems, and what stands there."""
    key = "sys_probs" if "sys_probs" in data else "sys_weights"
    return key, data.get(key)


def _number_drawn_from(view: InputView, data: dict[Any, Any]) -> int | None:
    """Count the systems that are left to draw from."""
    rule_of_sizes = data.get("batch_size")
    if isinstance(rule_of_sizes, str) and rule_of_sizes.startswith("filter"):
        return None  # it leaves out those of many atoms
    return view.number_of_systems(data)


def _data_sections(view: InputView) -> Iterator[tuple[TreePath, dict[Any, Any]]]:
    """Iterate over the sections that name data: place and content."""
    for place, holder in _holders(view):
        if is_of_version_1(view, holder):
            yield place, holder
        for key in _SECTIONS:
            if isinstance(holder.get(key), dict):
                yield (*place, key), holder[key]


def is_of_version_1(view: InputView, holder: dict[Any, Any]) -> bool:
    """Tell whether data stand in ``training`` itself, from where DeePMD-kit moves them."""
    return view.kind == "single" and "systems" in holder and "training_data" not in holder


def _holders(view: InputView) -> list[tuple[TreePath, dict[Any, Any]]]:
    """Give the sections in which those that name data stand."""
    holders: dict[TreePath, Any] = {("training",): view.data.get("training")}
    if view.kind == "multitask":
        entries = as_dict(view.training.get("data_dict"))
        names = frozenset(view.branch_names)  # the data of others are never loaded
        holders = {("training", "data_dict", key): entries[key] for key in entries if key in names}
    return [(place, each) for place, each in holders.items() if isinstance(each, dict)]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
