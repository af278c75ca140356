# SPDX-License-Identifier: LGPL-3.0-or-later
"""What must hold in a ``model`` section before its references can be expanded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.config.reference import SHARED_ITEMS, reference_sites, refuse_misplaced
from dp_multitask.errors import (
    ConfigTypeError,
    MisplacedReferenceError,
    MissingKeyError,
    TreePath,
)
from dp_multitask.text.plain_data import describe, suggest, too_deep

NOT_CASCADED = ("model_dict", "shared_dict")
"""The keys directly under ``model`` that are no defaults of the branches."""


def checked_section(model_config: Any) -> Mapping[str, Any]:
    """Check what must hold before any branch can be looked at."""
    if not isinstance(model_config, Mapping):
        msg = f"the model section must be a mapping, found {describe(model_config)}"
        raise ConfigTypeError(msg)
    if "model_dict" not in model_config:
        near = suggest("model_dict", model_config)
        hint = (
            f"Did you mean {near!r}?"
            if near
            else "only multitask inputs have shared parts; a single model needs no resolving"
        )
        msg = "the model section has no 'model_dict'"
        raise MissingKeyError(msg, hint=hint)
    for key in NOT_CASCADED:
        value = model_config.get(key, {})
        if not isinstance(value, Mapping):
            msg = f"{key!r} must be a mapping, found {describe(value)}"
            raise ConfigTypeError(msg, path=(key,))
    if too_deep(dict(model_config)):
        msg = "mappings and lists nest too deep"
        raise ConfigTypeError(msg, hint="a model section nests under ten levels")
    for name, branch in model_config["model_dict"].items():
        if not isinstance(branch, Mapping) and not _is_comment(name, branch):
            msg = f"the branch {name!r} must be a mapping, found {describe(branch)}"
            hint = "write the branch's parameters out"
            raise ConfigTypeError(msg, path=("model_dict", name), hint=hint)
    return model_config


def branches_of(model: Mapping[str, Any]) -> dict[str, Any]:
    """Give the branches of a checked section: ``model_dict`` without the comments in it."""
    return {
        name: branch
        for name, branch in model.get("model_dict", {}).items()
        if isinstance(branch, Mapping)
    }


def _is_comment(key: object, value: object) -> bool:
    return isinstance(key, str) and key.startswith("_") and isinstance(value, str)


def check_members(branch: dict[str, Any], places: Mapping[str, TreePath]) -> None:
    """Refuse hybrids whose list is none, and references that no one would ever expand."""
    for item_key in SHARED_ITEMS:
        item = branch.get(item_key)
        if not isinstance(item, dict) or item.get("type") != "hybrid":
            continue
        here = places[item_key]
        if item_key == "type_map":
            msg = "a type map must be a list of element names or a reference, found a hybrid"
            raise ConfigTypeError(msg, path=here)
        members = item.get("list")
        if "list" not in item:
            msg = "the hybrid has no 'list' of members"
            raise MissingKeyError(msg, path=here, hint="add 'list' with the members' parameters")
        if not isinstance(members, list):
            msg = f"the 'list' of a hybrid must be a list, found {describe(members)}"
            raise ConfigTypeError(msg, path=(*here, "list"))
        for index, member in enumerate(members):
            refuse_misplaced(member, (*here, "list", index), "a hybrid within a hybrid")
    if isinstance(branch.get("models"), list) and "shared_dict" not in branch:
        _refuse_references_in_models(branch["models"], places["models"])


def _refuse_references_in_models(models: list[Any], path: TreePath) -> None:
    for index, model in enumerate(models):
        if not isinstance(model, dict):
            continue
        for site in reference_sites(model):
            msg = f"the reference {site.text!r} stands in a linear model's sub-model"
            hint = "the linear model needs a 'shared_dict' of its own for its 'models'"
            raise MisplacedReferenceError(msg, path=(*path, index, *site.path), hint=hint)
