# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a component will look like before any array exists: plans, and sizes with their formula."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dp_multitask.components.core.initial import Initialiser

if TYPE_CHECKING:
    from dp_multitask.components.core.component import Component

Fields = Mapping[str, Any]
"""The plain values of a component, by name."""


class Term(int):
    """A size that remembers the formula it comes from, for messages."""

    formula: str

    def __new__(cls, formula: str, value: int) -> Term:
        """Label `value` with `formula`."""
        size = super().__new__(cls, value)
        size.formula = formula
        return size


def labelled(formula: str, value: int) -> int:
    """Label a size that has no formula yet."""
    return value if isinstance(value, Term) else Term(formula, value)


class Plan:
    """What a component will look like, before any array exists.

    What follows from the fields is worked out once: equal layers have one plan.

    Attributes
    ----------
    cls : type
        The component's class.
    fields : dict
        Its plain values.
    """

    __slots__ = ("_children", "_variables", "cls", "fields")

    def __init__(self, cls: type[Component], fields: dict[str, Any]) -> None:
        self.cls = cls
        self.fields = fields
        self._children: ChildPlans | None = None
        self._variables: dict[str, PlannedVariable] | None = None

    @property
    def children(self) -> ChildPlans:
        """What the nested components look like, by name."""
        if self._children is None:
            self._children = self.cls.children_of(self.fields)
        return self._children

    @property
    def variables(self) -> dict[str, PlannedVariable]:
        """The arrays, by name, each with its shape and distribution."""
        if self._variables is None:
            self._variables = self.cls.variables_of(self.fields)
        return self._variables


PlannedArray = tuple[tuple[int, ...], Initialiser]
PlannedVariable = PlannedArray | list[PlannedArray] | None
"""An array, a list of them (the residual weights of a layer), or null."""


ChildPlans = dict[str, "Plan | list[Plan | None] | None"]
"""What a component's children look like; None for one that is written as null."""


def describe_shape(shape: tuple[Any, ...]) -> str:
    """Write a shape with its formula, ``(3, 142, 4) = (ntypes, sum(sel), 4)``."""
    numbers = ", ".join(str(int(size)) for size in shape)
    terms = ", ".join(getattr(size, "formula", str(size)) for size in shape)
    comma = "," if len(shape) == 1 else ""
    text = f"({numbers}{comma})"
    return text if numbers == terms else f"{text} = ({terms}{comma})"
