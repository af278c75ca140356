# SPDX-License-Identifier: LGPL-3.0-or-later
"""What must hold in a model section before its references can be looked for.

`check` hears of these from the schema, which knows what each place expects.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.config.model_section import NOT_CASCADED, ModelSection
from dp_multitask.config.reference import SHARED_ITEMS
from dp_multitask.errors import ConfigTypeError, MissingKeyError, TreePath
from dp_multitask.text.plain_data import describe, suggest, too_deep


def section_of_model(config: Mapping[str, Any]) -> Any:
    """Give the section ``model`` of an input, which may be anything.

    Raises
    ------
    MissingKeyError
        There is none.
    """
    if "model" not in config:
        msg = "the input has no 'model' section"
        near = suggest("model", config)
        raise MissingKeyError(msg, hint=f"rename {near!r} to 'model'?" if near else "add 'model'")
    return config["model"]


def require_model_dict(model: Any, path: TreePath = ()) -> None:
    """Refuse a model section that is no mapping, or has no ``model_dict``.

    Raises
    ------
    ConfigTypeError
        It is no mapping.
    MissingKeyError
        It has no ``model_dict``; the hint names what may be meant for it.
    """
    if not isinstance(model, Mapping):
        raise _no_mapping(model, "the model section", path)
    if "model_dict" not in model:
        inner = model.get("model")
        if isinstance(inner, Mapping) and "model_dict" in inner:
            msg = "this is a whole input, expected its model section"
            raise MissingKeyError(msg, path=path, hint="pass its 'model' section: config['model']")
        near = suggest("model_dict", model)
        hint = (
            f"Did you mean {near!r}?"
            if near
            else "only multitask inputs have shared parts; a single model needs no resolving"
        )
        msg = "the model section has no 'model_dict'"
        raise MissingKeyError(msg, path=path, hint=hint)


def refuse_broken_parts(section: ModelSection) -> None:
    """Refuse branches that are no mappings, and hybrids whose list is none.

    Raises
    ------
    ConfigTypeError
        A part has another kind than its place expects, or mappings and lists nest too deep.
    MissingKeyError
        A hybrid has no list.
    """
    model, above = section.model, section.model_path
    for key in NOT_CASCADED:
        if not isinstance(model.get(key, {}), Mapping):
            raise _no_mapping(model[key], repr(key), (*above, key))
    if too_deep(model):
        msg = "mappings and lists nest too deep"
        raise ConfigTypeError(msg, path=above, hint="a model section nests under ten levels")
    for name, branch in model.get("model_dict", {}).items():
        if not isinstance(branch, Mapping) and not _is_comment(name, branch):
            raise _no_mapping(branch, f"the branch {name!r}", (*above, "model_dict", name))
    for branch in section.branches:
        for item_key in SHARED_ITEMS:
            item = branch.params.get(item_key)
            if isinstance(item, dict) and item.get("type") == "hybrid":
                _refuse_broken_hybrid(item_key, item, branch.place(item_key))


def _no_mapping(value: Any, what: str, path: TreePath) -> ConfigTypeError:
    msg = f"{what} must be a mapping, found {describe(value)}"
    return ConfigTypeError(msg, path=path, hint="write its keys and values out")


def _is_comment(key: object, value: object) -> bool:
    return isinstance(key, str) and key.startswith("_") and isinstance(value, str)


def _refuse_broken_hybrid(item_key: str, hybrid: Mapping[str, Any], path: TreePath) -> None:
    if item_key == "type_map":
        msg = "a type map must be a list of element names or a reference, found a hybrid"
        raise ConfigTypeError(msg, path=path)
    if "list" not in hybrid:
        msg = "the hybrid has no 'list' of members"
        raise MissingKeyError(msg, path=path, hint="add 'list' with the members' parameters")
    if not isinstance(hybrid["list"], list):
        msg = f"the 'list' of a hybrid must be a list, found {describe(hybrid['list'])}"
        raise ConfigTypeError(msg, path=(*path, "list"))
