# SPDX-License-Identifier: LGPL-3.0-or-later
"""A freshly initialised model of a whole training input, as a model file holds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dp_multitask.checks.schema.findings import is_multitask
from dp_multitask.checks.schema.normalize import normalize
from dp_multitask.components.core.layout import VARIABLES
from dp_multitask.components.models.frozen import ReadModel
from dp_multitask.components.models.model import inside
from dp_multitask.components.models.multitask import Multitask, start_model
from dp_multitask.components.sharing.one_object import share
from dp_multitask.config.training_input import resolve_input
from dp_multitask.errors import ComponentError, ConfigError, UnsupportedError


def fresh_payload(
    config: Mapping[str, Any],
    rng: np.random.Generator | int | None = None,
    *,
    read_model: ReadModel | None = None,
) -> dict[str, Any]:
    """Start the model of a training input.

    Parameters
    ----------
    config : dict
        A training input, of one model or of many branches. Not changed.
    rng : numpy.random.Generator or int, optional
        Where the numbers come from; the same seed gives the same model.
    read_model : callable, optional
        Gives what a model file holds; models of type ``frozen`` need it.

    Returns
    -------
    dict
        What `dp_multitask.modelfile` stores: ``model``, ``model_def_script`` (the model section,
        resolved, with DeePMD-kit's defaults) and, of many branches, ``shared_links``. Shared
        variables are one array object. There is no ``min_nbor_dist``: that is known from data.

    Raises
    ------
    ConfigError
        The input does not follow the schema, or its model cannot be started; the path says why.
    """
    multitask, in_linear = is_multitask(config), _shares_in_linear(config)
    full = normalize(resolve_input(config) if multitask or in_linear else config)
    try:
        with inside("model"):
            if multitask:
                return Multitask.from_config(
                    full["model"], rng, shared_links=full["shared_links"], read_model=read_model
                ).serialize()
            model = start_model(full["model"], np.random.default_rng(rng), read_model)
            if in_linear:
                members = enumerate(model.data["models"])
                share({f"model_{i}": member for i, member in members}, full["shared_links"])
    except (ComponentError, UnsupportedError) as err:
        raise ConfigError(err.message, path=err.path, hint=err.hint) from err
    script = full["model"]
    return {"model": model.serialize(), "model_def_script": script, VARIABLES: {}}


def _shares_in_linear(config: Mapping[str, Any]) -> bool:
    """Say whether the members of a linear model share parts."""
    model = config.get("model")
    return (
        isinstance(model, Mapping)
        and isinstance(model.get("models"), list)
        and bool(model.get("shared_dict"))
    )
