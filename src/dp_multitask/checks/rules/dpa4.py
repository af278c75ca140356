# SPDX-License-Identifier: LGPL-3.0-or-later
"""Models with a `dpa4`: what they exclude, the potential at small distances, their fitting net."""

from __future__ import annotations

from collections.abc import Iterator

from dp_multitask.checks.rules.losses import losses_of
from dp_multitask.checks.rules.networks import LOSSES
from dp_multitask.checks.rules.rule import EVERY, Finding, rule
from dp_multitask.checks.rules.types import canonical_type, default_fitting, is_dpa4
from dp_multitask.checks.rules.view import Branch, InputView, as_dict, type_of


@rule("DPM412", "error", *EVERY)
def exclusions_of_dpa4_differ(view: InputView) -> Iterator[Finding]:
    """`pair_exclude_types` of the model and `exclude_types` of its `dpa4` differ.

    Both say which pairs of types are left out. DeePMD-kit refuses to choose.

    Keep one of them.
    """
    for branch in view.parts:
        if not is_dpa4(branch.params):
            continue
        own = as_dict(view.item(branch, "descriptor")).get("exclude_types")
        given = branch.params.get("pair_exclude_types")
        if own and given and own != given:
            msg = "pair_exclude_types differs from exclude_types of the descriptor"
            yield Finding(branch.place("pair_exclude_types"), msg, "keep one of them", "key")


@rule("DPM413", "error", *EVERY)
def bridging_without_dpa4(view: InputView) -> Iterator[Finding]:
    """`bridging_method` is for `dpa4`.

    The PyTorch backend joins the analytical potential of small distances to models with a `dpa4`
    descriptor and the fitting net `dpa4_ener` only, and stops when it builds any other.

    Remove `bridging_method`, or use a `dpa4`.
    """
    for branch in view.parts:
        if view.backend != "pt" or not _is_bridged(branch) or is_dpa4(branch.params):
            continue
        method, place = branch.params["bridging_method"], branch.place("bridging_method")
        descriptor = canonical_type("descriptor", view.item(branch, "descriptor"), "se_e2_a")
        fitting = canonical_type("fitting_net", view.item(branch, "fitting_net"), "ener")
        if descriptor not in ("dpa4", None):
            msg = f"bridging_method {method!r} is for dpa4, found {descriptor!r}"
            yield Finding(place, msg, "remove it, or use a dpa4")
        elif fitting not in ("dpa4_ener", None):
            msg = f"bridging_method {method!r} needs the fitting net 'dpa4_ener', found {fitting!r}"
            yield Finding(place, msg, "remove it, or write 'type': 'dpa4_ener' in the fitting net")


@rule("DPM417", "error", *EVERY)
def fitting_net_of_dpa4(view: InputView) -> Iterator[Finding]:
    """The fitting net `dpa4_ener` is for models of the type `dpa4`.

    DeePMD-kit's argument check takes it in any model; the PyTorch backend stops when it builds one
    of another type without `bridging_method` or `use_srtab`.

    Write `"type": "dpa4"` in the model, or use the fitting net `ener`.
    """
    for branch in view.models if view.backend == "pt" else ():
        fitting = as_dict(view.item(branch, "fitting_net"))
        kind = canonical_type("fitting_net", fitting, default_fitting(branch))
        standard = branch.params.get("type", "standard") == "standard"
        added = _is_bridged(branch) or "use_srtab" in branch.params
        if kind == "dpa4_ener" and standard and not added:
            named = fitting.get("type")
            msg = f"the fitting net {named!r} is for a model of the type 'dpa4'"
            path = (*view.item_path(branch, "fitting_net"), "type")
            yield Finding(path, msg, "write 'type': 'dpa4' in the model, or use 'ener'")


@rule("DPM418", "error", *EVERY)
def denoising_without_dpa4(view: InputView) -> Iterator[Finding]:
    """The loss `dens` is for models of the type `dpa4`.

    It corrupts positions and hands the model the forces and which atoms were moved. No other model
    takes them, nor one with `bridging_method`: the PyTorch backend stops at the first step.

    Use the loss `ener`, or a model of the type `dpa4`.
    """
    for branch, loss, path in losses_of(view) if view.backend == "pt" else ():
        fitting = canonical_type(
            "fitting_net", view.item(branch, "fitting_net"), default_fitting(branch)
        )
        reads_it = fitting is None or "dens" in LOSSES.get(fitting, ())
        if type_of(loss, "ener") != "dens" or not reads_it:
            continue  # of other fitting nets DPM405 tells
        if not is_dpa4(branch.params) or _is_bridged(branch):
            named = "one with bridging_method" if _is_bridged(branch) else "this one"
            msg = f"the loss 'dens' is for a model of the type 'dpa4', not for {named}"
            yield Finding((*path, "type"), msg, "use the loss 'ener'")


def _is_bridged(branch: Branch) -> bool:
    method = branch.params.get("bridging_method", "none")
    return isinstance(method, str) and method.lower() not in ("none", "")
