# SPDX-License-Identifier: LGPL-3.0-or-later
"""The model ``frozen``: another model, from a file. What is stored is that model itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dp_multitask.components.core.component import Component
from dp_multitask.components.core.plan import Plan
from dp_multitask.components.core.shareable import Verified
from dp_multitask.components.models.model import Model
from dp_multitask.errors import ComponentError, UnsupportedError, inside
from dp_multitask.registry import native

ReadModel = Callable[[str], Mapping[str, Any]]
"""Gives what a model file holds."""


@native("model", "frozen")
class FrozenModel(Model):
    """A name for the model of a file; it has no tree of its own."""

    verified = Verified(note="no tree of its own: the inner model's is stored")

    @classmethod
    def class_for(cls, config: Mapping[str, Any]) -> type[Model]:
        """Be itself, although it has no keys."""
        return cls

    @classmethod
    def plan_branch(cls, config: Mapping[str, Any]) -> Plan:
        """Refuse: the file would have to be read."""
        msg = f"the size of a frozen model is in its file, {config.get('model_file')!r}"
        raise UnsupportedError(msg, path=("model_file",))

    @classmethod
    def from_file(cls, config: Mapping[str, Any], read_model: ReadModel) -> Component:
        """Read the inner model from the file that a config names.

        Raises
        ------
        ComponentError
            The config names no file, or the file holds several models.
        """
        with inside("model_file"):
            path = config.get("model_file")
            if not isinstance(path, str):
                msg = f"a frozen model needs the name of a file, found {path!r}"
                raise ComponentError(msg)
            model = read_model(path).get("model")
            if isinstance(model, Mapping) and "model_dict" in model:
                msg = f"the file {path!r} holds several models"
                raise ComponentError(msg, hint="split the branch that is meant off first")
            return Component.deserialize(model if isinstance(model, Mapping) else {})
