# SPDX-License-Identifier: LGPL-3.0-or-later
"""Hold equal variables of several branches once in memory."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from dp_multitask.errors import TreePath


class Interner:
    """Replaces arrays of a branch by those of an earlier one at the same place, if equal.

    DeePMD-kit serialises a shared variable anew for every branch; a model of many branches would
    need the memory of all of them.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[Any, ...], np.ndarray[Any, Any]] = {}

    def intern(self, node: Any, path: TreePath = ()) -> Any:
        """Copy a tree; arrays that an earlier tree had at the same place, bit for bit, are its."""
        if isinstance(node, Mapping):
            return {key: self.intern(value, (*path, key)) for key, value in node.items()}
        if isinstance(node, list):
            return [self.intern(value, (*path, i)) for i, value in enumerate(node)]
        if not isinstance(node, np.ndarray) or not node.size:
            return node
        held = node.tobytes()
        key = (path, node.dtype.str, node.shape, zlib.crc32(held))
        earlier = self._seen.setdefault(key, node)
        if earlier is node or earlier.tobytes() != held:
            return node
        return earlier
