# SPDX-License-Identifier: LGPL-3.0-or-later
"""Two inputs, model files or checkpoints, in any combination, and where they differ."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from dp_multitask.checks.schema.in_force import in_force, model_in_force
from dp_multitask.components.core.planning import Shape
from dp_multitask.config.branch_names import ALIAS_KEY, find_branch
from dp_multitask.config.differences import (
    ABSENT,
    Difference,
    config_differences,
    sharing_differences,
)
from dp_multitask.config.model_section import branches_of
from dp_multitask.config.training_input import has_shared_parts, resolve_input
from dp_multitask.errors import ComponentError, TreePath, UnsupportedError
from dp_multitask.modelfile.payload import branch_payload
from dp_multitask.modelfile.places import VARIABLES_KEY
from dp_multitask.modelfile.reading.formats import FORMATS
from dp_multitask.modelfile.reading.reader import ModelFile, open_model
from dp_multitask.modelfile.tree import iter_variables
from dp_multitask.modelfile.values import Value, as_value, equal_bits, storage_of
from dp_multitask.records import NamedTuple
from dp_multitask.text.marks import MODEL_SUFFIXES

if TYPE_CHECKING:
    import numpy as np

_SNIFFED = 1 << 20

BranchName = str | None


class Side(NamedTuple):
    """One of two things that are compared.

    Attributes
    ----------
    config : dict
        Of an input everything but its models, values in force; empty of a model file.
    models : dict
        Branch (None: the only model) -> its configuration, values in force.
    links : mapping
        What the branches share.
    payloads : dict
        Branch -> its native tree; empty of an input.
    """

    config: dict[str, Any]
    models: dict[BranchName, Any]
    links: Mapping[str, Any]
    payloads: dict[BranchName, Mapping[str, Any]]


class Comparison(NamedTuple):
    """What `compare` finds.

    Attributes
    ----------
    differences : list of Difference
        In the order branches, configuration, sharing, shapes, values.
    equal : int
        How many variables are equal, bit for bit; what branches share on both sides counts once.
    notes : list of str
        What could not be compared.
    """

    differences: list[Difference]
    equal: int
    notes: list[str]


def diff(one: Any, other: Any) -> list[Difference]:
    """Tell where two inputs, model files or checkpoints differ.

    Configurations are compared by the values in force, so that a default that is written out
    equals one that is not; variables by their bits, piece by piece, so that a model need not fit
    into memory.

    Parameters
    ----------
    one, other : path, Document, mapping or ModelFile
        An input or a model, each. A multitask input is compared as it resolves.

    Returns
    -------
    list of Difference
        Empty if they say the same.

    Raises
    ------
    ConfigError
        An input cannot be resolved.
    ModelFileError
        A model file is broken.

    Examples
    --------
    >>> water = {"model": {"type_map": ["O", "H"], "descriptor": {"type": "se_e2_a"}}}
    >>> ice = {"model": {"type_map": ["O", "H"], "descriptor": {"type": "se_a", "rcut": 7.0}}}
    >>> [(each.path, each.one, each.other) for each in diff(water, ice)]
    [(('descriptor', 'rcut'), 6.0, 7.0)]
    """
    return compare(one, other).differences


def compare(
    one: Any, other: Any, *, branches: tuple[str | None, str | None] = (None, None)
) -> Comparison:
    """Compare as `diff` does, or one branch of either; also tell what is equal.

    Parameters
    ----------
    one, other
        As in `diff`.
    branches : tuple of str or None
        For each side the branch that is meant, by name or alias; all of them by default.
    """
    with ExitStack() as opened:
        left, right = (_side(each, opened) for each in (one, other))
        if branches[0] is not None:
            left = _only(left, branches[0])
        if branches[1] is not None:
            right = _only(right, branches[1])
        return _compare(left, right)


def _side(source: Any, opened: ExitStack) -> Side:
    if isinstance(source, Mapping):
        return _of_input(source)
    if isinstance(source, ModelFile):
        return _of_model(source)
    if hasattr(source, "data") and hasattr(source, "locate"):
        return _of_input(source.data)
    from dp_multitask.text.document import read_document

    path = os.fspath(source)
    if is_model(path):
        return _of_model(opened.enter_context(open_model(path)))
    return _of_input(read_document(path).data)


def is_model(path: str) -> bool:
    """Tell a model file from an input by its suffix or how it begins."""
    if os.path.splitext(path)[1].lower() in MODEL_SUFFIXES and os.path.exists(path):
        return True
    try:
        with open(path, "rb") as file:
            head = file.read(_SNIFFED)
    except OSError:  # whoever reads it as an input says why
        return False
    has_signature = any(head.startswith(each.signature) for each in FORMATS)
    return has_signature or VARIABLES_KEY.encode() in head


def _of_input(config: Mapping[str, Any]) -> Side:
    resolved = resolve_input(config) if has_shared_parts(config) else dict(config)
    links = resolved.pop("shared_links", {})
    full = in_force(resolved)
    model = full.pop("model", {})
    models: dict[BranchName, Any] = {None: model}
    if isinstance(model, Mapping) and "model_dict" in model:
        models = {str(name): each for name, each in branches_of(model).items()}
    return Side(full, models, links, {})


def _of_model(file: ModelFile) -> Side:
    tree = file.tree()
    names: tuple[BranchName, ...] = file.branches or (None,)
    payloads: dict[BranchName, Mapping[str, Any]]
    payloads = {name: tree if name is None else branch_payload(tree, name) for name in names}
    models: dict[BranchName, Any] = {}
    for name, payload in payloads.items():
        script = payload.get("model_def_script")
        models[name] = model_in_force(script) if isinstance(script, Mapping) and script else None
    return Side({}, models, file.shared_links, payloads)


def _only(side: Side, branch: str) -> Side:
    configs = {name: each for name, each in side.models.items() if name is not None}
    name = find_branch(branch, configs)
    model = configs[name]
    payloads: dict[BranchName, Mapping[str, Any]]
    payloads = {None: side.payloads[name]} if name in side.payloads else {}
    return Side({}, {None: model or None}, {}, payloads)


def _compare(one: Side, other: Side) -> Comparison:
    found: list[Difference] = []
    notes: list[str] = []
    for name in dict.fromkeys([*one.models, *other.models]):
        if name not in one.models or name not in other.models:
            what = "the only model" if name is None else name
            mine, theirs = (what if name in each.models else ABSENT for each in (one, other))
            found.append(Difference("branch", (), mine, theirs))
    common = [name for name in one.models if name in other.models]
    if one.config and other.config:
        found += config_differences(one.config, other.config)
    for name in common:
        mine, theirs = one.models[name], other.models[name]
        if mine is None or theirs is None:
            notes.append("a model file that does not say how it was defined has no configuration")
        else:
            if name is None:  # a single model has no use for other names
                mine, theirs = (_without_aliases(each) for each in (mine, theirs))
            found += config_differences(mine, theirs, () if name is None else (name,))
    found += sharing_differences(one.links, other.links)
    equal = 0
    seen: set[tuple[Hashable, Hashable]] = set()
    later: list[Difference] = []
    for name in common:
        above: TreePath = () if name is None else (name,)
        shapes, their_shapes = (_shapes(each, name, notes) for each in (one, other))
        found += _shape_differences(shapes, their_shapes, above)
        if name in one.payloads and name in other.payloads:
            same, values = _values(one.payloads[name], other.payloads[name], name, seen)
            equal += same
            later += values
    return Comparison(found + later, equal, list(dict.fromkeys(notes)))


def _without_aliases(model: Mapping[str, Any]) -> dict[str, Any]:
    return {key: each for key, each in model.items() if key != ALIAS_KEY}


def _shapes(side: Side, name: BranchName, notes: list[str]) -> dict[TreePath, Shape] | None:
    """Give the shapes of a branch's variables: those that it has, or those that it will have."""
    if name in side.payloads:
        model = side.payloads[name].get("model", {})
        return {path: tuple(as_value(leaf, path).shape) for path, leaf in iter_variables(model)}
    from dp_multitask.components.core.planning import planned_shapes
    from dp_multitask.components.models.model import Model

    try:
        return dict(planned_shapes(Model.plan_config(side.models[name])))
    except (ComponentError, UnsupportedError) as err:
        notes.append(f"the shapes of {name or 'the model'} are not known before training: {err}")
        return None


