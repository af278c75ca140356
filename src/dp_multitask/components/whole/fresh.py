# SPDX-License-Identifier: LGPL-3.0-or-later
"""A freshly initialised model of a whole training input, as a model file holds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dp_multitask.components.core.layout import VARIABLES
from dp_multitask.components.models.frozen import ReadModel
from dp_multitask.components.models.multitask import Multitask, start_model
from dp_multitask.errors import ComponentError, ConfigError, SharingError, UnsupportedError, inside

if TYPE_CHECKING:
    import numpy as np


def start(
    config: Mapping[str, Any],
    rng: np.random.Generator | int | None = None,
    *,
    read_model: ReadModel | None = None,
) -> dict[str, Any]:
    """Start the model of a training input.

    Parameters
    ----------
    config : dict
        An input of one model or of many branches, resolved and with its defaults written out.
        Not changed.
    rng : numpy.random.Generator or int, optional
        Where the numbers come from; the same seed gives the same model.
    read_model : callable, optional
        Gives what a model file holds; models of type ``frozen`` need it.

    Returns
    -------
    dict
        What `dp_multitask.modelfile` stores: ``model``, ``model_def_script`` (the model section)
        and, of many branches, ``shared_links``. Shared variables are one array object. There is
        no ``min_nbor_dist``: that is known from data.

    Raises
    ------
    ConfigError
        Its model cannot be started; the path says why.
    """
    import numpy as np

    script = config["model"]
    try:
        with inside("model"):
            if "model_dict" in script:
                links = config.get("shared_links", {})
                started = Multitask.from_config(
                    script, rng, shared_links=links, read_model=read_model
                )
                return started.serialize()
            model = start_model(script, np.random.default_rng(rng), read_model)
    except (ComponentError, SharingError, UnsupportedError) as err:
        raise ConfigError(err.message, path=err.path, hint=err.hint) from err
    return {"model": model.serialize(), "model_def_script": script, VARIABLES: {}}
