# SPDX-License-Identifier: LGPL-3.0-or-later
"""Named tuples of `records` are those of `typing`, made quickly."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from dp_multitask.records import NamedTuple


class Point(NamedTuple):
    """A point."""

    x: int
    y: int = 2
    name: str = ""

    @property
    def total(self) -> int:
        return self.x + self.y

    @classmethod
    def origin(cls) -> Point:
        return cls(0, 0)

    def __hash__(self) -> int:
        return hash(self.name)


class Nothing(NamedTuple):
    """Nothing."""


def test_fields_and_defaults() -> None:
    point = Point(1)
    assert (point.x, point.y, point.name) == tuple(point) == (1, 2, "")
    assert (Point._fields, Point._field_defaults) == (("x", "y", "name"), {"y": 2, "name": ""})
    assert point._replace(y=5) == Point(x=1, y=5)
    assert repr(point) == "Point(x=1, y=2, name='')"
    assert tuple(Nothing()) == ()


def test_methods_and_documentation() -> None:
    assert (Point(1).total, Point.origin()) == (3, Point(0, 0))
    assert hash(Point(1, name="a")) == hash("a")
    assert (Point.__doc__, Point.__name__, Point.__module__) == ("A point.", "Point", __name__)
    assert Point.__annotations__ == {"x": "int", "y": "int", "name": "str"}


def test_copies() -> None:
    point = Point(1, name="a")
    assert copy.deepcopy(point) == point


def test_wrong_arguments() -> None:
    missing: dict[str, Any] = {}
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        Point(**missing)
    with pytest.raises(AttributeError):
        Point(1).x = 3  # type: ignore[misc]


def test_findings_go_between_processes() -> None:
    from dp_multitask.diagnostics import Edit, Fix

    fix = Fix.replace(("a", 0), [1])
    assert pickle.loads(pickle.dumps(fix)) == fix
    assert hash(Edit.remove(("a",))) == hash(Edit.remove(("a",)))
