# SPDX-License-Identifier: LGPL-3.0-or-later
"""A freshly initialised model of a training input as a user writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dp_multitask.checks.schema.normalize import normalize
from dp_multitask.components.models.frozen import ReadModel
from dp_multitask.components.whole.fresh import start
from dp_multitask.config.training_input import has_shared_parts, resolve_input

if TYPE_CHECKING:
    import numpy as np


def fresh_payload(
    config: Mapping[str, Any],
    rng: np.random.Generator | int | None = None,
    *,
    read_model: ReadModel | None = None,
) -> dict[str, Any]:
    """Resolve an input, write out DeePMD-kit's defaults, and start its model.

    Parameters
    ----------
    config : dict
        A training input, of one model or of many branches. Not changed.
    rng, read_model
        As of `dp_multitask.components.whole.fresh.start`.

    Returns
    -------
    dict
        What a model file holds.

    Raises
    ------
    ConfigError
        The input does not follow the schema, or its model cannot be started; the path says why.
    """
    resolved = resolve_input(config) if has_shared_parts(config) else config
    return start(normalize(resolved), rng, read_model=read_model)
