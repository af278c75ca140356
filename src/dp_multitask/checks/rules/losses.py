# SPDX-License-Identifier: LGPL-3.0-or-later
"""Losses whose own settings leave nothing to train, or exclude each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dp_multitask.checks.rules.rule import EVERY, Finding, rule
from dp_multitask.checks.rules.types import canonical_type, default_fitting
from dp_multitask.checks.rules.view import Branch, InputView, as_dict, is_misspelt, number, type_of
from dp_multitask.errors import TreePath

# Terms of each loss with the prefactors that they have unless written (3.2.0). A term counts if
# its prefactors at the start and at the limit are both other than zero.
_TERMS: dict[str, dict[str, tuple[float, float]]] = {
    "ener": {
        **{"e": (0.02, 1.0), "f": (1000.0, 1.0), "v": (0.0, 0.0)},
        **{"ae": (0.0, 0.0), "pf": (0.0, 0.0), "gf": (0.0, 0.0)},
    },
    "ener_spin": {
        **{"e": (0.02, 1.0), "fr": (1000.0, 1.0), "fm": (10000.0, 10.0)},
        **{"v": (0.0, 0.0), "ae": (0.0, 0.0)},
    },
    "dos": {
        **{"dos": (0.0, 0.0), "cdf": (0.0, 0.0)},
        **{"ados": (1.0, 1.0), "acdf": (0.0, 0.0)},
    },
}

_WITHOUT_HESSIAN = frozenset(("dpa4", "linear_ener", "pairtab", "frozen"))
"""Types of models with an energy that cannot give its second derivatives."""


def counting_terms(loss: Mapping[Any, Any]) -> set[str]:
    """Name the terms of a loss that count: ``e``, ``f``, ..., ``h`` for the Hessian."""
    kind = type_of(loss, "ener") or ""
    kind = "ener" if kind == "ener_hess" else kind
    found = {name for name in _TERMS.get(kind, {}) if _counts(loss, name, kind)}
    if kind == "ener":
        hessian = number(loss.get("start_pref_h", 0)) or number(loss.get("limit_pref_h", 0))
        found |= {"h"} if hessian else set()
    return found


def losses_of(view: InputView) -> Iterator[tuple[Branch, dict[Any, Any], TreePath]]:
    """Iterate over each branch that has a loss, the loss and its place."""
    if view.kind == "multitask":
        losses = as_dict(view.data.get("loss_dict"))
        for branch in view.branches:
            loss = losses.get(branch.path[-1])
            if isinstance(loss, dict):
                yield branch, loss, ("loss_dict", branch.path[-1])
    elif view.kind == "single" and isinstance(view.data.get("loss"), dict):
        yield view.models[0], view.data["loss"], ("loss",)


@rule("DPM443", "error", "single")
def no_loss(view: InputView) -> Iterator[Finding]:
    """The input has no `loss`.

    DeePMD-kit's argument check lets the section be absent; the PyTorch backend stops with a
    `KeyError` when it builds the model.

    Add it. `"loss": {}` is that of an energy model, with the prefactors that are usual.
    """
    written = isinstance(view.data.get("training"), dict)
    if view.backend == "tf" or not written or "loss" in view.data or "loss_dict" in view.data:
        return  # DPM513 tells of a loss_dict
    if not is_misspelt("loss", view.data):
        yield Finding(("loss",), "the input has no 'loss'", "add it, at least 'loss': {}")


@rule("DPM440", "error", *EVERY)
def loss_without_a_term(view: InputView) -> Iterator[Finding]:
    """No term of the loss counts.

    A term counts if its prefactors at the start of the training and at its limit are both other
    than zero. With none, the loss does not depend on the model and DeePMD-kit stops at the first
    step.

    Give one of the terms two prefactors above zero.
    """
    for branch, loss, path in losses_of(view):
        kind = type_of(loss, "ener") or ""
        if kind == "tensor":
            values = [number(loss.get(key)) for key in ("pref", "pref_atomic")]
            counts = any(value is None or value != 0 for value in values)
            names = "pref and pref_atomic"
        elif kind in _TERMS:
            without = set() if "spin" in branch.params else {"fm"}
            counts = bool(counting_terms(loss) - without)
            names = "start_pref_ and limit_pref_ of a term"
        else:
            continue
        if not counts:
            msg = "no term of the loss counts: each has a prefactor of zero"
            yield Finding(path, msg, f"give {names} values above zero", "key")


@rule("DPM441", "error", *EVERY)
def loss_settings_exclude_each_other(view: InputView) -> Iterator[Finding]:
    """Settings of an `ener` loss exclude or need each other.

    `f_use_norm` is for the Huber loss and for `loss_func: mae`; the Huber loss has no form for
    `relative_f`, for the prefactors `pf` of single atoms, for generalized forces and for Hessians;
    generalized forces need `numb_generalized_coord`. DeePMD-kit stops when it builds the loss.

    Remove one of the two.
    """
    for _, loss, path in losses_of(view):
        if type_of(loss, "ener") not in ("ener", "ener_hess"):
            continue
        huber = loss.get("use_huber") is True
        if loss.get("f_use_norm") is True and not huber and loss.get("loss_func", "mse") != "mae":
            msg = "f_use_norm is for use_huber and for the loss function 'mae'"
            yield Finding((*path, "f_use_norm"), msg, "remove it, or set use_huber", "key")
        if huber:
            excluded = [key for key in ("pf", "gf") if _counts(loss, key, "ener")]
            named = [f"start_pref_{key}" for key in excluded]
            named += [key for key in ("relative_f",) if loss.get(key) is not None]
            named += [key for key in ("start_pref_h", "limit_pref_h") if number(loss.get(key))]
            for key in named[:1]:
                msg = f"the Huber loss has no form for {key!r}"
                yield Finding((*path, key), msg, "remove it, or use_huber", "key")
        coordinates = number(loss.get("numb_generalized_coord", 0))
        if _counts(loss, "gf", "ener") and coordinates is not None and coordinates < 1:
            msg = "generalized forces need 'numb_generalized_coord'"
            yield Finding((*path, "numb_generalized_coord"), msg, "add their number")


@rule("DPM442", "error", *EVERY)
def term_that_cannot_be_had(view: InputView) -> Iterator[Finding]:
    """The loss asks for a term that it, or the model, does not have.

    Hessians are those of a plain energy model: DeePMD-kit refuses `start_pref_h` and
    `limit_pref_h` for models with spin or a pair table, for sums of models and for `dpa4`.
    `enable_atom_ener_coeff` is for the loss `ener`: `ener_spin` takes the option and stops at the
    first step, because it never loads `atom_ener_coeff.npy`.

    Remove the option.
    """
    if view.backend != "pt":
        return
    for branch, loss, path in losses_of(view):
        kind = type_of(loss, "ener")
        if kind == "ener_spin" and loss.get("enable_atom_ener_coeff") is True:
            if _counts(loss, "e", kind):
                place = (*path, "enable_atom_ener_coeff")
                yield Finding(place, "the loss 'ener_spin' has no atom_ener_coeff", "remove it")
        elif kind in ("ener", "ener_hess") and not _is_plain_energy_model(view, branch):
            for key in ("start_pref_h", "limit_pref_h"):
                if number(loss.get(key)):
                    msg = "this model cannot be trained on Hessians, only a plain energy model can"
                    yield Finding((*path, key), msg, "set it to 0")
                    break


def _is_plain_energy_model(view: InputView, branch: Branch) -> bool:
    params = branch.params
    kind = type_of(params, "standard")
    fitting = type_of(view.item(branch, "fitting_net"), default_fitting(branch))
    special = "use_srtab" in params or "spin" in params
    # what is of an unknown type, or of a type that has no energy, is judged elsewhere
    if kind == "standard":
        return not special or fitting not in ("ener", None)
    return not (canonical_type("model", params, "") in _WITHOUT_HESSIAN or special)


def _counts(loss: Mapping[Any, Any], name: str, kind: str) -> bool:
    """Tell whether a term counts; a prefactor that is no number is judged elsewhere."""
    start, limit = _TERMS[kind][name]
    return (
        number(loss.get(f"start_pref_{name}", start)) != 0
        and number(loss.get(f"limit_pref_{name}", limit)) != 0
    )
