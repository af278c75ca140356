# SPDX-License-Identifier: LGPL-3.0-or-later
"""The input that fine-tunes a branch of a trained model, as DeePMD-kit documents it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dp_multitask.config.branch import branch_input
from dp_multitask.config.branch_names import ALIAS_KEY, RANDOM, find_branch
from dp_multitask.config.compose import Composed, Note, compose
from dp_multitask.config.model_section import branches_of
from dp_multitask.config.upgrade import upgrade
from dp_multitask.errors import ConfigError, MissingKeyError, UnknownBranchError, UsageError
from dp_multitask.text.plain_data import copy_tree

DEFAULT_BRANCH = "Default"
"""What DeePMD-kit calls the only branch of a single-task model."""

_HEAD = "finetune_head"
_CASES = "dim_case_embd"
_STEPS = 100_000
_RATE = {"type": "exp", "start_lr": 1e-4, "stop_lr": 3.51e-8, "decay_steps": 5000}
_OF_ENERGY = {"type": "ener", "start_pref_e": 0.02, "limit_pref_e": 1, "start_pref_f": 1000}
_OF_ENERGY |= {"limit_pref_f": 1, "start_pref_v": 0, "limit_pref_v": 0}
_OF_TENSOR = {"type": "tensor", "pref": 1.0, "pref_atomic": 1.0}
_LOSSES: Mapping[str, Mapping[str, Any]] = {
    "ener": _OF_ENERGY,
    "dpa4_ener": _OF_ENERGY,
    "sezm_ener": _OF_ENERGY,
    "dipole": _OF_TENSOR,
    "polar": _OF_TENSOR,
    "dos": {"type": "dos"},
    "property": {"type": "property"},
}
"""Type of a fitting net -> a loss to start with, where no training input tells one."""


def input_from_branch(
    pretrained: Mapping[str, Any],
    systems: Sequence[str],
    *,
    start_from: str | None = None,
    name: str | None = None,
    keep: Sequence[str] = (),
    shared_parts: Sequence[str] = ("descriptor",),
    trained_with: Mapping[str, Any] | None = None,
) -> Composed:
    """Write the input that fine-tunes a branch on new data; see `modelfile.finetuning`.

    `pretrained` says how the trained model was defined, references expanded: ``model_def_script``
    of a model file, of one model or of many branches. `shared_parts` is what the branches share, as
    `compose` takes it.

    Raises
    ------
    UnknownBranchError
        There is no such branch.
    UsageError
        The names do not fit together, or the model cannot tell so many branches apart.
    ConfigError
        The model does not say how it was defined.
    """
    branches = _branches(pretrained)
    head = _head(branches, start_from)
    kept = list(dict.fromkeys(find_branch(each, branches) for each in keep))
    _refuse_names(name, kept, branches)
    model = _model_of(branches[head])
    notes: list[Note] = []
    rest = _Rest(trained_with, notes)
    if name is None:
        data = rest.single(head, {**model, _HEAD: head}, systems)
    else:
        inputs = {each: rest.single(each, _model_of(branches[each], keep_aliases=True), None)
                  for each in kept}
        inputs[name] = rest.single(head, model, systems)
        composed = compose(inputs, share=list(shared_parts))
        data = composed.data
        notes += [each for each in composed.notes if "not shared" in each.message]
        data["model"]["model_dict"][name] = {_HEAD: head, **data["model"]["model_dict"][name]}
        _keep_case_embedding(data["model"], branches[head], len(inputs))
        shares = dict.fromkeys(kept, 0.5) | {name: 1.0}
        data["training"]["model_prob"] = shares
    data = upgrade(data).data
    return Composed(data, notes)


class _Rest:
    """What is not the model: from the input that it was trained with, or a start."""

    def __init__(self, trained_with: Mapping[str, Any] | None, notes: list[Note]) -> None:
        self.given = trained_with
        self.notes = notes

    def single(
        self, branch: str, model: dict[str, Any], systems: Sequence[str] | None
    ) -> dict[str, Any]:
        """Give a single-task input of a model; without systems its own data is kept."""
        given = self._given(branch)
        loss = copy_tree(given["loss"]) if isinstance(given.get("loss"), dict) else None
        training = given.get("training")
        training = copy_tree(training) if isinstance(training, dict) else {}
        own = {key: training.pop(key, None) for key in ("training_data", "validation_data")}
        stat_file = training.pop("stat_file", None)
        if systems is not None:
            own = {"training_data": {"systems": list(systems), "batch_size": "auto"}}
        elif own["training_data"] is None:
            path = ("training", "data_dict", branch)
            self.notes.append(
                Note(path, "left to you: the data of the branch, which the model does not know")
            )
        elif stat_file is not None:
            training["stat_file"] = stat_file
        if not any(key in training for key in ("numb_steps", "stop_batch", "numb_epoch",
                                               "num_epoch")):
            training["numb_steps"] = _STEPS
        single: dict[str, Any] = {"model": model}
        rate = given.get("learning_rate")
        single["learning_rate"] = copy_tree(rate) if isinstance(rate, dict) else dict(_RATE)
        if isinstance(given.get("optimizer"), dict):
            single["optimizer"] = copy_tree(given["optimizer"])
        single["loss"] = loss or self._loss(branch, model)
        if not single["loss"]:
            del single["loss"]
        single["training"] = {**{key: each for key, each in own.items() if each}, **training}
        return single

    def _given(self, branch: str) -> Mapping[str, Any]:
        if self.given is None:
            return {}
        model = self.given.get("model")
        if not (isinstance(model, Mapping) and "model_dict" in model):
            return self.given
        try:
            return branch_input(self.given, branch)
        except UnknownBranchError:
            return {}

    def _loss(self, branch: str, model: Mapping[str, Any]) -> dict[str, Any]:
        fitting = model.get("fitting_net")
        kind = fitting.get("type", "ener") if isinstance(fitting, dict) else "ener"
        if kind in _LOSSES:
            said = "a common loss is taken; --config INPUT takes that of the training"
            self.notes.append(Note(("loss_dict", branch), said))
        else:
            self.notes.append(Note(("loss_dict", branch), f"left to you: the loss of a {kind!r}"))
        return dict(_LOSSES.get(kind, {}))


def _branches(pretrained: Mapping[str, Any]) -> dict[str, Any]:
    if "model_dict" in pretrained:
        branches = branches_of(pretrained)
    else:
        branches = {DEFAULT_BRANCH: pretrained} if pretrained else {}
    usable = {
        name: each for name, each in branches.items() if isinstance(each.get("type_map"), list)
    }
    if not usable:
        msg = "the model does not say how it was defined"
        raise MissingKeyError(msg, hint="take the checkpoint that it was made from")
    return usable


def _head(branches: Mapping[str, Any], start_from: str | None) -> str:
    if start_from is not None:
        return find_branch(start_from, branches)
    if len(branches) > 1:
        msg = f"no branch to start from is named, there are {', '.join(branches)}"
        raise UsageError(msg, hint="name one with --from")
    return next(iter(branches))


def _refuse_names(name: str | None, kept: Sequence[str], branches: Mapping[str, Any]) -> None:
    if name is None and kept:
        msg = "branches are kept, but the new one has no name"
        raise UsageError(msg, hint="name it with --name")
    if name == RANDOM:
        msg = f"a branch cannot be called {RANDOM!r}: DeePMD-kit means a new fitting net by it"
        raise UsageError(msg, hint="take another name")
    if name in kept:
        msg = f"the new branch and one that is kept are both called {name!r}"
        raise UsageError(msg, hint="take another name for the new one")
    aliases = {alias for each in kept for alias in branches[each].get(ALIAS_KEY, [])}
    if name in aliases:
        msg = f"{name!r} is an alias of a branch that is kept"
        raise UsageError(msg, hint="take another name")


def _model_of(branch: Mapping[str, Any], *, keep_aliases: bool = False) -> dict[str, Any]:
    left_out = (_HEAD,) if keep_aliases else (_HEAD, ALIAS_KEY)
    model = {key: copy_tree(each) for key, each in branch.items() if key not in left_out}
    if keep_aliases and not model.get(ALIAS_KEY):
        model.pop(ALIAS_KEY, None)
    return model


def _keep_case_embedding(model: dict[str, Any], pretrained: Mapping[str, Any], count: int) -> None:
    """Let the fitting nets tell as many branches apart as those of the trained model do.

    Raises
    ------
    ConfigError
        There are more branches than that.
    """
    fitting = pretrained.get("fitting_net")
    cases = fitting.get(_CASES, 0) if isinstance(fitting, Mapping) else 0
    if cases and count > cases:
        msg = f"the fitting net of the model tells {cases} branches apart, here are {count}"
        raise ConfigError(msg, path=("model", "model_dict"), hint="keep fewer branches")
    for branch in model["model_dict"].values():
        _set_cases(branch.get("fitting_net"), cases)
    for entry in model["shared_dict"].values():
        if isinstance(entry, dict) and _CASES in entry:
            _set_cases(entry, cases)


def _set_cases(fitting: Any, cases: int) -> None:
    if isinstance(fitting, dict):
        if cases:
            fitting[_CASES] = cases
        else:
            fitting.pop(_CASES, None)
