# SPDX-License-Identifier: LGPL-3.0-or-later
"""DeePMD-kit's text form of a model: YAML in which every array is spelt out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from dp_multitask.atomic_file import write_text
from dp_multitask.errors import ModelFileError, ModelTreeError, TreePath
from dp_multitask.modelfile.opened_file import OpenedFile
from dp_multitask.modelfile.places import LEAF_MARK, MAX_DEPTH, MAX_JSON_BYTES, VARIABLES_KEY
from dp_multitask.modelfile.stored_array import ITEM_SIZES, PYTHON_SCALAR
from dp_multitask.modelfile.tree import Variable, flatten
from dp_multitask.modelfile.values import as_value

_ARRAY_CLASS = "np.ndarray"
# what PyYAML raises where a tag does not fit its value, such as "!!bool x"
_CONSTRUCTOR_ERRORS = (ValueError, TypeError, AttributeError, LookupError, RecursionError)
# Aliases repeat what was written once; DeePMD-kit's repeat short lists.
_NODES_ANYWAY = 100_000
_NODES_PER_BYTE = 4
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
    import yaml

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


def _spell(node: Any, below: bool, leaves: Iterator[Variable], mark: str) -> Any:
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


def _value_texts(variables: list[Variable]) -> Iterator[str]:
    """Write the values of every variable in YAML's flow style, as long as a reader takes them."""
    left = MAX_JSON_BYTES
    for variable in variables:
        value = as_value(variable.leaf, variable.path)
        if len(variable.path) + 1 + len(value.shape) > MAX_DEPTH:
            msg = f"the array's values lie more than {MAX_DEPTH} levels deep"
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
    import yaml

    path = file.name
    text = file.read(0, MAX_JSON_BYTES + 1)
    if len(text) > MAX_JSON_BYTES:
        msg = f"is longer than {MAX_JSON_BYTES} bytes"
        raise ModelFileError(msg, source=path, hint="convert it to .dp where it was made")
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        _check_depth(yaml.parse(text, Loader=loader))
        plain = yaml.load(text, Loader=_strict(loader))
    except (yaml.YAMLError, *_CONSTRUCTOR_ERRORS) as err:
        msg = f"is no YAML: {' '.join(str(err).split())[:200]}"
        raise ModelFileError(msg, source=path) from err
    if not isinstance(plain, dict):
        msg = f"must hold a mapping, found {type(plain).__name__}"
        raise ModelFileError(msg, source=path)
    most = _NODES_ANYWAY + _NODES_PER_BYTE * len(text)
    tree: dict[str, Any] = _Reader(path, most).node(plain, (), False)
    return tree


def _check_depth(events: Any) -> None:
    """Bound the nesting: libyaml's own tree builder overruns the stack of the process."""
    depth = 0
    for event in events:
        kind = type(event).__name__
        if kind in ("MappingStartEvent", "SequenceStartEvent"):
            depth += 1
            if depth > MAX_DEPTH:
                msg = f"it is nested more than {MAX_DEPTH} levels deep"
                raise ValueError(msg)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            depth -= 1


def _strict(loader: Any) -> Any:
    """Make a loader that refuses duplicate keys and merge keys; both change what is read."""

    def flatten_mapping(self: Any, node: Any) -> None:
        seen = set()
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                msg = "a merge key ('<<') has no place in a model"
                raise ValueError(msg)
            if isinstance(key.value, str):
                if key.value in seen:
                    msg = f"the key {key.value[:60]!r} occurs twice in one mapping"
                    raise ValueError(msg)
                seen.add(key.value)

    return type("StrictLoader", (loader,), {"flatten_mapping": flatten_mapping})


class _Reader:
    """Rebuilds a YAML tree; counts nodes, since aliases can make a small text an endless tree."""

    def __init__(self, source: str, most: int) -> None:
        self._source = source
        self._left = most

    def node(self, node: Any, path: TreePath, below: bool) -> Any:
        """Rebuild one node, all of its own."""
        self._count(path)
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
        dtype = next((d for d in map(np.dtype, ITEM_SIZES) if d.name == name), None)
        if node.get("@class") != _ARRAY_CLASS or dtype is None:
            msg = f"an array of element type {name!r} cannot be read"
            raise self._error(msg, path)
        value = node.get("value")
        self._count_values(value, path, 0)
        try:
            with np.errstate(all="ignore"):  # what does not fit is told below
                array = np.asarray(value, dtype=dtype)
            plain = array.tolist()
        except (TypeError, ValueError, OverflowError) as err:
            msg = f"the array's values are no {name}: {err}"
            raise self._error(msg, path) from err
        find_wrong = _first_no_number if dtype.kind == "f" else _first_other
        wrong = find_wrong(value, plain)
        if wrong is not None:
            msg = f"the array's value {wrong!r:.60} is no {name}"
            hint = "correct it; a value is never changed to fit"
            raise ModelFileError(msg, source=self._source, path=path, hint=hint)
        return array

    def _count(self, path: TreePath, depth: int = 0) -> None:
        self._left -= 1
        if len(path) + depth > MAX_DEPTH or self._left < 0:
            msg = "the tree is too deep, or its aliases make it too large"
            raise self._error(msg, path[:8])

    def _count_values(self, value: Any, path: TreePath, depth: int) -> None:
        self._count(path, depth)
        if isinstance(value, list):
            if value and not isinstance(value[0], list):
                self._left -= len(value)
                return
            for item in value:
                self._count_values(item, path, depth + 1)

    def _error(self, message: str, path: TreePath) -> ModelFileError:
        return ModelFileError(message, source=self._source, path=path)


def _first_other(value: Any, plain: Any) -> Any:
    """Give the first value that is not what the array holds in its place, None if there is none."""
    if isinstance(value, list):
        pairs = zip(value, plain, strict=True)
        return next((w for v, p in pairs if (w := _first_other(v, p)) is not None), None)
    return None if type(value) is type(plain) and value == plain else _named(value)


def _first_no_number(value: Any, plain: Any) -> Any:
    """Give the first value that is no number, or too large for the array's element type."""
    if isinstance(value, list):
        pairs = zip(value, plain, strict=True)
        return next((w for v, p in pairs if (w := _first_no_number(v, p)) is not None), None)
    if type(value) is float or (type(value) is int and int(float(value)) == value):
        became_infinite = plain - plain != 0.0 and value - value == 0
        return value if became_infinite else None
    return _named(value)


def _named(value: Any) -> Any:
    return "null" if value is None else value
