# SPDX-License-Identifier: LGPL-3.0-or-later
"""What may be shared: levels, classes, widths."""

from __future__ import annotations

from collections.abc import Iterator

from dp_multitask.checks.rules.rule import EVERY, Finding, rule
from dp_multitask.checks.rules.types import automatic_sel, name_with_class, output_width
from dp_multitask.checks.rules.view import InputView, Link, as_dict, type_of
from dp_multitask.component_types import DEFAULT_TYPE, ComponentType
from dp_multitask.config.reference import SHARED_ITEMS
from dp_multitask.diagnostics import Fix
from dp_multitask.registry import find_type

# Backends whose trainer looks for a hybrid's members under a name that the class does not have
# (pt: `.descriptor_list`, the class has `.descrpt_list`), or has no hybrid at all (pd).
_NO_HYBRID_MEMBERS = frozenset(("pt", "pd"))
_ALONE_IN_TENSORFLOW = frozenset(("pairtab",))  # elsewhere only a part of a sum of models
_WITHOUT_FITTING = frozenset(("linear_ener", "zbl", "frozen", "pairtab", "pairwise_dprc"))


@rule("DPM201", "error")
def unsupported_share_level(view: InputView) -> Iterator[Finding]:
    """The class does not implement the share level.

    Level 0 shares everything. Level 1 shares the type embedding only, and only descriptors that
    have one implement it: `dpa1`, `dpa2`, `dpa3`, `dpa4`, `se_atten_v2`, `se_e3_tebd`. Fitting
    nets are shared whole. DeePMD-kit raises `NotImplementedError` when the trainer is built,
    after the neighbour statistics of all branches.

    Use level 0, or a descriptor that implements the level; `dp-multitask types` lists them.
    """
    for links in view.links.values():
        found = _linked_type(view, links[0])
        if found is None:
            continue
        levels = found.share_levels.get(view.backend, ())
        # the base is where the others take their parameters from: its own level does nothing
        for link in links[1:]:
            if link.reference.level not in levels:
                yield _level_finding(view.backend, found.class_names, levels, link)


@rule("DPM202", "error")
def shared_hybrid_member(view: InputView) -> Iterator[Finding]:
    """A member of a hybrid descriptor is shared, which the backend cannot do.

    The PyTorch backend of 3.2.0 looks for the members under a name that its hybrid class does not
    have: building the trainer ends in an `AttributeError`. The Paddle backend has no hybrid.

    Share the whole hybrid (put it into `shared_dict` and name it as the branch's descriptor), or
    write the member's parameters out in each branch.
    """
    if view.backend not in _NO_HYBRID_MEMBERS:
        return
    for links in view.links.values():
        for link in links:
            if link.reference.member is not None:
                msg = f"backend {view.backend!r} cannot share a member of a hybrid descriptor"
                hint = "share the whole hybrid, or write the member's parameters out"
                yield Finding(link.reference.path, msg, hint)


@rule("DPM203", "error")
def spin_branch_at_higher_level(view: InputView) -> Iterator[Finding]:
    """A branch with spin has a higher share level than a branch without.

    Branches with `spin` become the base of what they share, since their type embedding covers
    more types. With a level above that of another branch the links are out of order, and
    DeePMD-kit stops at the assertion that they must be sorted by level.

    Give the spin branches the lowest level of all branches that use the entry.
    """
    for key, links in view.links.items():
        base = links[0]
        for link in links[1:]:
            if link.reference.level < base.reference.level:
                msg = (
                    f"branch {link.branch.name!r} uses {key!r} at level {link.reference.level}, "
                    f"below the level {base.reference.level} of the spin branch "
                    f"{base.branch.name!r}, which is the base"
                )
                yield Finding(base.reference.path, msg, "give the spin branch the lowest level")
                break


@rule("DPM206", "warning")
def automatic_sel_in_shared(view: InputView) -> Iterator[Finding]:
    """A shared descriptor leaves its neighbour numbers to each branch's data.

    With `auto` (the default of `sel` in some descriptors) every branch counts the neighbours in
    its own data, and nothing reconciles the results: the shared descriptor can end up with
    different shapes in different branches.

    Write the numbers out. `dp neighbor-stat` gives them for a data set; take the largest.
    """
    for key, links in view.links.items():
        whole = [link for link in links if link.reference.level == 0]
        if len(whole) < 2 or whole[0].reference.item_key != "descriptor":
            continue
        for below, text in automatic_sel(view.shared[key]):
            path = ("model", "shared_dict", key, *below)
            if text is None:
                msg = f"the shared descriptor {key!r} has no 'sel', so each branch counts its own"
            else:
                msg = f"{text!r} makes each branch that shares {key!r} count its own neighbours"
            yield Finding(path, msg, "write the largest number of neighbours of all data sets")


