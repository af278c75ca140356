# SPDX-License-Identifier: LGPL-3.0-or-later
"""Check that every part of a stored model is what its class states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from dp_multitask.components.core.component import Component
from dp_multitask.config.branch_names import BRANCHES
from dp_multitask.errors import ComponentError, DPMultitaskError, TreePath

NOT_FINITE = "not every value is finite"


def class_errors(tree: Mapping[str, Any], *, values: bool = False) -> list[DPMultitaskError]:
    """Give all that a model's classes find wrong with what a model file holds, each with its place.

    For each branch every key, type and version that its class does not have; where there is none of
    these, every wrong shape. With `values`, also where not every number of a variable is finite.
    """
    found: list[DPMultitaskError] = []
    for place, model in _models(tree):
        component, errors = _examined(model, place)
        for err in errors:
            err.move_below(*place)
        found += errors
        if values and component is not None:
            found += [
                ComponentError(NOT_FINITE, path=(*place, *path))
                for path, array in component.variables()
                if not _is_finite(array)
            ]
    return found


def _models(tree: Mapping[str, Any]) -> Iterator[tuple[TreePath, Any]]:
    model = tree.get("model")
    branches = model.get("model_dict") if isinstance(model, Mapping) else None
    if isinstance(branches, Mapping):
        yield from (((*BRANCHES, name), branch) for name, branch in branches.items())
    else:
        yield ("model",), model


def _examined(tree: Any, place: TreePath) -> tuple[Component | None, list[ComponentError]]:
    if place == ("model",) and not isinstance(tree, Mapping):
        return None, [ComponentError("the file holds no model")]
    return Component.examine(tree)


def _is_finite(array: Any) -> bool:
    values = np.asarray(array)
    return not np.issubdtype(values.dtype, np.floating) or bool(np.isfinite(values).all())
