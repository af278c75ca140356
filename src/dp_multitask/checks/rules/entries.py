# SPDX-License-Identifier: LGPL-3.0-or-later
"""The sections that have one entry a branch: losses, data, weights."""

from __future__ import annotations

from collections.abc import Iterator
from os.path import normpath
from typing import Any

from dp_multitask.checks.named_files import place_of
from dp_multitask.checks.rules.rule import Finding, rule
from dp_multitask.checks.rules.view import InputView, as_dict, is_misspelt, number
from dp_multitask.diagnostics import Fix, Safety
from dp_multitask.errors import TreePath
from dp_multitask.text.plain_data import slip_of, suggest

_SECTIONS: tuple[TreePath, ...] = (("loss_dict",), ("training", "data_dict"))
_WEIGHTS: tuple[TreePath, ...] = (("training", "model_prob"), ("training", "num_epoch_dict"))

# Comparing names costs; that many wrong ones at once are no typos.
_MOST_PAIRS = 2000


_MISPLACED = {"loss_dict": "loss", "data_dict": "training_data"}


@rule("DPM501", "error")
def branch_without_entry(view: InputView) -> Iterator[Finding]:
    """A branch is missing from `loss_dict` or `data_dict`.

    Every branch needs a loss in `loss_dict` and data in `training/data_dict`, under its own name.
    DeePMD-kit's argument check does not compare the names: a missing one is a `KeyError` when the
    trainer is built.

    Add the entry, or correct the name of the one that was meant.
    """
    for path in _SECTIONS:
        entries = view.at(path)
        if entries is not None and not isinstance(entries, dict):
            continue
        if entries is None and is_misspelt(str(path[-1]), as_dict(view.at(path[:-1]))):
            continue  # which the schema says
        if entries is None:
            instead = view.at((*path[:-1], _MISPLACED[str(path[-1])]))  # DPM512 says so
            if view.branch_names and (path[:-1] == () or view.training) and instead is None:
                msg = f"the multitask input has no {path[-1]!r}"
                yield Finding(path, msg, "add it, with an entry for each branch")
            continue
        missing = [
            name
            for name in view.branch_names
            # one that stands in the branch itself is misplaced, which the schema says
            if name not in entries and _MISPLACED[str(path[-1])] not in view.by_name[name].own
        ]
        extra = [key for key in entries if isinstance(key, str) and key not in view.by_name]
        for name in missing:
            near = suggest(name, extra) if len(missing) * len(extra) <= _MOST_PAIRS else None
            hint = f"{near!r} is perhaps meant for it" if near else "add an entry for it"
            yield Finding(path, f"branch {name!r} has no entry in {path[-1]!r}", hint, "key")


@rule("DPM502", "warning")
def entry_without_branch(view: InputView) -> Iterator[Finding]:
    """An entry belongs to no branch.

    `loss_dict`, `data_dict`, `model_prob` and `num_epoch_dict` have one entry for each branch of
    `model_dict`. DeePMD-kit ignores others without a word, so that a misspelled name loses its
    data or its weight.

    Correct the name, or remove the entry. An alias of a branch is not its name here.
    """
    for path in (*_SECTIONS, *_WEIGHTS):
        entries = as_dict(view.at(path))
        extra = [
            key
            for key in entries
            if not str(key).startswith("_") and str(key) not in view.by_name
        ]
        unserved = [name for name in view.branch_names if name not in entries]
        meant = unserved or view.branch_names
        for key in extra:
            near = suggest(str(key), meant) if len(extra) * len(meant) <= _MOST_PAIRS else None
            msg = f"{path[-1]!r} has an entry for {key!r}, which is no branch"
            hint = f"Did you mean {near!r}?" if near else "remove it, or add the branch"
            fix = Fix.remove((*path, key))
            if near in unserved and near is not None:
                fix = Fix.rename((*path, key), near, _safety(str(key), near, extra, unserved))
            yield Finding((*path, key), msg, hint, "key", fix=fix)


def _safety(key: str, near: str, extra: list[Any], unserved: list[str]) -> Safety:
    """Say how sure it is that an entry is that of a branch without one."""
    sure = slip_of(key, unserved) == near and slip_of(near, extra) == key
    return "safe" if sure else "unsafe"


