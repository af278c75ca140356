# SPDX-License-Identifier: LGPL-3.0-or-later
"""Check that every part of a stored model is what its class states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dp_multitask.components.component import Component
from dp_multitask.components.models.multitask import BRANCHES
from dp_multitask.errors import ComponentError, TreePath, UnknownTypeError

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
    model = tree.get("model")
    if not isinstance(model, Mapping):
        return [(("model",), "the file holds no model")]
    branches = model.get("model_dict")
    if isinstance(branches, Mapping):
        found: list[Finding] = []
        for name, branch in branches.items():
            found += _findings_of(branch, (*BRANCHES, name))
        return found
    return _findings_of(model, ("model",))


def _findings_of(tree: Any, place: TreePath) -> list[Finding]:
    try:
        component = Component.deserialize(tree)
    except (ComponentError, UnknownTypeError) as err:
        hint = f" ({err.hint})" if err.hint else ""
        return [((*place, *err.path), f"{err.message}{hint}")]
    return [
        ((*place, *path), "not every value is finite")
        for path, array in component.variables()
        if np.issubdtype(np.asarray(array).dtype, np.floating) and not np.isfinite(array).all()
    ]
