# SPDX-License-Identifier: LGPL-3.0-or-later
"""Bring what a backend serialised into the values that a model file holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

_VARIABLES = "@variables"


def plain_tree(node: Any) -> Any:
    """Copy a serialised tree with numpy arrays below ``@variables`` and JSON elsewhere.

    Arrays that DeePMD-kit puts elsewhere, such as those of ``preset_out_bias``, become nested
    lists: every float of a list reads back to the same bits, and DeePMD-kit takes both. The
    arrays of other frameworks become numpy arrays of the same element type.
    """
    return _plain(node, below=False)


def _plain(node: Any, *, below: bool) -> Any:
    if isinstance(node, Mapping):
        return {
            key: _plain(value, below=below or key == _VARIABLES) for key, value in node.items()
        }
    if isinstance(node, (list, tuple)):
        return [_plain(value, below=below) for value in node]
    if node is None or isinstance(node, (bool, int, float, str)):
        return node if below or not isinstance(node, np.generic) else node.item()
    if isinstance(node, np.generic):
        return node if below else node.item()
    if hasattr(node, "__array__"):
        array = np.asarray(node)
        return array if below else array.tolist()
    return node
