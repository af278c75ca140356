# SPDX-License-Identifier: LGPL-3.0-or-later
"""Resolve a whole training input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.config.links import links_as_json
from dp_multitask.config.model_section import ModelSection
from dp_multitask.config.reference_findings import without_branches
from dp_multitask.config.resolve import expand
from dp_multitask.config.structure import require_model_dict, section_of_model
from dp_multitask.errors import MisplacedReferenceError
from dp_multitask.text.plain_data import copy_tree


def resolve_input(config: Mapping[str, Any], *, backend: str = "pt") -> dict[str, Any]:
    """Resolve a whole training input.

    Parameters
    ----------
    config : mapping
        The input, a multitask one (``model/model_dict``).
    backend : str, default: "pt"
        The backend whose class names the links carry.

    Returns
    -------
    dict
        The input with ``model`` expanded and a top-level ``shared_links``, class names in JSON
        form. Every other section is copied as it is.

    Raises
    ------
    ConfigError
        The input cannot be resolved; paths count from the top of the input.
    """
    model = section_of_model(config)
    if isinstance(model, Mapping) and "model_dict" not in model:
        for path, message, hint, *_ in without_branches(model):
            raise MisplacedReferenceError(message, path=path, hint=hint)
    require_model_dict(model, ("model",))
    expanded, links = expand(ModelSection(model), True, backend)
    resolved = {
        key: expanded if key == "model" else copy_tree(value) for key, value in config.items()
    }
    resolved["shared_links"] = links_as_json(links)
    return resolved


def has_shared_parts(config: Mapping[str, Any]) -> bool:
    """Tell whether an input can be resolved: that is, a multitask one."""
    return ModelSection(config.get("model")).kind != "single"