@rule("DPM503", "error")
def branch_without_weight(view: InputView) -> Iterator[Finding]:
    """`model_prob` or `num_epoch_dict` leaves a branch out.

    If one of them is given, it must name all branches. DeePMD-kit raises a `ValueError` when all
    data are loaded.

    Add the branch; a `model_prob` need not sum to one. Without `model_prob` the weights are the
    numbers of systems.
    """
    for path in _WEIGHTS:
        entries = as_dict(view.at(path))
        if not any(not str(key).startswith("_") for key in entries):
            continue
        for name in view.branch_names:
            if name not in entries:
                msg = f"branch {name!r} is missing from {path[-1]!r}"
                yield Finding(path, msg, "give every branch a value", "key")


@rule("DPM504", "error")
def bad_model_prob(view: InputView) -> Iterator[Finding]:
    """A value of `model_prob` is no probability.

    The values are relative frequencies: finite, none negative, with a sum above zero.
    DeePMD-kit finds out when all data are loaded.

    Correct the value.
    """
    path = ("training", "model_prob")
    entries = as_dict(view.at(path))
    values = [(name, number(entries[name])) for name in view.branch_names if name in entries]
    for name, value in values:
        if value is None or not 0.0 <= value < float("inf"):
            msg = f"the probability of branch {name!r} must be a finite number, zero or more"
            yield Finding((*path, name), msg, "write a relative frequency, such as 1.0")
    if values and all(value == 0.0 for _, value in values):
        msg = "all probabilities are zero"
        yield Finding(path, msg, "give the branches a positive value", "key")


@rule("DPM505", "error")
def base_never_trained(view: InputView) -> Iterator[Finding]:
    """The base of a shared fitting net with frame or atomic parameters has probability zero.

    When the statistics of the frame parameters (`numb_fparam`) or atomic parameters
    (`numb_aparam`) of a shared fitting net are merged, each branch's weight is divided by that of
    the base, the first branch that uses it: a division by zero.

    Give the base a positive `model_prob`, or put another branch first.
    """
    probabilities = as_dict(view.training.get("model_prob"))
    for key, links in view.links.items():
        base = links[0].branch.name
        if links[0].reference.item_key != "fitting_net" or len(links) < 2:
            continue
        entry = as_dict(view.shared[key])
        merged = any(number(entry.get(name)) for name in ("numb_fparam", "numb_aparam"))
        if merged and number(probabilities.get(base)) == 0.0:
            msg = (
                f"branch {base!r} is the base of the shared fitting net {key!r}, whose parameter "
                "statistics are merged, with weight zero"
            )
            hint = "give it a positive probability, or put another branch first"
            yield Finding(("training", "model_prob", base), msg, hint)


@rule("DPM506", "warning")
def branch_never_trained(view: InputView) -> Iterator[Finding]:
    """A branch has probability zero.

    No training step ever chooses it: its fitting net keeps its initial values.

    Give it a positive value, or remove the branch.
    """
    probabilities = as_dict(view.training.get("model_prob"))
    positive = any((number(value) or 0.0) > 0.0 for value in probabilities.values())
    for name in view.branch_names:
        if positive and number(probabilities.get(name)) == 0.0:
            msg = f"branch {name!r} has probability zero and is never trained"
            yield Finding(("training", "model_prob", name), msg, "give it a positive value")


@rule("DPM507", "error")
def bad_num_epoch(view: InputView) -> Iterator[Finding]:
    """A value of `num_epoch_dict` is not positive.

    Each branch is trained for a positive, finite number of epochs; it may be a fraction.

    Correct the value.
    """
    path = ("training", "num_epoch_dict")
    entries = as_dict(view.at(path))
    for name in view.branch_names:
        value = number(entries.get(name))
        if name in entries and (value is None or not 0.0 < value < float("inf")):
            msg = f"the number of epochs of branch {name!r} must be positive and finite"
            yield Finding((*path, name), msg, "write a positive number, such as 10")


@rule("DPM519", "error")
def stat_file_of_two_branches(view: InputView) -> Iterator[Finding]:
    """Two branches keep their statistics in the same file.

    Each branch has statistics of its own; DeePMD-kit 3.2 refuses one `stat_file` for several, and
    earlier versions let one branch read those of another.

    Give each branch a file of its own.
    """
    first: dict[str, str] = {}
    for name, entry in as_dict(view.training.get("data_dict")).items():
        file = as_dict(entry).get("stat_file")
        if not isinstance(file, str) or str(name) not in view.by_name:
            continue
        same = normpath(place_of("", file) or file)
        if same in first:
            msg = f"branches {first[same]!r} and {name!r} have the same stat_file {file!r}"
            path = ("training", "data_dict", name, "stat_file")
            yield Finding(path, msg, "give each branch a file of its own")
        first.setdefault(same, str(name))
