# SPDX-License-Identifier: LGPL-3.0-or-later
"""Compare native trees: exactly, or all but the numbers."""

from __future__ import annotations

import numpy as np


def differences(left, right, path=""):
    """List where two trees differ: keys and their order, types, dtypes, shapes, bits."""
    if isinstance(left, dict) and isinstance(right, dict):
        if list(left) != list(right):
            return [f"{path}: keys {list(left)} != {list(right)}"]
        keys = ((left[key], right[key], f"{path}/{key}") for key in left)
        return [each for pair in keys for each in differences(*pair)]
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        if len(left) != len(right):
            return [f"{path}: {len(left)} != {len(right)} entries"]
        pairs = enumerate(zip(left, right, strict=True))
        return [each for i, (a, b) in pairs for each in differences(a, b, f"{path}/{i}")]
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        left, right = np.asarray(left), np.asarray(right)
        same = left.dtype == right.dtype and left.shape == right.shape
        same = same and left.tobytes() == right.tobytes()
        return [] if same else [f"{path}: {left.dtype}{left.shape} != {right.dtype}{right.shape}"]
    return [] if type(left) is type(right) and left == right else [f"{path}: {left!r} != {right!r}"]


def in_order(tree, like):
    """Put the keys of a tree in the order of another: the backends order them differently."""
    if isinstance(tree, dict) and isinstance(like, dict):
        assert tree.keys() == like.keys()
        return {key: in_order(tree[key], like[key]) for key in like}
    if isinstance(tree, list) and isinstance(like, list):
        return [in_order(a, b) for a, b in zip(tree, like, strict=True)]
    return tree


def outline(node):
    """Put dtype and shape in the place of every array."""
    if isinstance(node, dict):
        return {key: outline(each) for key, each in node.items()}
    if isinstance(node, list | tuple):
        return [outline(each) for each in node]
    return (node.dtype.name, node.shape) if isinstance(node, np.ndarray) else node
