# SPDX-License-Identifier: LGPL-3.0-or-later
"""A freshly initialised model of a whole training input, as a model file holds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dp_multitask.checks.schema.normalize import normalize
from dp_multitask.components.core.layout import VARIABLES
from dp_multitask.components.models.frozen import ReadModel
from dp_multitask.components.models.multitask import Multitask, start_model
from dp_multitask.config.training_input import has_shared_parts, resolve_input
from dp_multitask.errors import ComponentError, ConfigError, SharingError, UnsupportedError, inside

if TYPE_CHECKING:
    import numpy as np


def fresh_payload(
    config: Mapping[str, Any],
    rng: np.random.Generator | int | None = None,
    *,
    read_model: ReadModel | None = None,
) -> dict[str, Any]:
    """Resolve an input, write out DeePMD-kit's defaults, and start its model.

    What a model file holds comes out: ``model``, ``model_def_script`` (the model section) and, of
    many branches, ``shared_links``; shared variables are one array object. There is no
    ``min_nbor_dist``: that is known from data. Models of type ``frozen`` need `read_model`, which
    reads a model file.

    Raises
    ------
    ConfigError
        The input does not follow the schema, or its model cannot be started; the path says why.
    """
    import numpy as np

    written_out = normalize(resolve_input(config) if has_shared_parts(config) else config)
    script, links = written_out["model"], written_out.get("shared_links", {})
    try:
        with inside("model"):
            if "model_dict" in script:
                started = Multitask.from_config(
                    script, rng, shared_links=links, read_model=read_model
                )
                return started.serialize()
            model = start_model(script, np.random.default_rng(rng), read_model)
    except (ComponentError, SharingError, UnsupportedError) as err:
        raise ConfigError(err.message, path=err.path, hint=err.hint) from err
    return {"model": model.serialize(), "model_def_script": script, VARIABLES: {}}
