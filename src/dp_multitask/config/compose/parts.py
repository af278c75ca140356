# SPDX-License-Identifier: LGPL-3.0-or-later
"""Single-task inputs taken apart into what becomes a branch and what a job has once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from dp_multitask.errors import ConfigTypeError, MissingKeyError
from dp_multitask.text.plain_data import copy_tree, describe, suggest

DATA_KEYS = ("training_data", "validation_data", "stat_file", "stat_file_mode")
"""The keys of ``training`` that each branch has for itself."""

EPOCH_KEYS = ("numb_epoch", "num_epoch")
_STEPS = ("numb_steps", "stop_batch")
_OWN_SECTIONS = ("model", "loss", "training")


class NewBranch(NamedTuple):
    """A single-task input, taken apart.

    Attributes
    ----------
    name : str
        The branch that it becomes.
    model : dict
        Its model, with a type map.
    loss : dict or None
        Its loss.
    data : dict
        Its training and validation data, and its statistics file.
    epochs : object
        How many epochs it trains, or None.
    sections : dict
        The other sections, which a job has once.
    training : dict
        The rest of ``training``.
    """

    name: str
    model: dict[str, Any]
    loss: dict[str, Any] | None
    data: dict[str, Any]
    epochs: Any
    sections: dict[str, Any]
    training: dict[str, Any]


def part_of(name: str, config: Mapping[str, Any]) -> NewBranch:
    """Take an input apart; what is missing in it stays missing.

    Raises
    ------
    ConfigError
        It has no model with a type map, or is a multitask input.
    """
    model = _mapping(config, "model", name)
    if "model_dict" in model:
        msg = f"the input of {name!r} is a multitask input"
        hint = "name one of its branches, or give it as the base"
        raise ConfigTypeError(msg, path=("model",), hint=hint)
    if not isinstance(model.get("type_map"), list):
        msg = f"the model of {name!r} has no type map"
        near = suggest("type_map", model)
        hint = f"rename {near!r} to 'type_map'?" if near else "add 'type_map', the elements"
        raise MissingKeyError(msg, path=("model",), hint=hint)
    if not all(isinstance(element, str) for element in model["type_map"]):
        msg = f"the type map of {name!r} must list names of elements"
        raise ConfigTypeError(msg, path=("model", "type_map"), hint='such as ["O", "H"]')
    training = _mapping(config, "training", name) if "training" in config else {}
    data = {key: copy_tree(training[key]) for key in DATA_KEYS if key in training}
    loss = _mapping(config, "loss", name) if "loss" in config else None
    epochs = next((training[key] for key in EPOCH_KEYS if key in training), None)
    return NewBranch(
        name,
        copy_tree(model),
        copy_tree(loss),
        data,
        epochs,
        {key: copy_tree(each) for key, each in config.items() if key not in _OWN_SECTIONS},
        {
            key: copy_tree(each)
            for key, each in training.items()
            if key not in DATA_KEYS and key not in EPOCH_KEYS
        },
    )


def steps_of(training: Mapping[str, Any]) -> Any:
    """Give the number of steps that a section ``training`` asks for, or None."""
    return next((training[key] for key in _STEPS if key in training), None)


def _mapping(config: Mapping[str, Any], key: str, name: str) -> dict[str, Any]:
    value = config.get(key)
    if isinstance(value, dict):
        return value
    if key not in config:
        msg = f"the input of {name!r} has no {key!r} section"
        near = suggest(key, config)
        raise MissingKeyError(msg, hint=f"rename {near!r}?" if near else f"add {key!r}")
    msg = f"the section {key!r} of {name!r} must be a mapping, found {describe(value)}"
    raise ConfigTypeError(msg, path=(key,), hint="write its keys and values out")
