# SPDX-License-Identifier: LGPL-3.0-or-later
"""Fitting nets, their case embedding, and the losses that go with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dp_multitask.checks.rules.finetuning import starts_from_heads
from dp_multitask.checks.rules.losses import losses_of
from dp_multitask.checks.rules.rule import EVERY, Finding, rule
from dp_multitask.checks.rules.spin import fitting_beside_spin
from dp_multitask.checks.rules.types import canonical_type, default_fitting, is_dpa4
from dp_multitask.checks.rules.view import Branch, InputView, as_dict, number, type_of
from dp_multitask.diagnostics import Edit, Fix
from dp_multitask.errors import TreePath

_ENERGY = frozenset(("ener", "ener_spin", "ener_hess", "dens"))
LOSSES: dict[str, frozenset[str]] = {
    "ener": _ENERGY,
    "dpa4_ener": _ENERGY,
    "direct_force": _ENERGY,
    "dos": frozenset(("dos",)),
    "dipole": frozenset(("tensor",)),
    "polar": frozenset(("tensor",)),
    "property": frozenset(("property",)),
    "population": frozenset(("population",)),
}
"""Fitting type -> the losses that read what it predicts (3.2.0)."""

_ENERGY_MODELS = frozenset(("linear_ener", "pairtab"))

_KNOWN_LOSSES = frozenset().union(*LOSSES.values())


@rule("DPM401", "error")
def case_embedding_differs(view: InputView) -> Iterator[Finding]:
    """The branches have different `dim_case_embd`.

    The case embedding tells a fitting net which branch it works for; its length must be the same
    in all branches, also in those with a fitting net of their own. DeePMD-kit raises a
    `ValueError` when the models are built.

    Write one number in every fitting net: at least the number of branches, or none at all. In
    fine-tuning it is that of the pre-trained model.
    """
    sizes = _case_embeddings(view)
    if not sizes or any(size < 0 for _, size in sizes):
        return  # a negative length is the schema's to report
    usual = Counter(size for _, size in sizes).most_common(1)[0][0]
    reported = set()
    for branch, size in sizes:
        path = _case_path(view, branch)
        if size != usual and path not in reported:
            reported.add(path)
            msg = f"dim_case_embd is {size} in branch {branch.name!r}, {usual} in others"
            hint = "write the same number in every branch"
            yield Finding(path, msg, hint, fix=_same_size(view, path, usual))


def _same_size(view: InputView, path: TreePath, size: int) -> Fix | None:
    """Write a length of the case embedding; none where branches start from a trained model."""
    if starts_from_heads(view):
        return None
    if view.at(path) is None:
        return Fix(f"add 'dim_case_embd': {size}", (Edit.insert(path, size),))
    return Fix.replace(path, size)


@rule("DPM402", "error")
def case_embedding_too_small(view: InputView) -> Iterator[Finding]:
    """`dim_case_embd` is smaller than the number of branches.

    Each branch gets a one-hot vector of this length; its place is the rank of the branch among
    the sorted names. Branches beyond it end in an `IndexError`.

    Write at least the number of branches. In fine-tuning the length is that of the pre-trained
    model, however many branches there are: vectors come from there, too. Of an input that names a
    `finetune_head` nothing is said.
    """
    total = len(view.branch_names)
    if starts_from_heads(view):
        return
    for path, size in _distinct_case_embeddings(view):
        if 0 < size < total:
            msg = f"dim_case_embd is {size}, but there are {total} branches"
            yield Finding(path, msg, f"write {total}", fix=_same_size(view, path, total))


@rule("DPM403", "warning")
def case_embedding_too_large(view: InputView) -> Iterator[Finding]:
    """`dim_case_embd` is larger than the number of branches.

    The places beyond the number of branches are always zero: inputs of the fitting net that never
    carry anything. It is right if branches are to be added later, and in fine-tuning, where the
    length is that of the pre-trained model; of an input that names a `finetune_head` nothing is
    said.

    Write the number of branches, unless the model is to be fine-tuned, or is fine-tuned here.
    """
    total = len(view.branch_names)
    if starts_from_heads(view):
        return
    for path, size in _distinct_case_embeddings(view):
        if size > total > 0:
            msg = f"dim_case_embd is {size}, but there are only {total} branches"
            hint = f"write {total}, unless branches come later or a model is fine-tuned"
            yield Finding(path, msg, hint)


@rule("DPM404", "warning")
def shared_fitting_without_case(view: InputView) -> Iterator[Finding]:
    """A shared fitting net cannot tell its branches apart.

    A fitting net that several branches share predicts the same for the same structure in each,
    up to the energy bias per element, unless `dim_case_embd` gives it the branch as an input. Of
    an input that fine-tunes, nothing is said: the fitting net is that of the pre-trained model.

    Write `dim_case_embd` with the number of branches, if the data sets differ in more than a
    shift.
    """
    if starts_from_heads(view) or not view.release_has("dim_case_embd", "model"):
        return
    for key, links in view.links.items():
        entry = as_dict(view.shared[key])
        if links[0].reference.item_key != "fitting_net" or len(links) < 2 or not entry:
            continue
        if entry.get("dim_case_embd", 0) in (0, None):
            msg = f"{len(links)} branches share the fitting {key!r}, which has no case embedding"
            hint = (
                f"add 'dim_case_embd': {len(view.branch_names)}, unless the training starts from "
                "a model without"
            )
            yield Finding(("model", "shared_dict", key), msg, hint, "key")


@rule("DPM405", "error", *EVERY)
def loss_does_not_fit(view: InputView) -> Iterator[Finding]:
    """The loss reads what the fitting net does not predict.

    An `ener` loss needs energies, a `dos` loss densities of states, a `tensor` loss a dipole or
    polarisability, a `property` loss a property. DeePMD-kit compares the two only when the first
    batch is evaluated, or not at all.

    Choose the loss of the fitting net's kind; a loss without `type` is `ener`.
    """
    for branch, loss, path in losses_of(view):
        params = view.item(branch, "fitting_net")
        named = type_of(loss, "ener")
        if canonical_type("model", branch.params, "") in _ENERGY_MODELS:
            if named in _KNOWN_LOSSES and named not in _ENERGY:
                msg = f"the loss is {named!r}, but a model of the type {branch.params['type']!r}"
                msg += " predicts energies"
                here = (*path, "type") if "type" in loss else path
                yield Finding(here, msg, "use the loss 'ener'", covers=(path,))
            continue
        if not isinstance(params, dict):
            continue
        if fitting_beside_spin(view, branch) is not None:
            continue  # whatever the loss
        fitting = canonical_type("fitting_net", params, default_fitting(branch))
        allowed = LOSSES.get(fitting or "")
        if allowed is None or named not in _KNOWN_LOSSES or named in allowed:
            continue
        where = f" of branch {branch.name!r}" if branch.name else ""
        msg = f"the loss is {named!r}, but the fitting net{where} is {fitting!r}"
        here = (*path, "type") if "type" in loss else path
        hint = f"use the loss {' or '.join(map(repr, _usual(allowed)))}"
        yield Finding(here, msg, hint, covers=(path,))  # its keys may be those of the right one


@rule("DPM419", "error", *EVERY)
def clipped_layer_without_width(view: InputView) -> Iterator[Finding]:
    """A layer of the fitting net has no width, and gradients are clipped.

    With `gradient_max_norm` PyTorch takes the norm of every array of gradients. It stops at the
    empty one of a layer of width 0, which trains without clipping. In a `dpa4_ener`, and in every
    fitting net of a model of the type `dpa4`, the width 0 stands for another.

    Write a width above 0, or remove `gradient_max_norm`.
    """
    limit = number(view.training.get("gradient_max_norm"))
    for branch in view.parts if view.backend == "pt" and limit is not None and limit > 0 else ():
        fitting = as_dict(view.item(branch, "fitting_net"))
        kind = canonical_type("fitting_net", fitting, default_fitting(branch))
        key = "neuron" if "neuron" in fitting else "n_neuron"
        widths = fitting.get(key)
        automatic = kind == "dpa4_ener" or is_dpa4(branch.params)
        if not automatic and isinstance(widths, list) and 0 in widths:
            msg = "a layer has the width 0, whose gradients cannot be clipped at gradient_max_norm"
            hint = "write a width above 0, or remove gradient_max_norm"
            yield Finding((*view.item_path(branch, "fitting_net"), key), msg, hint)


@rule("DPM406", "warning", *EVERY)
def spin_loss_without_spin(view: InputView) -> Iterator[Finding]:
    """The loss is `ener_spin`, but the model has no spin.

    The loss compares magnetic forces, which only a model with a `spin` section predicts. Training
    goes on without them: energies and forces on atoms alone are fitted.

    Add `spin` to the model, or use the loss `ener`.
    """
    for branch, loss, path in losses_of(view):
        if type_of(loss, "ener") == "ener_spin" and "spin" not in branch.params:
            where = f"branch {branch.name!r}" if branch.name else "the model"
            msg = f"the loss is 'ener_spin', but {where} has no 'spin'"
            yield Finding((*path, "type"), msg, "add 'spin' to the model, or use the loss 'ener'")


@rule("DPM407", "warning", *EVERY)
def spin_model_with_plain_loss(view: InputView) -> Iterator[Finding]:
    """The model has spin, but its loss ignores the magnetic forces.

    An `ener` loss trains energies and the forces on atoms; the magnetic forces of a model with
    `spin` are then never compared with data.

    Use the loss `ener_spin`.
    """
    for branch, loss, path in losses_of(view):
        if "spin" in branch.params and type_of(loss, "ener") == "ener":
            where = f"branch {branch.name!r}" if branch.name else "the model"
            msg = f"{where} has 'spin', but its loss is 'ener'"
            here = (*path, "type") if "type" in loss else path
            yield Finding(here, msg, "use the loss 'ener_spin'")


@rule("DPM408", "warning", *EVERY)
def charge_spin_as_frame_parameter(view: InputView) -> Iterator[Finding]:
    """A `dpa3` with `add_chg_spin_ebd` has two frame parameters.

    Until DeePMD-kit 3.1, charge and spin came in as two frame parameters. Since 3.2 they are an
    input of their own, and `numb_fparam: 2` asks for two more numbers in `fparam.npy`.

    Remove `numb_fparam`, unless the data have two frame parameters beside charge and spin.
    """
    reported = set()
    for branch in view.models:
        descriptor = as_dict(view.item(branch, "descriptor"))
        fitting = as_dict(view.item(branch, "fitting_net"))
        if descriptor.get("type") != "dpa3" or descriptor.get("add_chg_spin_ebd") is not True:
            continue
        path = (*view.item_path(branch, "fitting_net"), "numb_fparam")
        if fitting.get("numb_fparam") == 2 and path not in reported:
            reported.add(path)
            msg = "numb_fparam is 2 beside add_chg_spin_ebd: charge and spin are no longer fparam"
            yield Finding(path, msg, "remove numb_fparam if it was meant for charge and spin")


def _usual(allowed: frozenset[str]) -> list[str]:
    return ["ener"] if "ener" in allowed else sorted(allowed)


def _case_embeddings(view: InputView) -> list[tuple[Branch, int]]:
    """Give ``dim_case_embd`` of each branch whose fitting net is known, if the release has it."""
    sizes: list[tuple[Branch, int]] = []
    if not view.release_has("dim_case_embd", "model"):
        return sizes
    for branch in view.branches:
        fitting = view.item(branch, "fitting_net") if "fitting_net" in branch.params else {}
        size = fitting.get("dim_case_embd", 0) if isinstance(fitting, dict) else None
        if isinstance(size, int) and not isinstance(size, bool) and not branch.name.startswith("_"):
            sizes.append((branch, size))
    return sizes


def _case_path(view: InputView, branch: Branch) -> TreePath:
    return (*view.item_path(branch, "fitting_net"), "dim_case_embd")


def _distinct_case_embeddings(view: InputView) -> list[tuple[TreePath, int]]:
    sizes = {_case_path(view, branch): size for branch, size in _case_embeddings(view)}
    return list(sizes.items())
