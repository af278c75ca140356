# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a model file consists of, told without reading a single variable."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any

from dp_multitask.config.summary import (
    BranchSummary,
    ComponentSummary,
    Shared,
    Size,
    Summary,
    VariableSummary,
    class_name,
)
from dp_multitask.errors import SharingError, TreePath, format_path
from dp_multitask.modelfile.payload import branch_payload
from dp_multitask.modelfile.places import VARIABLES_KEY
from dp_multitask.modelfile.reading.reader import ModelFile
from dp_multitask.modelfile.tree import iter_variables
from dp_multitask.modelfile.values import Value, as_value, storage_of
from dp_multitask.modelfile.writing.stored_once import declared_pairs

_KINDS = {"Descriptor": "descriptor", "Fitting": "fitting_net", "Model": "model"}
_PARTS = ("TypeEmbedNet",)
"""Nested classes worth a line of their own: level 1 shares the type embedding alone."""
_LINK_KINDS = {"model_key": str, "shared_type": str, "shared_level": int}


def summarize_model(file: ModelFile) -> Summary:
    """Summarize an open model file, or what its format summarizes in a way of its own.

    Raises
    ------
    ModelFileError
        The file is broken.
    """
    own: Summary | None = getattr(file.source, "summary", lambda: None)()
    if own is not None:
        return own
    tree = file.tree()
    aliases = file.aliases
    branches = [
        summarize_branch(
            name,
            branch_payload(tree, name),
            [alias for alias, bearers in aliases.items() if name in bearers],
        )
        for name in file.branches
    ] or [summarize_branch(None, tree, [])]
    together = Size.sum(branch.size for branch in branches if branch.size is not None)
    stored = _size(leaf for _, leaf in iter_variables(tree))
    warnings: list[str] = []
    shared = _shared(tree, warnings)
    return Summary(
        file.path, "model file", file.metadata, branches, shared, stored, together, warnings
    )


def list_variables(file: ModelFile) -> Iterator[VariableSummary]:
    """Walk the variables of every branch, in the order of the file.

    Raises
    ------
    ModelFileError
        The file is broken.
    """
    tree = file.tree()
    first: dict[Hashable, str | None] = {}
    names: Iterable[str | None] = file.branches or (None,)
    for name in names:
        payload = tree if name is None else branch_payload(tree, name)
        for path, leaf in iter_variables(payload):
            value = as_value(leaf, path)
            storage = storage_of(leaf)
            earlier = name if storage is None else first.setdefault(storage, name)
            yield VariableSummary(
                name,
                format_path(path),
                value.dtype.name,
                tuple(value.shape),
                value.nbytes,
                None if earlier == name else earlier,
            )


def summarize_branch(
    name: str | None, payload: Mapping[str, Any], aliases: list[str]
) -> BranchSummary:
    """Summarize one branch of its single-model payload."""
    model = payload["model"] if isinstance(payload.get("model"), Mapping) else {}
    script = payload.get("model_def_script")
    info = script.get("info") if isinstance(script, Mapping) else None
    variables = list(iter_variables(payload))
    inside = [(path[1:], leaf) for path, leaf in variables if path[0] == "model"]
    components, size = list(_components(model, (), inside)), _size(leaf for _, leaf in variables)
    return BranchSummary.of(name, aliases, model.get("type_map"), info, components, size)


def _components(
    node: Any, path: TreePath, variables: list[tuple[TreePath, Any]]
) -> Iterator[ComponentSummary]:
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
    below: dict[Any, list[tuple[TreePath, Any]]] = {}
    for variable in variables:
        below.setdefault(variable[0][len(path)], []).append(variable)
    for key, value in parts:
        if key != VARIABLES_KEY and key in below:
            yield from _components(value, (*path, key), below[key])


def _component(
    node: Mapping[str, Any], path: TreePath, variables: list[tuple[TreePath, Any]]
) -> ComponentSummary | None:
    found = node.get("@class")
    if not path or not isinstance(found, str) or found not in (*_KINDS, *_PARTS):
        return None
    type_name, name = str(node.get("type", found)), found
    if found in _KINDS:
        fitting = node.get("fitting")
        name = class_name(_KINDS[found], {**node, "fitting_net": fitting})
    size = _size(leaf for _, leaf in variables)
    return ComponentSummary(format_path(path), type_name, name, size)


def _shared(tree: Mapping[str, Any], warnings: list[str]) -> list[Shared]:
    saved: dict[str, list[Value]] = {}
    try:
        for pair in declared_pairs(tree):
            leaves = saved.setdefault(pair.key, [])
            storage = storage_of(pair.leaf)
            if storage is not None and storage == storage_of(pair.base_leaf):
                leaves.append(as_value(pair.leaf, pair.path))
    except SharingError as err:
        warnings.append(str(err))
    links = tree.get("shared_links")
    return [
        Shared(key, str(entry.get("type")), _links(entry), _sum(saved.get(key, ())))
        for key, entry in (links.items() if isinstance(links, Mapping) else ())
        if isinstance(entry, Mapping)
    ]


def _links(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    links = entry.get("links")
    return [
        dict(link)
        for link in (links if isinstance(links, list) else [])
        if isinstance(link, Mapping)
        and all(isinstance(link.get(key), kind) for key, kind in _LINK_KINDS.items())
    ]


def _size(leaves: Iterable[Any]) -> Size:
    """Add up variables, each one that is stored once counted once."""
    seen: set[Hashable] = set()
    values: list[Value] = []
    for leaf in leaves:
        storage = storage_of(leaf)
        if storage is None or storage not in seen:
            values.append(as_value(leaf, ()))
            seen.add(storage)
    return _sum(values)


def _sum(values: Iterable[Value]) -> Size:
    return Size.sum((1, value.size, value.nbytes) for value in values)
