# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which class a tree or a config stands for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from dp_multitask.component_types import BLOCK_MODULES, DEFAULT_TYPE
from dp_multitask.errors import ComponentError, FieldTypeError, UnknownClassError, UnknownTypeError
from dp_multitask.registry import native_class

if TYPE_CHECKING:
    from dp_multitask.components.core.component import Component

_KINDS = {"Descriptor": "descriptor", "Fitting": "fitting_net", "Model": "model"}

_UNMARKED_MODELS = ("spin_ener",)
"""Model types whose trees have no ``@class``."""

_blocks: dict[str, type[Component]] = {}


def remember_block(name: str, cls: type[Component]) -> None:
    """Note the class of a building block under its ``@class``."""
    _blocks[name] = cls


def class_of_tree(tree: Any) -> type[Component]:
    """Give the class that a tree names by ``@class`` and ``type``.

    Raises
    ------
    ComponentError
        The tree names no class, or one that is not known.
    """
    if type(tree) is not dict and not isinstance(tree, Mapping):
        msg = f"expected a component's tree, found {type(tree).__name__}"
        raise FieldTypeError(msg)
    name, type_name = tree.get("@class"), tree.get("type")
    if name is None and type_name in _UNMARKED_MODELS:
        name = "Model"
    kind = _KINDS.get(name) if isinstance(name, str) else None
    if kind is not None:
        if not isinstance(type_name, str):
            msg = f"the tree of a {name} must name its type, found {type_name!r}"
            raise ComponentError(msg, path=("type",))
        return _component_class(kind, type_name)
    if isinstance(name, str) and name in BLOCK_MODULES and name not in _blocks:
        import_module(f"dp_multitask.components.{BLOCK_MODULES[name]}")
    found = _blocks.get(name) if isinstance(name, str) else None
    if found is None:
        hint = f"known classes: {', '.join(dict.fromkeys([*_KINDS, *BLOCK_MODULES, *_blocks]))}"
        if name is None:
            msg = "the tree names no '@class'"
            raise ComponentError(msg, path=("@class",), hint=hint)
        msg = f"unknown class {name!r}"
        raise UnknownClassError(msg, path=("@class",), hint=hint)
    return found


def class_of_config(kind: str | None, config: Mapping[str, Any]) -> type[Component]:
    """Give the class that a config names by ``type``."""
    if kind is None:
        msg = "a config does not say what it is a config of; call this on Descriptor or Fitting"
        raise ComponentError(msg)
    if not isinstance(config, Mapping):
        msg = f"the parameters of a {kind} must be a mapping, found {type(config).__name__}"
        raise FieldTypeError(msg)
    return _component_class(kind, config.get("type", DEFAULT_TYPE[kind]))


def _component_class(kind: str, type_name: Any) -> type[Component]:
    if not isinstance(type_name, str):
        msg = f"the type of a {kind} must be a string, found {type_name!r}"
        raise FieldTypeError(msg, path=("type",))
    try:
        return cast("type[Component]", native_class(kind, type_name))
    except UnknownTypeError as err:
        raise UnknownClassError(err.message, path=("type",), hint=err.hint) from err
