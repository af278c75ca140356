# SPDX-License-Identifier: LGPL-3.0-or-later
"""Resolve a whole training input, multitask or linear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.config.links import SharedLinks, links_as_json
from dp_multitask.config.resolve import preprocess_shared_params
from dp_multitask.errors import ConfigError, MissingKeyError, TreePath
from dp_multitask.text.plain_data import copy_tree, suggest


def resolve_input(config: Mapping[str, Any], *, backend: str = "pt") -> dict[str, Any]:
    """Resolve a whole training input.

    Parameters
    ----------
    config : mapping
        The input: a multitask one (``model/model_dict``) or a linear model with a
        ``shared_dict`` of its own (``model/type`` is ``linear_ener``).
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
    if "model" not in config:
        msg = "the input has no 'model' section"
        near = suggest("model", config)
        raise MissingKeyError(msg, hint=f"Did you mean {near!r}?" if near else "add 'model'")
    model = config["model"]
    try:
        if _is_linear_with_shared(model):
            expanded, links = _resolve_linear(model, backend)
        else:
            expanded, links = preprocess_shared_params(model, backend=backend)
    except ConfigError as err:
        err.path = ("model", *err.path)
        raise
    resolved = {
        key: expanded if key == "model" else copy_tree(value) for key, value in config.items()
    }
    resolved["shared_links"] = links_as_json(links)
    return resolved


def has_shared_parts(config: Mapping[str, Any]) -> bool:
    """Tell whether an input can be resolved: a multitask one, or a linear model that shares."""
    model = config.get("model")
    return _is_linear_with_shared(model) or (isinstance(model, Mapping) and "model_dict" in model)


def _is_linear_with_shared(model: Any) -> bool:
    return (
        isinstance(model, Mapping)
        and "model_dict" not in model
        and isinstance(model.get("models"), list)
        and "shared_dict" in model
    )


def _resolve_linear(model: Mapping[str, Any], backend: str) -> tuple[dict[str, Any], SharedLinks]:
    """Resolve the sub-models of a linear model; the links call them ``model_0``, ``model_1``...

    DeePMD-kit 3.2.0 does the same when it builds the model: the sub-models become branches, the
    linear model's type map their default, and a shared type map is optional.
    """
    section: dict[str, Any] = {
        "model_dict": {f"model_{i}": sub_model for i, sub_model in enumerate(model["models"])},
        "shared_dict": model["shared_dict"],
    }
    if "type_map" in model:
        section["type_map"] = model["type_map"]
    try:
        expanded, links = preprocess_shared_params(section, False, backend=backend)
    except ConfigError as err:
        err.path = _path_in_linear(err.path)
        raise
    resolved = {key: copy_tree(value) for key, value in model.items() if key != "models"}
    sub_models = list(expanded["model_dict"].values())
    resolved = {key: sub_models if key == "models" else resolved[key] for key in model}
    if isinstance(resolved.get("type_map"), str) and sub_models:
        resolved["type_map"] = copy_tree(sub_models[0]["type_map"])
    return resolved, links


def _path_in_linear(path: TreePath) -> TreePath:
    if path[:1] == ("model_dict",) and len(path) > 1:
        return ("models", int(str(path[1]).removeprefix("model_")), *path[2:])
    return path
