# SPDX-License-Identifier: LGPL-3.0-or-later
"""A freshly initialised model of a whole training input, as a model file holds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dp_multitask.components.layout import VARIABLES
from dp_multitask.components.models.model import Model, inside
from dp_multitask.components.models.multitask import Multitask
from dp_multitask.config.schema.findings import is_multitask
from dp_multitask.config.schema.normalize import normalize
from dp_multitask.config.training_input import resolve_input
from dp_multitask.errors import ComponentError, ConfigError, UnsupportedError


def fresh_payload(
    config: Mapping[str, Any], rng: np.random.Generator | int | None = None
) -> dict[str, Any]:
    """Start the model of a training input.

    Parameters
    ----------
    config : dict
        A training input, of one model or of many branches. Not changed.
    rng : numpy.random.Generator or int, optional
        Where the numbers come from; the same seed gives the same model.

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
    multitask = is_multitask(config)
    full = normalize(resolve_input(config) if multitask else config)
    try:
        with inside("model"):
            if multitask:
                links = full["shared_links"]
                return Multitask.from_config(full["model"], rng, shared_links=links).serialize()
            model = Model.from_config(full["model"], None, rng).serialize()
    except (ComponentError, UnsupportedError) as err:
        raise ConfigError(err.message, path=err.path, hint=err.hint) from err
    return {"model": model, "model_def_script": full["model"], VARIABLES: {}}
