# SPDX-License-Identifier: LGPL-3.0-or-later
"""A freshly initialised model file of a training input."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dp_multitask.checks.fresh_model import fresh_payload
from dp_multitask.errors import ConfigTypeError
from dp_multitask.modelfile.reading.load import load_model
from dp_multitask.modelfile.writing.save import save_model
from dp_multitask.text.plain_data import describe

if TYPE_CHECKING:
    from dp_multitask.text.document import Document


def init(
    source: str | os.PathLike[str] | Document | Mapping[str, Any],
    target: str | os.PathLike[str],
    *,
    seed: int | None = None,
) -> None:
    """Store the freshly initialised model of a training input.

    Parameters
    ----------
    source : path, Document or mapping
        The input, multitask or single-task; not changed.
    target : str or path
        The model file: ``.dp``, ``.hdf5`` or ``.yaml``. A file there is replaced.
    seed : int, optional
        Where the numbers come from; ``training/seed`` of the input by default, else 0.

    Raises
    ------
    ConfigError
        The input does not follow the schema, or its model cannot be started.
    FileAccessError
        The input cannot be read, or the file not be written.
    """
    if isinstance(source, str | os.PathLike):
        from dp_multitask.text.document import read_document

        source = read_document(source)
    config = getattr(source, "data", source)
    if not isinstance(config, Mapping):
        msg = f"the input must be a mapping, found {describe(config)}"
        raise ConfigTypeError(msg)
    payload = fresh_payload(config, seed_of(config) if seed is None else seed,
                            read_model=load_model)
    save_model(target, payload)


def seed_of(config: Mapping[str, Any]) -> int:
    """Give the seed of the training section, as far as it can be one."""
    training = config.get("training")
    seed = training.get("seed") if isinstance(training, Mapping) else None
    return seed if isinstance(seed, int) and not isinstance(seed, bool) and seed >= 0 else 0
