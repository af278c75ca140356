# SPDX-License-Identifier: LGPL-3.0-or-later
"""One branch of a multitask training input as a single-task training input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.config.branch_names import ALIAS_KEY, find_branch
from dp_multitask.config.model_section import branches_of
from dp_multitask.config.resolve import preprocess_shared_params
from dp_multitask.config.structure import section_of_model
from dp_multitask.config.upgrade.dp_train import as_dp_train_takes_it
from dp_multitask.errors import ConfigError, ConfigTypeError, MissingKeyError, TreePath, inside
from dp_multitask.text.plain_data import copy_tree, describe, suggest

_ONLY_MULTITASK = ("shared_links",)
"""What `resolve` adds to an input and a single-task input has no place for."""

_ONLY_MULTITASK_TRAINING = ("model_prob",)


def branch_input(config: Mapping[str, Any], branch: str) -> dict[str, Any]:
    """Take one branch out of a multitask training input, as a single-task input.

    The branch's model is written out, shared parts included; its entry of ``loss_dict`` becomes
    ``loss``, that of ``training/data_dict`` (``training_data``, ``validation_data``,
    ``stat_file`` ...) moves up into ``training``, that of ``num_epoch_dict`` becomes
    ``num_epoch``. ``model_prob`` and ``model_branch_alias``, which a single task has no use for,
    are left out. Everything else is kept as it is: ``numb_steps`` too, although in the multitask
    job the branch had only its share of these steps. Outdated keys are converted as ``dp train``
    converts them. DeePMD-kit 3.2.0 accepts the result as a
    single-task input wherever it accepts `config` as a multitask one.

    Parameters
    ----------
    config : mapping
        The multitask input, resolved or not; it is not changed.
    branch : str
        The branch's name or an alias.

    Returns
    -------
    dict
        The single-task input; sections stand where the ones that they come from stood.

    Raises
    ------
    UnknownBranchError
        No branch has this name or alias, or several have the alias.
    ConfigError
        The input is no multitask input, cannot be resolved, or lacks the branch's part of a
        section. Paths count from the top of the input.
    """
    config = as_dp_train_takes_it(config)
    section = _model_section(config)
    with inside("model"):
        expanded, _ = preprocess_shared_params(section, False, class_of=_no_class)
    branches = branches_of(expanded)
    name = find_branch(branch, branches)
    model = {key: value for key, value in branches[name].items() if key != ALIAS_KEY}

    single: dict[str, Any] = {}
    for key, value in config.items():
        if key == "model":
            single[key] = model
        elif key == "loss_dict":
            _put(single, "loss", _entry(value, name, (key,)), config, (key,))
        elif key == "training" and isinstance(value, Mapping):
            single[key] = _training(value, name)
        elif key not in _ONLY_MULTITASK:
            single[key] = copy_tree(value)
    return single


def _no_class(kind: str, params: dict[str, Any]) -> None:
    """Stand in for the class of a shared part: a single-task input has no links."""


def _model_section(config: Mapping[str, Any]) -> Mapping[str, Any]:
    model = section_of_model(config)
    if isinstance(model, Mapping) and "model_dict" not in model:
        msg = "the input has no branches: its model section has no 'model_dict'"
        near = suggest("model_dict", model)
        hint = _rename(near, "model_dict") or "it is a single-task input already"
        raise MissingKeyError(msg, path=("model",), hint=hint)
    section: Mapping[str, Any] = model
    return section


def _training(training: Mapping[str, Any], branch: str) -> dict[str, Any]:
    single: dict[str, Any] = {}
    for key, value in training.items():
        here = ("training", key)
        if key == "data_dict":
            data = _entry(value, branch, here)
            if not isinstance(data, Mapping):
                msg = f"the data of a branch must be a mapping, found {describe(data)}"
                raise ConfigTypeError(msg, path=(*here, branch))
            for name, part in data.items():
                _put(single, name, part, training, (*here, branch, name))
        elif key == "num_epoch_dict":
            if value:  # an empty one counts as absent
                _put(single, "num_epoch", _entry(value, branch, here), training, here)
        elif key not in _ONLY_MULTITASK_TRAINING:
            single[key] = copy_tree(value)
    return single


def _entry(section: Any, branch: str, path: TreePath) -> Any:
    """Give a copy of a branch's entry in a section that must have one for every branch."""
    if not isinstance(section, Mapping):
        msg = f"{path[-1]!r} must be a mapping, found {describe(section)}"
        raise ConfigTypeError(msg, path=path)
    if branch not in section:
        msg = f"{path[-1]!r} has no entry for the branch {branch!r}"
        near = suggest(branch, section)
        hint = _rename(near, branch) or "every branch must have one"
        raise MissingKeyError(msg, path=path, hint=hint)
    return copy_tree(section[branch])


def _rename(found: str | None, expected: str) -> str | None:
    return f"rename {found!r} to {expected!r}?" if found else None


def _put(
    single: dict[str, Any], key: str, value: Any, original: Mapping[str, Any], path: TreePath
) -> None:
    """Set a key that comes out of a section of branches, unless it stands in `original` too.

    Of two comments the one beside the branch's own data is left out; two values are an error.
    """
    if key not in original:
        single[key] = copy_tree(value)
    elif not key.startswith("_"):
        msg = f"{key!r} is given for all branches and for this one"
        raise ConfigError(msg, path=path, hint="multitask inputs give it for each branch only")
