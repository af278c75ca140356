# SPDX-License-Identifier: LGPL-3.0-or-later
"""The base of every native class: reads a tree, writes it back exactly, and starts one afresh.

A component is a node of the native model tree. A class states its keys, in order, as a table
(`layout`), and what its nested components look like (`children_of`); reading, checking,
initialising, counting and sharing are done here, once, from those two.

A component keeps the key order, values, types and arrays of the tree it was read from. Arrays
are never copied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from dp_multitask.components.core import reading
from dp_multitask.components.core.dispatch import class_of_config, class_of_tree, remember_block
from dp_multitask.components.core.in_pytorch import InPyTorch
from dp_multitask.components.core.keys import Keys, sort_layout
from dp_multitask.components.core.kinds import PLAIN
from dp_multitask.components.core.layout import VARIABLES, Constant, Entry, Variables
from dp_multitask.components.core.plan import ChildPlans, Fields, Plan, PlannedVariable
from dp_multitask.components.core.planning import check_against, initialise, planned_shapes
from dp_multitask.components.core.reading import Faults, own
from dp_multitask.components.core.variables import arrays_in
from dp_multitask.errors import ComponentError, FieldTypeError, TreePath, inside
from dp_multitask.notebooks import picture_for

if TYPE_CHECKING:
    import numpy as np

    from dp_multitask.components.core.initial import Array


class Component:
    """A node of the native model tree.

    Attributes
    ----------
    data : dict
        The node: plain values, nested components, and under ``@variables`` the arrays, in the
        order of the tree.
    """

    __slots__ = ("data",)

    kind: ClassVar[str | None] = None
    """``descriptor``, ``fitting_net`` or ``model``; None for a building block."""

    layout: ClassVar[tuple[Entry, ...]] = ()
    """Every key of the tree, in the order of a fresh one."""

    essential: ClassVar[tuple[str, ...]] = ()
    """Fields that must be what the parent's fields imply, such as ``in_dim``."""

    config_only: ClassVar[tuple[str, ...]] = ("type", "seed")
    """Keys of a config that the tree does not keep."""

    in_pytorch: ClassVar[InPyTorch] = InPyTorch()
    """Its names in a checkpoint of DeePMD-kit's PyTorch backends, and what these write."""

    data: dict[str, Any]

    keys: ClassVar[Keys]
    """The layout, sorted."""

    def __init_subclass__(cls) -> None:
        cls.keys = sort_layout(cls.layout)
        if cls.kind is None and isinstance(name := cls.keys.others.get("@class"), Constant):
            remember_block(name.value, cls)

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    # --- what a class states ----------------------------------------------------------------

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Say what the nested components look like for given fields; absent ones are left out."""
        plans: ChildPlans = {}
        for entry in cls.keys.planned:
            plan = fields.get(entry.name) if entry.plan is None else entry.plan(fields)
            if plan is not None:
                plans[entry.name] = plan
        return plans

    @classmethod
    def plan_from(cls, parent: Fields, **more: Any) -> Plan:
        """Plan a part of a parent: of its fields those that this class has, and `more`."""
        keys = cls.keys
        taken = {name: parent[name] for name in keys.names if name in parent}
        return Plan(cls, {**keys.given, **taken, **more})

    @classmethod
    def terms(cls, fields: Fields) -> Mapping[str, int]:
        """Give the value of each term that the shapes of `layout` name; fields by default."""
        return fields

    @classmethod
    def prepare(cls, fields: dict[str, Any], type_map: list[str] | None) -> None:
        """Complete the fields of a config, in place: those the tree has and the config has not."""

    @classmethod
    def variables_of(cls, fields: Fields) -> dict[str, PlannedVariable]:
        """Give the variables for given fields, each with its shape and distribution."""
        table = cls.keys.others.get(VARIABLES)
        if not isinstance(table, Variables):
            return {}
        terms = cls.terms(fields)
        return {
            name: (variable.shape_for(terms), variable.initial)
            for name, variable in table.of.items()
            if variable.when is None or variable.when(fields)
        }

    @classmethod
    def precision_of(cls, fields: Fields) -> str:
        """Name the precision of fresh variables, by default that of the field ``precision``."""
        precision: str = fields["precision"]
        return precision

    @classmethod
    def tolerates(cls, name: str, found: tuple[int, ...], expected: tuple[int, ...]) -> bool:
        """Say whether a variable may have another shape than the formula's."""
        return False

    def fields(self) -> dict[str, Any]:
        """Give the fields as they are meant, with those that an older tree leaves out.

        Nested components that are planned by themselves are there with their plans.
        """
        fields = {**self.keys.absent, **self.data}
        for entry in self.keys.planned:
            held = self.data.get(entry.name)
            if not entry.own or held is None:
                continue
            with inside(entry.name):
                fields[entry.name] = _plans(held) if isinstance(held, list) else held.plan()
        return fields

    # --- reading and writing ----------------------------------------------------------------

    @classmethod
    def deserialize(cls, tree: Mapping[str, Any]) -> Component:
        """Read a native tree.

        Parameters
        ----------
        tree : dict
            What DeePMD-kit's or this package's ``serialize`` gave. It is not changed: mappings
            and lists are copied, the arrays in them are not.

        Returns
        -------
        Component
            An instance of the class that the tree names, or of the class it is called on.

        Raises
        ------
        ComponentError
            The tree names no known class, has a version, key, type or shape that the class does
            not have. The path says where.
        """
        return cls._read_and_compare(tree, Faults())

    @classmethod
    def examine(cls, tree: Mapping[str, Any]) -> tuple[Component | None, list[ComponentError]]:
        """Read a native tree to its end, and give everything that is wrong with it.

        Returns
        -------
        component : Component or None
            As of `deserialize`; None if something is wrong.
        errors : list of ComponentError
            All that is wrong, each with its path: keys, types and versions first; shapes are
            compared where these are right.
        """
        noted: list[ComponentError] = []
        component = None
        try:
            component = cls._read_and_compare(tree, Faults(noted))
        except ComponentError as err:
            noted.append(err)
        return (None if noted else component), noted

    @classmethod
    def _read_and_compare(cls, tree: Mapping[str, Any], faults: Faults) -> Component:
        chosen = cls if cls.layout else class_of_tree(tree)
        try:
            component = chosen.read(tree, faults)
            if not faults.noted:
                check_against(component, component.plan(), faults)
        except RecursionError as err:
            msg = "the tree is nested too deeply"
            raise ComponentError(msg) from err
        return component

    @classmethod
    def read(cls, tree: Mapping[str, Any], faults: Faults) -> Component:
        """Read a tree without comparing shapes; for nested trees, whose parent compares them."""
        if type(tree) is not dict and not isinstance(tree, Mapping):
            msg = f"expected the tree of a {cls.__name__}, found {type(tree).__name__}"
            raise FieldTypeError(msg)
        data = dict(tree)
        keys = cls.keys
        kinds = keys.kinds
        for key, value in tree.items():
            expected = kinds.get(key)
            if expected is None:
                if key in keys.children:
                    with faults.at(key):
                        data[key] = reading.read_nested(cls, keys.children[key], value, faults)
                else:
                    faults.add(reading.unknown_key(cls, key))
            elif type(value) in expected.plain:
                continue
            elif not expected.allows(value):
                faults.add(reading.refused(cls, key, value))
            elif type(value) not in PLAIN:
                data[key] = own(value)
        if not keys.required <= data.keys():
            absent = [name for name in keys.required if name not in data]
            faults.add(reading.missing_keys(cls, absent))
        return cls(data)

    def serialize(self) -> dict[str, Any]:
        """Write the tree, exactly as it was read.

        Mappings and lists are the caller's own, so that changing the tree changes no component;
        the arrays in it are this component's, not copies.
        """
        tree = self.data.copy()
        for key in self.keys.mutable:
            value = tree.get(key)
            if isinstance(value, Component):
                tree[key] = value.serialize()
            elif type(value) is list and key in self.keys.children:
                tree[key] = [None if each is None else each.serialize() for each in value]
            elif type(value) is list or type(value) is dict:
                tree[key] = own(value)
        return tree

    # --- starting afresh --------------------------------------------------------------------

    @classmethod
    def plan_config(
        cls, config: Mapping[str, Any], type_map: list[str] | None = None
    ) -> Plan:
        """Say what the component of a config looks like, without allocating its arrays."""
        if not cls.layout:
            return class_of_config(cls.kind, config).plan_config(config, type_map)
        fields = reading.fields_of_config(cls, config)
        cls.prepare(fields, type_map)
        return Plan(cls, fields)

    @classmethod
    def from_config(
        cls,
        config: Mapping[str, Any],
        type_map: list[str] | None = None,
        rng: np.random.Generator | int | None = None,
    ) -> Component:
        """Start a component from its part of a training input.

        Parameters
        ----------
        config : dict
            The parameters, as in an input; what it leaves out gets DeePMD-kit's default.
        type_map : list of str, optional
            The elements; needed wherever the number of types is not in the config.
        rng : numpy.random.Generator or int, optional
            Where the numbers come from; the same seed gives the same component.

        Returns
        -------
        Component
            An instance of the class that ``type`` names, or of the class it is called on.

        Raises
        ------
        ComponentError
            The config has an unknown key, lacks a required one, or has a value that cannot be.
        UnsupportedError
            Components of this type cannot be started without DeePMD-kit.
        """
        plan = cls.plan_config(config, type_map)
        import numpy as np  # planning, which may refuse the config, does without

        return initialise(plan, np.random.default_rng(rng))

    @classmethod
    def shapes(
        cls, config: Mapping[str, Any], type_map: list[str] | None = None
    ) -> dict[TreePath, tuple[int, ...]]:
        """Give the shape of every variable of a config, by path, without allocating any."""
        return dict(planned_shapes(cls.plan_config(config, type_map)))

    def plan(self) -> Plan:
        """Say what this component should look like, from its own fields."""
        return Plan(type(self), self.fields())

    # --- variables --------------------------------------------------------------------------

    def variables(self) -> Iterator[tuple[TreePath, Array]]:
        """Iterate over every array, with its path in the tree."""
        return arrays_in(self, ())

    # --- looking at it ----------------------------------------------------------------------

    def __getitem__(self, name: str) -> Any:
        """Give what the tree has under a key: a value, a nested component, the variables."""
        return self.data[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.data)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.data)

    def __repr__(self) -> str:
        sizes = [array.size for _, array in self.variables()]
        kind = self.data.get("type")
        name = f"{type(self).__name__} {kind!r}" if isinstance(kind, str) else type(self).__name__
        if not sizes:
            return f"<{name}>"
        variables = f"{len(sizes)} variable{'s' * (len(sizes) != 1)}"
        return f"<{name}: {sum(sizes):,} parameters in {variables}>"

    def _repr_html_(self) -> str:
        return picture_for(self, "component_table")


def _plans(held: list[Component | None]) -> list[Plan | None]:
    plans: list[Plan | None] = []
    for index, each in enumerate(held):
        with inside(index):
            plans.append(None if each is None else each.plan())
    return plans