def _shape_differences(
    one: dict[TreePath, Shape] | None, other: dict[TreePath, Shape] | None, path: TreePath
) -> Iterator[Difference]:
    if one is None or other is None:
        return
    for place in dict.fromkeys([*one, *other]):
        mine, theirs = one.get(place, ABSENT), other.get(place, ABSENT)
        if mine != theirs:
            yield Difference("shape", (*path, *place), mine, theirs)


def _values(
    one: Mapping[str, Any],
    other: Mapping[str, Any],
    name: BranchName,
    seen: set[tuple[Hashable, Hashable]],
) -> tuple[int, list[Difference]]:
    """Compare the numbers of a branch; what branches share is told once."""
    theirs = dict(iter_variables(other.get("model", {})))
    equal, found = 0, []
    for place, leaf in iter_variables(one.get("model", {})):
        if place not in theirs:
            continue
        pair = (storage_of(leaf), storage_of(theirs[place]))
        path = place if name is None else (name, *place)
        mine, their = as_value(leaf, path), as_value(theirs[place], path)
        if tuple(mine.shape) != tuple(their.shape):
            continue
        if pair in seen:
            continue
        if None not in pair:
            seen.add(pair)
        difference = _value_difference(mine, their, path)
        if difference is None:
            equal += 1
        else:
            found.append(difference)
    return equal, found


def _value_difference(one: Value, other: Value, path: TreePath) -> Difference | None:
    if one.dtype == other.dtype and equal_bits(one, other):
        return None
    import numpy as np

    if one.dtype != other.dtype:
        mine, theirs = np.asarray(one.load()).ravel(), np.asarray(other.load()).ravel()
        largest, count = _largest(mine, theirs)
        return Difference("shape", path, str(one.dtype), str(other.dtype), largest, count)
    largest, count = 0.0, 0
    for mine, theirs in zip(one.chunks(), other.chunks(), strict=True):
        piece = _largest(mine.view(one.dtype), theirs.view(other.dtype))
        largest, count = max(largest, piece[0]), count + piece[1]
    shape = "x".join(map(str, one.shape)) or "scalar"
    words = f"{shape} {one.dtype}"
    return Difference("value", path, words, words, largest, count)


def _largest(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> tuple[float, int]:
    """Give the largest difference of two pieces, infinite where one is no number; and how many."""
    import numpy as np

    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.abs(one.astype(np.float64) - other.astype(np.float64))
    same = (one == other) | ((one != one) & (other != other))
    apart = np.where(np.isnan(apart), np.inf, apart)
    apart[same] = 0.0
    return float(apart.max(initial=0.0)), int(np.count_nonzero(~same))
