# SPDX-License-Identifier: LGPL-3.0-or-later
"""The words in which a component states its layout: what its tree holds, in order.

A class lists entries of these kinds in ``layout``; the order is the one in which a fresh tree is
written (that of DeePMD-kit's numpy backend). A tree that was read keeps its own order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dp_multitask.components.core.initial import Initialiser, ones, zeros

if TYPE_CHECKING:
    from dp_multitask.components.core.component import Component

VARIABLES = "@variables"
"""The reserved key under which a tree holds its arrays."""

REQUIRED: Any = object()
"""The default of a field that a config must give."""

Fields = Mapping[str, Any]
"""The plain values of a component, by name."""

TYPES: Mapping[str, tuple[type, ...]] = {
    "bool": (bool, np.bool_),
    "int": (int, np.integer),
    "float": (float, int, np.floating, np.integer),
    "str": (str,),
    "list": (list, tuple),
    "dict": (dict,),
    "null": (type(None),),
    "any": (object,),
    "size": (int, np.integer),
    "sizes": (list, tuple),
    "pairs": (list, tuple),
}
"""The words for the types of a field; ``a | b`` means either."""


def is_size(value: object) -> bool:
    """Say whether a value is an integer that may be a size."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        return False
    return int(value) >= 0


def _are_sizes(value: object) -> bool:
    return isinstance(value, list | tuple) and all(map(is_size, value))


def _are_pairs(value: object) -> bool:
    return isinstance(value, list | tuple) and all(
        _are_sizes(pair) and len(pair) == 2 for pair in value
    )


CONTENTS: Mapping[str, Callable[[object], bool]] = {
    "size": is_size,
    "sizes": _are_sizes,
    "pairs": _are_pairs,
}
"""What a value of these types must hold, beyond its Python class."""


def _is_instance(classes: tuple[type, ...], value: object) -> bool:
    return isinstance(value, classes)


class Constant(NamedTuple):
    """A key with one value, such as ``@class``; `also` lists values that are read as well."""

    name: str
    value: str
    also: tuple[str, ...] = ()


class Version(NamedTuple):
    """The ``@version`` key: the accepted range, and what a fresh tree gets."""

    oldest: float
    newest: float
    written: float
    name: str = "@version"


class Field(NamedTuple):
    """A plain value.

    Attributes
    ----------
    name : str
        Its key in the tree and in the config.
    kind : str
        What it may be, in words of `TYPES`: ``float``, ``list | null``.
    default : object
        What a config gets that leaves it out: the default of DeePMD-kit's argument check.
    absent : object
        What a tree without the key means; such trees come from older versions, or the key is
        written only in some cases. Without it the key is required in a tree.
    aliases : tuple of str
        Other names in a config.
    only_in : str
        ``tree`` or ``config`` for a value that the other one does not have.
    stored : str
        What it may be in a tree, where a config may have more: ``sel: auto`` is a number there.
    """

    name: str
    kind: str
    default: Any = REQUIRED
    absent: Any = REQUIRED
    aliases: tuple[str, ...] = ()
    only_in: str = ""
    stored: str = ""

    def in_tree(self) -> Field:
        """Give the field as a tree has it."""
        return self._replace(kind=self.stored) if self.stored else self

    @property
    def classes(self) -> tuple[type, ...]:
        """The Python classes of `kind`."""
        return tuple(cls for word in self.kind.split(" | ") for cls in TYPES[word])

    @property
    def contents(self) -> tuple[Callable[[object], bool], ...]:
        """The checks of which one must hold; none if the class says it all."""
        words = self.kind.split(" | ")
        if not CONTENTS.keys() & set(words):
            return ()
        return tuple(
            CONTENTS.get(word) or partial(_is_instance, TYPES[word]) for word in words
        )


class Child(NamedTuple):
    """A nested component; without `cls` its tree names its class.

    `needed` is one that a class looks into before it can say what it looks like.
    """

    name: str
    cls: type[Component] | None = None
    needed: bool = False


class Children(NamedTuple):
    """A list of nested components; ``null`` entries are kept."""

    name: str
    cls: type[Component] | None = None
    needed: bool = False


class Kept(NamedTuple):
    """A key whose value is kept as it is, such as the tables of a compressed model."""

    name: str


class Variable(NamedTuple):
    """An array: its shape in the formula's terms, and how it is initialised.

    Attributes
    ----------
    shape : tuple of str or int
        Terms, such as ``("ntypes", "sum(sel)", 4)``; `Component.terms` gives their values.
    initial : callable
        The distribution that DeePMD-kit draws it from.
    when : callable, optional
        From the fields, whether the component has it.
    """

    shape: tuple[str | int, ...]
    initial: Initialiser
    when: Callable[[Fields], bool] | None = None


class Variables(NamedTuple):
    """The arrays of a component, by name; `always` writes the key even where there are none."""

    of: Mapping[str, Variable]
    always: bool = False
    name: str = VARIABLES


def statistics(*shape: str | int) -> Variables:
    """State the mean and deviation of the environment, which training finds from the data."""
    return Variables({"davg": Variable(shape, zeros), "dstd": Variable(shape, ones)})


Entry = Constant | Version | Field | Child | Children | Kept | Variables


class Size(int):
    """A size that remembers the formula it comes from, for messages."""

    formula: str

    def __new__(cls, formula: str, value: int) -> Size:
        """Label `value` with `formula`."""
        size = super().__new__(cls, value)
        size.formula = formula
        return size


class Plan(NamedTuple):
    """What a component will look like: its class and fields, before any array exists.

    `fields` may hold more than the layout's fields: sizes that only the parent knows.
    """

    cls: type[Component]
    fields: dict[str, Any]


ChildPlans = dict[str, "Plan | list[Plan | None] | None"]
"""What a component's children look like; None for one that is written as null."""


def describe_shape(shape: tuple[Any, ...]) -> str:
    """Write a shape with its formula, ``(3, 142, 4) = (ntypes, sum(sel), 4)``."""
    numbers = ", ".join(str(int(size)) for size in shape)
    terms = ", ".join(getattr(size, "formula", str(size)) for size in shape)
    comma = "," if len(shape) == 1 else ""
    text = f"({numbers}{comma})"
    return text if numbers == terms else f"{text} = ({terms}{comma})"
