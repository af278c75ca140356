# SPDX-License-Identifier: LGPL-3.0-or-later
"""Models that add up others (``linear_ener``), or a net and a table of pairs (``use_srtab``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dp_multitask.checks.rules.components import type_map_of
from dp_multitask.checks.rules.rule import EVERY, Finding, rule
from dp_multitask.checks.rules.types import (
    canonical_type,
    counts_by_type,
    default_fitting,
)
from dp_multitask.checks.rules.view import Branch, InputView, as_dict, number
from dp_multitask.records import NamedTuple

_WITH_ENERGY = frozenset(("ener", "dpa4_ener", "direct_force"))


class Sum(NamedTuple):
    """A model that adds up others.

    Attributes
    ----------
    whole : Branch
        The model.
    members : list of Branch
        What it adds up; of a model with a table of pairs it is the model itself.
    """

    whole: Branch
    members: list[Branch]


def sums_of(view: InputView) -> Iterator[Sum]:
    """Iterate over the models that are sums."""
    for model in view.models:
        if isinstance(model.params.get("models"), list):
            above = model.place("models")
            yield Sum(model, [each for each in view.parts if each.path[:-1] == above])
        elif model.params.get("use_srtab") is not None:
            yield Sum(model, [model])


@rule("DPM221", "error", *EVERY)
def sub_model_without_an_element(view: InputView) -> Iterator[Finding]:
    """A sub-model lacks an element of the model.

    Each of the models that a `linear_ener` adds up sees all atoms, so that its type map, if it has
    one of its own, must have every element of the whole model's. DeePMD-kit stops when it builds
    the model.

    Add the element, or leave the type map of the sub-model out.
    """
    for whole, members in sums_of(view):
        names = type_map_of(view, whole) or []
        for each in members:
            own = type_map_of(view, each)
            lacking = [name for name in names if own is not None and name not in own]
            if lacking:
                msg = f"the sub-model has no {', '.join(map(str, lacking[:6]))}"
                hint = "add what the type map of the model has, or leave it out here"
                yield Finding(each.place("type_map"), msg, hint, "key")


@rule("DPM222", "error", *EVERY)
def part_of_sum_type_by_type(view: InputView) -> Iterator[Finding]:
    """A descriptor with a net for each type cannot be part of a sum.

    A `linear_ener` model and a model with `use_srtab` hand one list of neighbours to all their
    parts, in which types are mixed. DeePMD-kit refuses `se_e2_a`, `se_e2_r` and `se_e3` in them
    when it builds the model, and a `hybrid` of these alone.

    Use a descriptor with a type embedding, such as `dpa1`.
    """
    if view.backend == "tf":
        return
    for _, members in sums_of(view):
        for each in members:
            descriptor = view.item(each, "descriptor")
            if isinstance(descriptor, dict) and _is_type_by_type(view, descriptor):
                kind = canonical_type("descriptor", descriptor, "se_e2_a")
                path = (*view.item_path(each, "descriptor"), "type")
                msg = f"a sum of models cannot have the descriptor {kind!r}"
                yield Finding(path, msg, "use one with a type embedding, such as 'dpa1'")


def _is_type_by_type(view: InputView, descriptor: dict[Any, Any]) -> bool:
    members = descriptor.get("list")
    if descriptor.get("type") == "hybrid" and isinstance(members, list) and members:
        found = [view.shared.get(each.split(":")[0]) if isinstance(each, str) else each
                 for each in members]  # fmt: skip
        return all(
            counts_by_type(each) for each in found
        )
    return counts_by_type(descriptor)


@rule("DPM223", "error", *EVERY)
def part_of_sum_without_energy(view: InputView) -> Iterator[Finding]:
    """A part of a sum predicts no energy.

    A `linear_ener` model and a model with `use_srtab` add energies. DeePMD-kit looks for that of
    each part at the first evaluation: a `KeyError`.

    Use the fitting net `ener`.
    """
    for _, members in sums_of(view):
        for each in members if view.backend != "tf" else ():
            fitting = as_dict(view.item(each, "fitting_net"))
            kind = canonical_type("fitting_net", fitting, default_fitting(each))
            if kind is not None and kind not in _WITH_ENERGY:
                path = (*view.item_path(each, "fitting_net"), "type")
                yield Finding(path, f"a sum of models has no use for {kind!r}", "use 'ener'")


@rule("DPM224", "error", *EVERY)
def weights_of_sum(view: InputView) -> Iterator[Finding]:
    """`weights` of a sum of models is neither `mean` nor `sum` nor a number for each model.

    DeePMD-kit asserts it when it builds the model.

    Write one of the words, or a list with a number for each of `models`.
    """
    for whole, members in sums_of(view):
        weights, path = whole.params.get("weights"), whole.place("weights")
        if isinstance(weights, str) and weights not in ("mean", "sum"):
            yield Finding(path, f"there are no weights {weights!r}", "write 'mean' or 'sum'")
        elif isinstance(weights, list) and members and len(weights) != len(members):
            msg = f"'weights' has {len(weights)} numbers, but there are {len(members)} models"
            yield Finding(path, msg, "write a number for each of 'models'")


@rule("DPM225", "error", *EVERY)
def nothing_to_train(view: InputView) -> Iterator[Finding]:
    """The sum of models has no net to train.

    Tables of pairs have no parameters. Without a model that has a descriptor and a fitting net
    there is nothing to optimise, and DeePMD-kit stops when it builds the optimizer.

    Add a model with a descriptor and a fitting net.
    """
    for whole, members in sums_of(view):
        if all(each.params.get("type") == "pairtab" for each in members):
            msg = "no model of the sum can be trained"
            yield Finding(whole.place("models"), msg, "add one with a fitting net", "key")


@rule("DPM226", "error", *EVERY)
def table_without_range(view: InputView) -> Iterator[Finding]:
    """A table of pairs has no range in which it fades into the net.

    With `use_srtab` the model goes from the table, below `sw_rmin`, over to the net, above
    `sw_rmax`. DeePMD-kit needs both, the second larger, and stops when it builds the model or at
    the first evaluation.

    Write both.
    """
    for whole, _ in sums_of(view):
        if whole.params.get("use_srtab") is None:
            continue
        absent = [key for key in ("sw_rmin", "sw_rmax") if key not in whole.params]
        low, high = number(whole.params.get("sw_rmin")), number(whole.params.get("sw_rmax"))
        for key in absent:
            yield Finding((*whole.path, key), f"'use_srtab' needs {key!r}", "add it")
        if not absent and low is not None and high is not None and low >= high:
            msg = f"sw_rmin is {low:g}, sw_rmax {high:g}"
            yield Finding(whole.place("sw_rmax"), msg, "make sw_rmax larger than sw_rmin")


@rule("DPM227", "error")
def shared_descriptor_beside_table(view: InputView) -> Iterator[Finding]:
    """A branch with a table of pairs references a shared descriptor.

    In a model with `use_srtab` the descriptor is not where the PyTorch backend looks for it: an
    `AttributeError` when the trainer is built, also if no other branch references the entry.

    Write the descriptor out in this branch.
    """
    for links in view.links.values() if view.backend == "pt" else ():
        for link in links:
            standard = link.branch.params.get("type", "standard") == "standard"
            of_descriptor = link.reference.item_key == "descriptor"
            if of_descriptor and standard and link.branch.params.get("use_srtab") is not None:
                msg = f"branch {link.branch.name!r} uses 'use_srtab' and cannot share a descriptor"
                hint = "write the descriptor out in this branch"
                yield Finding(link.reference.path, msg, hint)
