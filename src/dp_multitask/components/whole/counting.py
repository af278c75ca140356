# SPDX-License-Identifier: LGPL-3.0-or-later
"""How many parameters the models of an input have, before any of them is built."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from dp_multitask.components.core.layout import Child, Children, Constant
from dp_multitask.components.core.plan import Plan
from dp_multitask.components.core.planning import Shape, planned_shapes
from dp_multitask.components.core.variables import Count, count
from dp_multitask.components.models.model import Model
from dp_multitask.components.sharing.walk import Linked, find_linked, linked_variables
from dp_multitask.config.model_section import branches_of
from dp_multitask.config.resolve import preprocess_shared_params
from dp_multitask.errors import ComponentError, ShapeError, TreePath, inside

NOTHING = Count(0, 0)


class InputCount(NamedTuple):
    """How many numbers the models of an input have.

    Attributes
    ----------
    branches : dict of Count
        Branch -> all of its numbers, the shared ones included.
    shared : dict of Count
        Entry of ``shared_dict`` -> the numbers that its branches have in common.
    total : Count
        All branches together, what is shared counted once.
    """

    branches: dict[str, Count]
    shared: dict[str, Count]
    total: Count


def count_input(config: Mapping[str, Any]) -> InputCount:
    """Count the numbers of a whole input, multitask or single; a single model is named ``model``.

    Raises
    ------
    ComponentError, ConfigError, UnsupportedError
        As in `count_branches`; paths count from the top of the input.
    """
    model = config.get("model")
    with inside("model"):
        if isinstance(model, Mapping) and "model_dict" in model:
            return count_branches(model)
        plan = Model.plan_config(model if isinstance(model, Mapping) else {})
        alone = count(planned_shapes(plan))
    return InputCount({"model": alone}, {}, alone)


def count_branches(model: Mapping[str, Any]) -> InputCount:
    """Count the numbers of a multitask input's ``model`` section, without allocating any.

    Parameters
    ----------
    model : dict
        The section, with its references.

    Raises
    ------
    ComponentError
        A branch does not say how large it is, as with ``sel: auto``, or two branches share parts
        of different sizes; the path is that in the section.
    ConfigError
        The section cannot be resolved.
    UnsupportedError
        The size of a part is not known without DeePMD-kit.
    """
    resolved, links = preprocess_shared_params(model)
    plans: dict[str, Plan] = {}
    for name, config in branches_of(resolved).items():
        with inside("model_dict", name):
            plans[name] = Model.plan_config(config)
    shapes = {name: dict(planned_shapes(plan)) for name, plan in plans.items()}
    branches = {name: count(each.items()) for name, each in shapes.items()}
    outlines = {name: _outline(plan) for name, plan in plans.items()}
    shared: dict[str, Count] = {}
    repeated: list[Count] = []

    def shapes_of(branch: str, place: TreePath, tree: Mapping[str, Any]) -> dict[TreePath, Shape]:
        return {
            path[len(place) :]: shape
            for path, shape in shapes[branch].items()
            if path[: len(place)] == place
        }

    for key, entry in links.items():
        found = []
        for link in entry["links"]:
            linked = find_linked(link, outlines, shapes_of)
            if linked is None:
                msg = f"{key!r} is shared as {link['shared_type']!r}, which the branch has not"
                raise ComponentError(msg, path=("model_dict", link["model_key"]))
            found.append(linked)
        # with one branch nothing is shared; the first link is the base
        taken = [count(_covered(key, found[0], linked)) for linked in found[1:]]
        shared[key] = max(taken, default=NOTHING)
        repeated += taken
    return InputCount(branches, shared, _less(branches.values(), repeated))


def _covered(key: str, base: Linked, linked: Linked) -> Iterator[tuple[TreePath, tuple[int, ...]]]:
    """Give the variables that two branches have in common, which must be of one shape."""
    for path, cover, ours, theirs in linked_variables(base, linked):
        if cover != "shared":
            continue
        if ours != theirs:
            place = ("model_dict", linked.branch, *linked.place, *path)
            msg = f"{key!r} is shared, but the shape is {ours} here and {theirs} in {base.branch!r}"
            hint = "give both branches equal sizes and type maps, or entries of their own"
            raise ShapeError(msg, path=place, hint=hint)
        yield path, ours


def _outline(plan: Plan) -> dict[str, Any]:
    """Give the tree of a plan with types and nested components only."""
    plans = plan.children
    tree: dict[str, Any] = {}
    for entry in plan.cls.layout:
        if isinstance(entry, Constant):
            tree[entry.name] = entry.value
        elif isinstance(entry, Child | Children) and entry.name in plans:
            child = plans[entry.name]
            if isinstance(child, Plan):
                tree[entry.name] = _outline(child)
            elif child is not None:
                tree[entry.name] = [None if each is None else _outline(each) for each in child]
    return tree


def _less(all_of: Any, repeated: list[Count]) -> Count:
    parameters = sum(each.parameters for each in all_of)
    statistics = sum(each.statistics for each in all_of)
    return Count(
        parameters - sum(each.parameters for each in repeated),
        statistics - sum(each.statistics for each in repeated),
    )