@rule("DPM207", "error")
def shared_fitting_of_other_width(view: InputView) -> Iterator[Finding]:
    """A shared fitting net stands on descriptors of different output width.

    The first layer of a fitting net is as wide as the descriptor's output. Shared over
    descriptors of different widths, it fits only one of them: the others fail at the first step.

    Give the branches the same descriptor width, or fitting nets of their own.
    """
    for key, links in view.links.items():
        if links[0].reference.item_key != "fitting_net":
            continue
        first: tuple[int, Link] | None = None
        widths: dict[int, int | None] = {}  # most branches share one descriptor
        for link in links:
            descriptor = view.item(link.branch, "descriptor")
            if "type" in link.branch.params and "type" not in as_dict(descriptor):
                continue  # the model's type decides on the descriptor's
            if id(descriptor) not in widths:
                widths[id(descriptor)] = output_width(descriptor)
            width = widths[id(descriptor)]
            if width is None:
                continue
            if first is None:
                first = (width, link)
            elif width != first[0]:
                msg = (
                    f"the shared fitting net {key!r} gets {width} inputs in branch "
                    f"{link.branch.name!r}, but {first[0]} in {first[1].branch.name!r}"
                )
                hint = "give the branches descriptors of one width, or fitting nets of their own"
                yield Finding(link.reference.path, msg, hint)


@rule("DPM208", "error")
def shared_fitting_without_fitting(view: InputView) -> Iterator[Finding]:
    """A shared fitting net is used by a model that has none of its own.

    In a model with `use_srtab`, and in models such as `linear_ener` or `frozen`, the fitting net
    is not where DeePMD-kit looks for it. If such a branch is the base, the fitting is silently
    not shared at all; if it is another one, building the trainer fails.

    Give this branch a fitting net of its own.
    """
    for key, links in view.links.items():
        if links[0].reference.item_key != "fitting_net" or len(links) < 2:
            continue
        for link in links:
            named = type_of(link.branch.params, "standard")
            reason = f"is of type {named!r}" if named in _WITHOUT_FITTING else None
            if link.branch.params.get("use_srtab") is not None:
                reason = "uses 'use_srtab'"
            if reason:
                msg = f"branch {link.branch.name!r} {reason} and cannot share the fitting {key!r}"
                hint = "write a fitting net out in this branch"
                yield Finding(link.reference.path, msg, hint)


@rule("DPM212", "error")
def shared_type_without_class(view: InputView) -> Iterator[Finding]:
    """The type of a shared entry passes the argument check, but no class is registered for it.

    DeePMD-kit looks up the class of a shared entry before its argument check has put the usual
    name in place of `se_t`, and does not find it.

    Write the name that the hint gives.
    """
    for key, links in view.links.items():
        kind = links[0].reference.item_key
        named = type_of(view.shared[key], DEFAULT_TYPE[kind])
        usual = name_with_class(kind, named or "")
        if usual is not None:
            msg = f"no backend registers the {kind} type {named!r}"
            path = ("model", "shared_dict", key, "type")
            fix = Fix.replace(path, usual, "safe")
            yield Finding(path, msg, f"write {usual!r}", fix=fix)


@rule("DPM213", "error", "multitask", "single")
def type_not_in_backend(view: InputView) -> Iterator[Finding]:
    """The type exists, but not in the backend.

    The argument check knows the types of all backends; a backend that lacks one fails when it
    builds the model.

    Use another type, or check for the backend that you train with: `check --backend tf`.
    """
    reported = set()
    for branch in view.models:
        for kind in (*SHARED_ITEMS[1:], "model"):
            params = branch.params if kind == "model" else view.item(branch, kind)
            named = type_of(params, "") if isinstance(params, dict) else None
            found = find_type(kind, named) if named else None
            of_item = (*view.item_path(branch, kind), "type")
            path = branch.place("type") if kind == "model" else of_item
            having = () if found is None else _backends_with(found)
            if found is None or view.backend in having or path in reported:
                continue
            reported.add(path)
            have = ", ".join(having) or "none"
            msg = f"the {kind} type {named!r} does not exist in backend {view.backend!r}"
            # what keys it has, the argument check of no backend in use will ever say
            yield Finding(path, msg, f"backends that have it: {have}", covers=(path[:-1],))


