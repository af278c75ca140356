# SPDX-License-Identifier: LGPL-3.0-or-later
"""DeePMD-kit's text form of a model: YAML in which every array is spelt out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from dp_multitask.atomic_file import write_text
from dp_multitask.errors import FileAccessError, ModelFileError, TreePath
from dp_multitask.modelfile.layout import LEAF_MARK, MAX_DEPTH, MAX_JSON_BYTES, VARIABLES_KEY
from dp_multitask.modelfile.tree import flatten
from dp_multitask.modelfile.values import DTYPES, as_value

_ARRAY_CLASS = "np.ndarray"
_MOST_NODES = 5_000_000


def write_yaml(path: str | os.PathLike[str], tree: Mapping[str, Any]) -> None:
    """Write a tree as YAML in DeePMD-kit's layout, in one step.

    Arrays become mappings marked ``@is_variable`` with their element type and values; Python
    numbers stay numbers. YAML has no numpy scalars: they are written as 0-d arrays.

    Raises
    ------
    ModelTreeError
        The tree holds something that cannot be stored faithfully.
    """
    import yaml

    skeleton, variables = flatten(tree, lambda place: "")
    leaves = iter(variables)
    plain = _spell(skeleton, False, leaves)
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text = yaml.dump(plain, Dumper=_without_anchors(dumper), sort_keys=False, width=10**9)
    write_text(path, text)


def _spell(node: Any, below: bool, leaves: Any) -> Any:
    if isinstance(node, dict):
        return {k: _spell(v, below or k == VARIABLES_KEY, leaves) for k, v in node.items()}
    if isinstance(node, list):
        return [_spell(v, below, leaves) for v in node]
    if not below or node is None:
        return node
    variable = next(leaves)
    value = as_value(variable.leaf, variable.path)
    loaded = value.load()
    if isinstance(loaded, (bool, int, float)) and not isinstance(loaded, np.generic):
        return loaded
    return {
        "@class": _ARRAY_CLASS,
        LEAF_MARK: True,
        "@version": 1,
        "dtype": value.dtype.name,
        "value": np.asarray(loaded).tolist(),
    }


def _without_anchors(dumper: Any) -> Any:
    class Dumper(dumper):  # type: ignore[misc]
        def ignore_aliases(self, data: Any) -> bool:
            return True

    return Dumper


def read_yaml(path: str) -> dict[str, Any]:
    """Read a YAML model into a tree with arrays.

    Raises
    ------
    ModelFileError
        Not YAML, no mapping, larger than 100 MB, or with values that are no arrays.
    """
    import yaml

    try:
        with open(path, "rb") as file:
            text = file.read(MAX_JSON_BYTES + 1)
    except OSError as err:
        msg = f"cannot be read: {err.strerror}"
        raise FileAccessError(msg, source=path) from err
    if len(text) > MAX_JSON_BYTES:
        msg = f"is longer than {MAX_JSON_BYTES} bytes"
        raise ModelFileError(msg, source=path, hint="convert it to .dp where it was made")
    try:
        plain = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError) as err:
        msg = f"is no YAML: {' '.join(str(err).split())[:200]}"
        raise ModelFileError(msg, source=path) from err
    if not isinstance(plain, dict):
        msg = f"must hold a mapping, found {type(plain).__name__}"
        raise ModelFileError(msg, source=path)
    tree: dict[str, Any] = _Reader(path).node(plain, (), False)
    return tree


class _Reader:
    """Rebuilds a YAML tree; counts nodes, since aliases can make a small text an endless tree."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._nodes = 0

    def node(self, node: Any, path: TreePath, below: bool) -> Any:
        self._nodes += 1
        if len(path) > MAX_DEPTH or self._nodes > _MOST_NODES:
            msg = "the tree is too deep or too large"
            raise self._error(msg, path[:8])
        if isinstance(node, dict):
            if node.get(LEAF_MARK):
                return self._array(node, path)
            for key in node:
                if not isinstance(key, str):
                    msg = f"the key {key!r} is no string"
                    raise self._error(msg, path)
            return {
                k: self.node(v, (*path, k), below or k == VARIABLES_KEY) for k, v in node.items()
            }
        if isinstance(node, list):
            return [self.node(v, (*path, i), below) for i, v in enumerate(node)]
        if node is None or isinstance(node, (bool, int, float)):
            return node
        if isinstance(node, str) and not below:
            return node
        msg = f"a {type(node).__name__} is no value of a model"
        raise self._error(msg, path)

    def _array(self, node: dict[str, Any], path: TreePath) -> np.ndarray[Any, Any]:
        name = node.get("dtype")
        dtype = next((d for d in DTYPES.values() if d.name == name), None)
        if node.get("@class") != _ARRAY_CLASS or dtype is None:
            msg = f"an array of element type {name!r} cannot be read"
            raise self._error(msg, path)
        try:
            array = np.asarray(node.get("value"), dtype=dtype)
        except (TypeError, ValueError, OverflowError) as err:
            msg = f"the array's values are no {name}: {err}"
            raise self._error(msg, path) from err
        return array

    def _error(self, message: str, path: TreePath) -> ModelFileError:
        return ModelFileError(message, source=self._source, path=path)
