# SPDX-License-Identifier: LGPL-3.0-or-later
"""The words in which a component states its layout: what its tree holds, in order.

A class lists entries of these kinds in ``layout``; the order is the one in which a fresh tree is
written (that of DeePMD-kit's numpy backend). A tree that was read keeps its own order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dp_multitask.components.core.initial import Initialiser, ones, zeros
from dp_multitask.components.core.plan import Fields, Plan, labelled
from dp_multitask.records import NamedTuple

if TYPE_CHECKING:
    from dp_multitask.components.core.component import Component

VARIABLES = "@variables"
"""The reserved key under which a tree holds its arrays."""

REQUIRED: Any = object()
"""The default of a field that a config must give."""


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

    def covers(self, value: Any) -> bool:
        """Say whether a number is in the accepted range."""
        return not isinstance(value, bool) and bool(self.oldest <= value <= self.newest)


class Field(NamedTuple):
    """A plain value.

    Attributes
    ----------
    name : str
        Its key in the tree and in the config.
    kind : str
        What it may be, in words of `kinds.KIND_WORDS`: ``float``, ``list | null``.
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
    written : callable, optional
        Turns the value of a config into that of a fresh tree.
    unit : str
        Its unit, where it has one.
    meaning : str
        What it is, in a line; by default what `config.meanings` says of the name.
    """

    name: str
    kind: str
    default: Any = REQUIRED
    absent: Any = REQUIRED
    aliases: tuple[str, ...] = ()
    only_in: str = ""
    stored: str = ""
    written: Callable[[Any], Any] | None = None
    unit: str = ""
    meaning: str = ""

    def in_tree(self) -> Field:
        """Give the field as a tree has it."""
        return self._replace(kind=self.stored) if self.stored else self


class Given(NamedTuple):
    """What only the parent knows, such as a width: neither config nor tree has it.

    `default` is what holds of a tree, or where the parent says nothing.
    """

    name: str
    default: Any = REQUIRED


class Child(NamedTuple):
    """A nested component.

    Attributes
    ----------
    name : str
        Its key.
    cls : type, optional
        Its class, or the base of the classes that it may have; else its tree names it.
    plan : callable, optional
        From the fields of the parent, what it looks like; None if it is not there.
    own : bool
        It is planned by itself and the parent takes it as it is: `prepare` puts its plan among
        the fields, under its name.
    needed : bool
        The parent looks into it before it can say what it looks like.
    """

    name: str
    cls: type[Component] | None = None
    plan: Callable[[Fields], Plan | None] | None = None
    own: bool = False
    needed: bool = False


class Children(NamedTuple):
    """A list of nested components, as of `Child`; `gaps` are entries that are null."""

    name: str
    cls: type[Component] | None = None
    plan: Callable[[Fields], list[Plan | None] | None] | None = None
    own: bool = False
    needed: bool = False
    gaps: bool = True


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

    def shape_for(self, terms: Mapping[str, int]) -> tuple[int, ...]:
        """Give the shape for given values of its terms."""
        return tuple(
            each if isinstance(each, int) else labelled(each, terms[each]) for each in self.shape
        )


class Variables(NamedTuple):
    """The arrays of a component, by name; `always` writes the key even where there are none."""

    of: Mapping[str, Variable] = {}
    always: bool = False
    name: str = VARIABLES


def block(name: str, version: Version) -> tuple[Constant, Version]:
    """Give the first keys of a building block's tree."""
    return Constant("@class", name), version


def statistics(*shape: str | int) -> Variables:
    """State the mean and deviation of the environment, which training finds from the data."""
    return Variables({"davg": Variable(shape, zeros), "dstd": Variable(shape, ones)})


Entry = Constant | Version | Field | Given | Child | Children | Kept | Variables