def _backends_with(found: ComponentType) -> tuple[str, ...]:
    return ("tf",) if found.name in _ALONE_IN_TENSORFLOW else tuple(found.class_names)


@rule("DPM218", "error", *EVERY)
def modifier_not_in_backend(view: InputView) -> Iterator[Finding]:
    """The data modifier exists in the TensorFlow backend alone.

    `dipole_charge` (DPLR) takes the electrostatics of point charges out of the labels. The PyTorch
    backend has no modifier of its own: it stops when it loads the data.

    Train with the TensorFlow backend (`dp --tf train`, `check --backend tf`), or remove `modifier`.
    """
    for branch in view.models:
        modifier = branch.params.get("modifier")
        named = type_of(modifier, "") if isinstance(modifier, dict) else None
        if named == "dipole_charge" and view.backend == "pt":
            msg = f"backend 'pt' has no modifier {named!r}, only 'tf' has it"
            hint = "train with 'dp --tf' and check with '--backend tf', or remove it"
            yield Finding(branch.place("modifier"), msg, hint, "key")


@rule("DPM220", "error", *EVERY)
def type_embedding_of_model(view: InputView) -> Iterator[Finding]:
    """A type embedding of the model exists in the TensorFlow backend alone.

    In the other backends the descriptors with a type embedding have it as a part of their own:
    `dpa1`, `dpa2`, `dpa3`, `se_e3_tebd` with `tebd_dim`. The PyTorch backend refuses
    `model/type_embedding` when it builds the model.

    Train with the TensorFlow backend (`dp --tf train`, `check --backend tf`), or use one of these
    descriptors.
    """
    if view.backend != "pt":
        return
    for branch in view.models:
        standard = type_of(branch.params, "standard") == "standard"
        if standard and "type_embedding" in branch.params:
            msg = "backend 'pt' has no 'type_embedding' of a model, only 'tf' has it"
            hint = "train with 'dp --tf' and check with '--backend tf', or use 'tebd_dim' of a dpa1"
            yield Finding(branch.place("type_embedding"), msg, hint, "key")


@rule("DPM219", "warning")
def level_without_effect(view: InputView) -> Iterator[Finding]:
    """The share level is none that the class has, but nothing is shared at it yet.

    A single branch uses the entry, so that its level does nothing. As soon as another one joins,
    DeePMD-kit raises `NotImplementedError` when the trainer is built.

    Write a level that the class has; `dp-multitask types` lists them.
    """
    for links in view.links.values():
        found = _linked_type(view, links[0]) if len(links) == 1 else None
        levels = () if found is None else found.share_levels.get(view.backend, ())
        level = links[0].reference.level
        if levels and level not in levels:
            name = (found.class_names if found else {})[view.backend]
            known = " and ".join(map(str, levels))
            msg = f"level {level} is none that {name} has, which are {known}"
            hint = f"write {links[0].reference.key!r} to share everything"
            path = links[0].reference.path
            yield Finding(path, msg, hint, fix=Fix.replace(path, links[0].reference.key, "safe"))


def _linked_type(view: InputView, link: Link) -> ComponentType | None:
    """Give the type of a shared entry, if the backend has it."""
    kind = link.reference.item_key
    name = type_of(view.shared[link.reference.key], DEFAULT_TYPE[kind])
    found = None if name is None else find_type(kind, name)
    return found if found is not None and view.backend in found.class_names else None


def _level_finding(
    backend: str, class_names: dict[str, str], levels: tuple[int, ...], link: Link
) -> Finding:
    name, level = class_names[backend], link.reference.level
    if not levels:
        msg = f"{name} of backend {backend!r} cannot share parameters"
        return Finding(link.reference.path, msg, "write the parameters out in each branch")
    known = " and ".join(map(str, levels))
    msg = f"{name} cannot share at level {level}, only at {known}"
    hint = f"write {link.reference.key!r} to share everything"
    fix = Fix.replace(link.reference.path, link.reference.key) if 0 in levels else None
    return Finding(link.reference.path, msg, hint, fix=fix)
