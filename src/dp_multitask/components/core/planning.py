# SPDX-License-Identifier: LGPL-3.0-or-later
"""One plan, several uses: a tree, a fresh component, its shapes, a check of one that was read.

Planning takes no numpy: shapes are plain integers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from dp_multitask.components.core.initial import Array, precision_dtype
from dp_multitask.components.core.kinds import MOST_PARTS
from dp_multitask.components.core.layout import (
    REQUIRED,
    VARIABLES,
    Child,
    Children,
    Constant,
    Field,
    Kept,
    Variables,
    Version,
)
from dp_multitask.components.core.plan import Plan, PlannedVariable, Term, describe_shape
from dp_multitask.components.core.reading import Faults
from dp_multitask.errors import (
    ComponentError,
    FieldTypeError,
    MissingComponentKeyError,
    ShapeError,
    TreePath,
)

if TYPE_CHECKING:
    import numpy as np

    from dp_multitask.components.core.component import Component

Shape = tuple[int, ...]


def repeated(plan: Plan, number: int, of_what: str) -> list[Plan | None]:
    """Plan several equal components.

    Raises
    ------
    ComponentError
        They are more than any model has: a number that a file or an input claims.
    """
    if number > MOST_PARTS:
        msg = f"{number} {of_what} are asked for, at most {MOST_PARTS} are possible"
        raise ComponentError(msg)
    return [plan] * number


def filled(
    plan: Plan,
    part: Callable[[str, Plan, int | None], Any],
    variables: Callable[[dict[str, PlannedVariable]], dict[str, Any]],
) -> dict[str, Any]:
    """Write a plan out as what its tree holds, in the order of the layout.

    Parameters
    ----------
    plan : Plan
        What the component looks like.
    part : callable
        ``part(name, plan, index)`` gives what stands for a nested component; `index` is its place
        in a list, or None.
    variables : callable
        Planned variables, by name -> what stands for each.
    """
    fields, plans = plan.fields, plan.children
    data: dict[str, Any] = {}
    for entry in plan.cls.layout:
        name = entry.name
        if isinstance(entry, Constant):
            data[name] = entry.value
        elif isinstance(entry, Version):
            data[name] = fields.get(name, entry.written)
        elif isinstance(entry, Field):
            # what a tree may leave out, a fresh one leaves out where the class did not set it
            if entry.only_in != "config" and (name in fields or entry.absent is REQUIRED):
                value = fields[name] if entry.written is None else entry.written(fields[name])
                data[name] = int(value) if isinstance(value, Term) else value
        elif isinstance(entry, Child | Children) and name in plans:
            child = plans[name]
            if isinstance(child, Plan):
                data[name] = part(name, child, None)
            elif child is None:
                data[name] = None
            else:
                data[name] = [
                    None if each is None else part(name, each, index)
                    for index, each in enumerate(child)
                ]
        elif isinstance(entry, Kept) and name in fields:
            data[name] = fields[name]
        elif isinstance(entry, Variables) and (plan.variables or entry.always):
            data[name] = variables(plan.variables)
    return data


def initialise(plan: Plan, rng: np.random.Generator) -> Component:
    """Build a fresh component, its variables drawn from `rng` in the order of the layout."""

    def part(_: str, child: Plan, __: int | None) -> Component:
        return initialise(child, rng)

    def variables(planned: dict[str, PlannedVariable]) -> dict[str, Any]:
        dtype = precision_dtype(plan.cls.precision_of(plan.fields))
        return {key: drawn(variable, rng, dtype) for key, variable in planned.items()}

    return plan.cls(filled(plan, part, variables))


def drawn(
    variable: PlannedVariable, rng: np.random.Generator, dtype: np.dtype[Any]
) -> Array | list[Array] | None:
    """Draw a planned variable."""
    if variable is None:
        return None
    if isinstance(variable, list):
        return [initial(rng, shape, dtype) for shape, initial in variable]
    shape, initial = variable
    return initial(rng, shape, dtype)


def planned_shapes(plan: Plan, path: TreePath = ()) -> Iterator[tuple[TreePath, Shape]]:
    """Give the path and shape of every array of a plan, in the order of the layout."""
    plans = plan.children
    for entry in plan.cls.layout:
        if isinstance(entry, Variables):
            for name, variable in plan.variables.items():
                place = (*path, VARIABLES, name)
                if isinstance(variable, list):
                    for index, (shape, _) in enumerate(variable):
                        yield (*place, index), tuple(map(int, shape))
                elif variable is not None:
                    yield place, tuple(map(int, variable[0]))
        elif isinstance(entry, Child | Children) and entry.name in plans:
            child = plans[entry.name]
            if isinstance(child, Plan):
                yield from planned_shapes(child, (*path, entry.name))
                continue
            for index, each in enumerate(child or ()):
                if each is not None:
                    yield from planned_shapes(each, (*path, entry.name, index))


def check_against(component: Component, plan: Plan, faults: Faults) -> None:
    """Compare a component that was read with its plan: classes, sizes, shapes.

    Raises
    ------
    ShapeError
        Something has another size; the message has the formula.
    ComponentError
        A nested component is missing, superfluous or of another class.
    """
    cls, fields = plan.cls, plan.fields
    if type(component) is not cls:
        msg = f"found a {type(component).__name__}, expected a {cls.__name__}"
        raise ComponentError(msg)
    data = component.data
    for name in cls.essential:
        if not _same(data.get(name), fields[name]):
            faults.add(_other_value(cls, name, data.get(name), fields[name]))
    variables = data.get(VARIABLES)
    if plan.variables or variables:
        _check_variables(component, variables or {}, plan.variables, faults)
    if not cls.keys.children:
        return
    plans = plan.children
    for name in cls.keys.children:
        found, wanted = data.get(name), plans.get(name)
        if found is None and wanted is None:
            continue
        with faults.at(name):
            if wanted is None:
                msg = f"the fields of this {cls.__name__} leave no room for {name!r}"
                raise ComponentError(msg)
            if found is None:
                msg = f"{cls.__name__} lacks {name!r}"
                raise MissingComponentKeyError(msg)
            if isinstance(wanted, Plan):
                check_against(found, wanted, faults)
            else:
                _check_list(cls, name, found, wanted, faults)


def _check_list(
    cls: type[Component],
    name: str,
    found: list[Component | None],
    wanted: list[Plan | None],
    faults: Faults,
) -> None:
    if len(found) != len(wanted):
        msg = f"{cls.__name__} has {len(found)} {name}, expected {len(wanted)}"
        raise ShapeError(msg)
    for index, (each, plan) in enumerate(zip(found, wanted, strict=True)):
        # DeePMD-kit's TensorFlow backend leaves out the networks of types that do not fit
        if each is None:
            continue
        with faults.at(index):
            if plan is None:
                msg = f"the fields of this {cls.__name__} leave no room for entry {index}"
                raise ComponentError(msg)
            check_against(each, plan, faults)


def _same(found: Any, wanted: Any) -> bool:
    """Compare plain values; arrays, which have no place among them, are never equal."""
    if isinstance(wanted, list):
        return (
            isinstance(found, list | tuple)
            and len(found) == len(wanted)
            and all(map(_same, found, wanted))
        )
    if isinstance(wanted, dict):
        return (
            isinstance(found, dict)
            and found.keys() == wanted.keys()
            and all(_same(found[key], wanted[key]) for key in wanted)
        )
    return getattr(found, "shape", ()) == () and bool(found == wanted)


def _other_value(cls: type[Component], name: str, found: Any, wanted: Any) -> ShapeError:
    formula = getattr(wanted, "formula", None)
    because = f" = {formula}" if formula else ""
    msg = f"{name!r} of {cls.__name__} is {found}, expected {wanted}{because}"
    return ShapeError(msg, path=(name,))


def _check_variables(
    component: Component,
    found: dict[str, Any],
    planned: dict[str, PlannedVariable],
    faults: Faults,
) -> None:
    cls = type(component)
    for name, variable in planned.items():
        value = found.get(name)
        path: TreePath = (VARIABLES, name)
        if isinstance(variable, tuple):
            if getattr(value, "shape", None) != variable[0]:
                _check_array(component, path, value, variable[0], faults)
        elif variable is None:
            if value is not None:
                msg = f"{cls.__name__} must have no {name!r} with these fields"
                faults.add(ShapeError(msg, path=path))
        else:
            values = value if isinstance(value, list) else []
            if len(values) != len(variable):
                msg = f"{name!r} holds {len(values)} arrays, expected {len(variable)}"
                faults.add(ShapeError(msg, path=path))
            for index, (each, (shape, _)) in enumerate(zip(values, variable, strict=False)):
                if getattr(each, "shape", None) != shape:
                    _check_array(component, (*path, index), each, shape, faults)
    for extra in () if found.keys() <= planned.keys() else found.keys() - planned.keys():
        msg = f"{cls.__name__} has no variable {extra!r} with these fields"
        hint = f"its variables are {', '.join(planned) or 'none'}"
        faults.add(ComponentError(msg, path=(VARIABLES, extra), hint=hint))


def _check_array(
    component: Component, path: TreePath, value: Any, expected: Shape, faults: Faults
) -> None:
    cls, name = type(component), str(path[1])
    wanted = describe_shape(expected)
    if value is None:
        msg = f"{cls.__name__} lacks the variable {name!r} of shape {wanted}"
        faults.add(MissingComponentKeyError(msg, path=path))
        return
    # a variable without dimensions may be a plain number
    shape = getattr(value, "shape", () if isinstance(value, int | float) else None)
    if shape is None:
        msg = f"{name!r} must be an array of shape {wanted}, found {type(value).__name__}"
        faults.add(FieldTypeError(msg, path=path))
    elif shape != expected and not cls.tolerates(name, shape, expected):
        msg = f"{name!r} has shape {tuple(shape)}, expected {wanted}"
        faults.add(ShapeError(msg, path=path))
