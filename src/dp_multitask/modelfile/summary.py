# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a model file consists of, told without reading a single variable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from dp_multitask.config.summary import Branch, Component, Shared, Size, Summary, class_name
from dp_multitask.errors import TreePath, format_path
from dp_multitask.modelfile.layout import VARIABLES_KEY
from dp_multitask.modelfile.multitask import branch_payload
from dp_multitask.modelfile.reader import ModelFile
from dp_multitask.modelfile.sharing import declared_pairs
from dp_multitask.modelfile.tree import iter_variables
from dp_multitask.modelfile.values import as_value

_KINDS = {"Descriptor": "descriptor", "Fitting": "fitting_net", "Model": "model"}
_PARTS = ("TypeEmbedNet",)
"""Nested classes worth a line of their own: level 1 shares the type embedding alone."""


class VariableSummary(NamedTuple):
    """A variable: where it is, what it is, and the earlier branch that it is one object with."""

    branch: str | None
    path: str
    dtype: str
    shape: tuple[int, ...]
    nbytes: int
    shared_with: str | None


def summarize_model(file: ModelFile) -> Summary:
    """Summarize an open model file.

    Raises
    ------
    ModelFileError
        The file is broken.
    SharingError
        What it declares shared does not fit its branches.
    """
    tree = file.tree()
    aliases = file.aliases
    branches = [
        _branch(
            name,
            branch_payload(tree, name),
            [alias for alias, bearers in aliases.items() if name in bearers],
        )
        for name in file.branches
    ] or [_branch(None, tree, [])]
    sizes = [branch.size for branch in branches if branch.size is not None]
    together = Size(*(sum(column) for column in zip(*sizes, strict=True)))
    stored = _size(leaf for _, leaf in iter_variables(tree))
    return Summary(
        file.path, "model file", file.metadata, branches, _shared(tree), stored, together
    )


def list_variables(file: ModelFile) -> Iterator[VariableSummary]:
    """Walk the variables of every branch, in the order of the file.

    Raises
    ------
    ModelFileError
        The file is broken.
    """
    tree = file.tree()
    first: dict[int, str | None] = {}
    names: Iterable[str | None] = file.branches or (None,)
    for name in names:
        payload = tree if name is None else branch_payload(tree, name)
        for path, leaf in iter_variables(payload):
            value = as_value(leaf, path)
            offset = _offset(leaf)
            earlier = first.setdefault(offset, name) if offset else name
            yield VariableSummary(
                name,
                format_path(path),
                value.dtype.name,
                tuple(value.shape),
                value.nbytes,
                None if earlier == name else earlier,
            )


def _branch(name: str | None, payload: Mapping[str, Any], aliases: list[str]) -> Branch:
    model = payload["model"] if isinstance(payload.get("model"), Mapping) else {}
    script = payload.get("model_def_script")
    info = script.get("info") if isinstance(script, Mapping) else None
    type_map = model.get("type_map")
    variables = list(iter_variables(payload))
    inside = [(path[1:], leaf) for path, leaf in variables if path[0] == "model"]
    return Branch(
        name,
        aliases,
        [str(each) for each in type_map] if isinstance(type_map, list) else [],
        dict(info) if isinstance(info, Mapping) else {},
        list(_components(model, (), inside)),
        _size(leaf for _, leaf in variables),
    )


def _components(
    node: Any, path: TreePath, variables: list[tuple[TreePath, Any]]
) -> Iterator[Component]:
    """Walk the components of a model tree; `variables` are those below `path`."""
    if isinstance(node, list):
        parts: Iterable[tuple[Any, Any]] = enumerate(node)
    elif isinstance(node, Mapping):
        parts = node.items()
        component = _component(node, path, variables)
        if component is not None:
            yield component
    else:
        return
    for key, value in parts:
        if key != VARIABLES_KEY and isinstance(value, Mapping | list):
            depth = len(path)
            below = [each for each in variables if len(each[0]) > depth and each[0][depth] == key]
            if below:
                yield from _components(value, (*path, key), below)


def _component(
    node: Mapping[str, Any], path: TreePath, variables: list[tuple[TreePath, Any]]
) -> Component | None:
    found = node.get("@class")
    if not path or (found not in _KINDS and found not in _PARTS):
        return None
    type_name, name = str(node.get("type", found)), str(found)
    if found in _KINDS:
        fitting = node.get("fitting")
        name = class_name(_KINDS[found], {**node, "fitting_net": fitting})
    return Component(format_path(path), type_name, name, _size(leaf for _, leaf in variables))


def _shared(tree: Mapping[str, Any]) -> list[Shared]:
    links = tree.get("shared_links")
    if not isinstance(links, Mapping):
        return []
    saved: dict[str, list[Any]] = {key: [] for key in links}
    for pair in declared_pairs(tree):
        if pair.leaf is not None and _offset(pair.leaf) == _offset(pair.base_leaf) != 0:
            saved[pair.key].append(as_value(pair.leaf, pair.path))
    return [
        Shared(
            key,
            str(entry["type"]),
            [dict(link) for link in entry["links"]],
            Size(len(leaves), sum(map(_count, leaves)), sum(leaf.nbytes for leaf in leaves)),
        )
        for key, entry in links.items()
        for leaves in [saved[key]]
    ]


def _size(leaves: Iterable[Any]) -> Size:
    """Add up variables, each one that is stored once counted once."""
    seen: set[int] = set()
    variables = parameters = nbytes = 0
    for leaf in leaves:
        offset = _offset(leaf)
        if offset in seen:
            continue
        if offset:
            seen.add(offset)
        value = as_value(leaf, ())
        variables += 1
        parameters += _count(value)
        nbytes += value.nbytes
    return Size(variables, parameters, nbytes)


def _count(value: Any) -> int:
    return int(value.nbytes // value.dtype.itemsize)


def _offset(leaf: Any) -> int:
    """Give the place of a variable's data; 0 where that tells nothing."""
    return getattr(leaf, "offset", 0)
