# SPDX-License-Identifier: LGPL-3.0-or-later
"""Check that every part of a stored model is what its class states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from dp_multitask.components.core.component import Component
from dp_multitask.components.models.multitask import BRANCHES
from dp_multitask.errors import ComponentError, DPMultitaskError, TreePath, UnknownTypeError

Finding = tuple[TreePath, str]
"""A place in the tree, and what is wrong there."""


def class_findings(tree: Mapping[str, Any]) -> list[Finding]:
    """Report what a model's classes find wrong with it.

    Parameters
    ----------
    tree : dict
        What a model file holds, of one model or of many branches.

    Returns
    -------
    list of tuple
        ``(path, message)``: for each branch the first key, type, version or shape that its class
        does not have, and every variable with a value that is not finite. Empty if all is well.
    """
    found: list[Finding] = []
    for place, model in _models(tree):
        component = _deserialized(model, place)
        if isinstance(component, DPMultitaskError):
            hint = f" ({component.hint})" if component.hint else ""
            found.append((component.path, f"{component.message}{hint}"))
            continue
        found += [
            ((*place, *path), "not every value is finite")
            for path, array in component.variables()
            if np.issubdtype(np.asarray(array).dtype, np.floating) and not np.isfinite(array).all()
        ]
    return found


def class_errors(tree: Mapping[str, Any]) -> list[DPMultitaskError]:
    """Give what a model's classes refuse, at most one error a branch, with its place in the file.

    Parameters
    ----------
    tree : dict
        As for `class_findings`.
    """
    read = [_deserialized(model, place) for place, model in _models(tree)]
    return [each for each in read if isinstance(each, DPMultitaskError)]


def _models(tree: Mapping[str, Any]) -> Iterator[tuple[TreePath, Any]]:
    model = tree.get("model")
    branches = model.get("model_dict") if isinstance(model, Mapping) else None
    if isinstance(branches, Mapping):
        yield from (((*BRANCHES, name), branch) for name, branch in branches.items())
    else:
        yield ("model",), model


def _deserialized(tree: Any, place: TreePath) -> Component | DPMultitaskError:
    if place == ("model",) and not isinstance(tree, Mapping):
        return ComponentError("the file holds no model", path=place)
    try:
        return Component.deserialize(tree)
    except (ComponentError, UnknownTypeError) as err:
        err.path = (*place, *err.path)
        return err
