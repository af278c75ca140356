# SPDX-License-Identifier: LGPL-3.0-or-later
"""DeePMD-kit's text form of a model: YAML in which every array is spelt out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import yaml

from dp_multitask.atomic_file import write_text
from dp_multitask.errors import DocumentError, ModelFileError, ModelTreeError, TreePath
from dp_multitask.modelfile.opened_file import OpenedFile
from dp_multitask.modelfile.places import LEAF_MARK, MAX_JSON_BYTES, MAX_TREE_DEPTH, VARIABLES_KEY
from dp_multitask.modelfile.stored_array import ITEM_SIZES, PYTHON_SCALAR
from dp_multitask.modelfile.tree import StoredVariable, flatten
from dp_multitask.modelfile.values import as_value
from dp_multitask.text.sources import decode
from dp_multitask.text.yaml_reader import YamlReader

_ARRAY_CLASS = "np.ndarray"
_AT_ONCE = 65_536
_SHORTEST = 2  # characters a number, with its comma
_MANTISSA = frozenset(".0123456789")


def write_yaml(path: str | os.PathLike[str], tree: Mapping[str, Any]) -> None:
    """Write a tree as YAML in DeePMD-kit's layout, in one step.

    Arrays become mappings marked ``@is_variable`` with their element type and values; Python
    numbers stay numbers. YAML has no numpy scalars: they are written as 0-d arrays.

    Raises
    ------
    ModelTreeError
        The tree holds something that cannot be stored faithfully, or that `read_yaml` refuses:
        more than 100 MB, more than 100 levels.
    """
    skeleton, variables = flatten(tree, lambda place: "")
    # PyYAML takes 40 us a number: it writes the mappings, the values are put in afterwards
    mark = f"values-{os.urandom(16).hex()}"
    values = list(_value_texts(variables))
    plain = _spell(skeleton, False, iter(variables), mark)
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    without_anchors = type("Dumper", (dumper,), {"ignore_aliases": lambda self, data: True})
    try:
        text = yaml.dump(plain, Dumper=without_anchors, sort_keys=False, width=10**9)
    except UnicodeEncodeError as err:
        msg = "a text in the tree is no valid Unicode"
        raise ModelTreeError(msg) from err
    pieces = text.split(mark)
    text = "".join(part for pair in zip(pieces, [*values, ""], strict=True) for part in pair)
    if len(text) > MAX_JSON_BYTES:  # all of it is ASCII
        raise _too_long(())
    write_text(path, text)


def _spell(node: Any, below: bool, leaves: Iterator[StoredVariable], mark: str) -> Any:
    """Put what describes an array in the place of every variable, `mark` for the values."""
    if isinstance(node, dict):
        return {k: _spell(v, below or k == VARIABLES_KEY, leaves, mark) for k, v in node.items()}
    if isinstance(node, list):
        return [_spell(v, below, leaves, mark) for v in node]
    if not below or node is None:
        return node
    variable = next(leaves)
    value = as_value(variable.leaf, variable.path)
    if value.kind == PYTHON_SCALAR:
        return mark
    return {
        "@class": _ARRAY_CLASS,
        LEAF_MARK: True,
        "@version": 1,
        "dtype": value.dtype.name,
        "value": mark,
    }


def _value_texts(variables: list[StoredVariable]) -> Iterator[str]:
    """Write the values of every variable in YAML's flow style, as long as a reader takes them."""
    left = MAX_JSON_BYTES
    for variable in variables:
        value = as_value(variable.leaf, variable.path)
        if len(variable.path) + 1 + len(value.shape) > MAX_TREE_DEPTH:
            msg = f"the array's values lie more than {MAX_TREE_DEPTH} levels deep"
            raise ModelTreeError(msg, path=variable.path[:8], hint="save it as .dp")
        if left < _SHORTEST * (value.nbytes // value.dtype.itemsize):
            raise _too_long(variable.path)
        listed = np.asarray(value.load()).tolist()
        if not value.nbytes and np.shape(listed) != value.shape:
            msg = f"an empty array of shape {value.shape} cannot be told from others in YAML"
            raise ModelTreeError(msg, path=variable.path, hint="save it as .dp")
        text = _in_yaml(repr(listed), value.dtype.kind)
        left -= len(text)
        yield text


def _in_yaml(text: str, kind: str) -> str:
    """Make YAML 1.1 of Python's text of numbers: its floats have a dot, its own NaN and words."""
    if kind == "b":
        return text.lower()
    if kind == "f":
        text = text.replace("nan", ".nan").replace("inf", ".inf")
        *before, last = text.split("e")
        text = "e".join([*(p if p[-2:-1] in _MANTISSA else f"{p}.0" for p in before), last])
    return text


def _too_long(path: TreePath) -> ModelTreeError:
    msg = f"the model is longer than {MAX_JSON_BYTES} bytes in YAML, which no reader takes"
    return ModelTreeError(msg, path=path, hint="save it as .dp")


def read(file: OpenedFile, *, verify: bool) -> YamlModel:
    """Read a model in YAML; it has no checksums to verify.

    Raises
    ------
    ModelFileError
        Not YAML, no mapping, larger than 100 MB, or with values that are no arrays.
    """
    del verify
    return YamlModel(read_yaml(file))


class YamlModel:
    """A model in YAML, which is in memory as a whole."""

    has_checksums = False

    def __init__(self, tree: dict[str, Any]) -> None:
        self.skeleton = tree

    def tree(self) -> dict[str, Any]:
        """Give the whole payload, with arrays."""
        return self.skeleton

    def branch(self, name: str) -> None:
        """Leave it to the tree."""
        del name

    def check(self, branch: str | None = None) -> None:
        """Find nothing: there are no checksums."""


def read_yaml(file: OpenedFile) -> dict[str, Any]:
    """Read a YAML model into a tree with arrays."""
    path = file.name
    raw = file.read(0, MAX_JSON_BYTES + 1)
    if len(raw) > MAX_JSON_BYTES:
        msg = f"is longer than {MAX_JSON_BYTES} bytes"
        raise ModelFileError(msg, source=path, hint="convert it to .dp where it was made")
    try:
        text = decode(raw, path)
        del raw
        tree = _ModelReader(text, path).read()
    except DocumentError as err:
        line = "" if err.position is None else f"line {err.position[0]}: "
        msg = f"is no YAML of a model: {line}{err.message}"
        raise ModelFileError(msg, source=path, hint=err.hint) from err
    if not isinstance(tree, dict):
        msg = f"must hold a mapping, found {type(tree).__name__}"
        raise ModelFileError(msg, source=path)
    _refuse_texts(tree, (), path)
    return tree


class _ModelReader(YamlReader):
    """Makes each array as soon as its values were read; nothing is repeated or merged."""

    what = "a model"
    most_levels = MAX_TREE_DEPTH

    def met_repeated(self, key: str, event: Any, first: int) -> None:
        msg = f"the key {key[:60]!r} occurs twice in one mapping, first in line {first}"
        self.refuse(msg, event)

    def met_merge(self, event: Any) -> None:
        self.refuse("a merge key ('<<') has no place in a model", event)

    def finished(self, mapping: dict[str, Any]) -> Any:
        if LEAF_MARK not in mapping:
            return mapping
        if mapping[LEAF_MARK] is not True:
            msg = f"{LEAF_MARK!r} marks an array, expected true"
            raise ModelFileError(msg, source=self.name, path=tuple(self.path))
        return _array(mapping, tuple(self.path), self.name)

    def again(self, value: Any) -> Any:
        return _copy(value)


def _copy(value: Any) -> Any:
    """Copy what an alias repeats, so that no two places of the tree are one object."""
    if isinstance(value, dict):
        return {key: _copy(below) for key, below in value.items()}
    if isinstance(value, list):
        return [_copy(below) for below in value]
    return value.copy() if isinstance(value, np.ndarray) else value


def _refuse_texts(node: Any, path: TreePath, source: str, below: bool = False) -> None:
    """Refuse a text where a variable should stand."""
    if isinstance(node, dict):
        for key, value in node.items():
            _refuse_texts(value, (*path, key), source, below or key == VARIABLES_KEY)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            _refuse_texts(value, (*path, index), source, below)
    elif below and isinstance(node, str):
        msg = "a str is no value of a variable"
        raise ModelFileError(msg, source=source, path=path)


def _array(node: dict[str, Any], path: TreePath, source: str) -> np.ndarray[Any, Any]:
    """Make the array that a mapping marked ``@is_variable`` describes, changing no value."""
    name = node.get("dtype")
    dtype = next((d for d in map(np.dtype, ITEM_SIZES) if d.name == name), None)
    if node.get("@class") != _ARRAY_CLASS or dtype is None:
        msg = f"an array of element type {name!r} cannot be read"
        raise ModelFileError(msg, source=source, path=path)
    value = node.get("value")
    try:
        with np.errstate(all="ignore"):  # what does not fit is told below
            array = np.asarray(value, dtype=dtype)
    except (TypeError, ValueError, OverflowError) as err:
        msg = f"the array's values are no {name}: {err}"
        raise ModelFileError(msg, source=source, path=path) from err
    wrong = _first_other(value, array)
    if wrong is not None:
        msg = f"the array's value {wrong!r:.60} is no {name}"
        hint = "correct it; a value is never changed to fit"
        raise ModelFileError(msg, source=source, path=path, hint=hint)
    return array


def _first_other(value: Any, array: np.ndarray[Any, Any]) -> Any:
    """Give the first value that the array does not hold in its place, None if there is none."""
    same = _is_same_number if array.dtype.kind == "f" else _is_same
    if not isinstance(value, list):
        return None if same(value, array.tolist()) else _named(value)
    if array.ndim > 1:
        pairs = zip(value, array, strict=True)
        return next((w for v, row in pairs if (w := _first_other(v, row)) is not None), None)
    for start in range(0, len(value), _AT_ONCE):  # not all as a second list of numbers
        held = array[start : start + _AT_ONCE].tolist()
        for given, one in zip(value[start : start + _AT_ONCE], held, strict=True):
            if not same(given, one):
                return _named(given)
    return None


def _is_same(value: Any, held: Any) -> bool:
    return type(value) is type(held) and value == held


def _is_same_number(value: Any, held: float) -> bool:
    """Whether it is a number, as near as the precision lets it, and not too large."""
    if type(value) is float or (type(value) is int and int(float(value)) == value):
        return held - held == 0.0 or value - value != 0
    return False


def _named(value: Any) -> Any:
    return "null" if value is None else value
