# SPDX-License-Identifier: LGPL-3.0-or-later
"""Arguments become a table, and ``--schema installed`` asks the environment's DeePMD-kit.

A small module stands in for DeePMD-kit; the real one is asked in ``tests/interop``.
"""

from __future__ import annotations

import json
import sys
from types import ModuleType

import pytest
from dargs import Argument, Variant

from dp_multitask.checks.schema import installed
from dp_multitask.checks.schema.constraints import foreign
from dp_multitask.checks.schema.extract import MULTITASK, SINGLE_TASK, extract_table
from dp_multitask.checks.schema.installed import installed_schema
from dp_multitask.checks.schema.table import SchemaTable
from dp_multitask.checks.schema.walk import Walk
from dp_multitask.errors import RegistrationError, UsageError


def arguments(multi_task: bool = False) -> list[Argument]:
    net = Variant(
        "type",
        [
            Argument("small", dict, [Argument("size", int, extra_check=lambda size: size < 10)],
                     alias=["tiny"]),
            Argument("none", dict),
        ],
        optional=True,
        default_tag="small",
    )  # fmt: skip
    model = Argument("model", dict, [Argument("rcut", float, alias=["r"])], [net], doc="A model.")
    if multi_task:
        branches = Argument("model_dict", dict, model.sub_fields.values(), [net], repeat=True)
        return [Argument("model", dict, [branches])]
    return [
        model,
        Argument("seed", [int, list[int | None], None], optional=True, default=None, doc="Seed."),
    ]


@pytest.fixture
def deepmd(monkeypatch):
    """Give a stand-in for DeePMD-kit 9.1.0 without plugins."""
    package, utils = ModuleType("deepmd"), ModuleType("deepmd.utils")
    argcheck = ModuleType("deepmd.utils.argcheck")
    package.__version__ = "9.1.0"
    argcheck.gen_args = arguments
    for module in (package, utils, argcheck):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [])
    return argcheck


def test_a_table_holds_facts_and_each_body_once():
    table = extract_table("9.1.0", arguments(), arguments(multi_task=True))
    assert table == {
        "format": 1,
        "deepmd_kit": "9.1.0",
        "bodies": {
            SINGLE_TASK: {
                "fields": {
                    "model": {"type": "dict", "body": "model"},
                    "seed": {
                        "type": "int | list[int | null] | null",
                        "optional": True,
                        "default": None,
                    },
                }
            },
            MULTITASK: {"fields": {"model": {"type": "dict", "body": "multitask/model"}}},
            "model": {
                "fields": {"rcut": {"type": "float", "alias": ["r"]}},
                "variants": {
                    "type": {
                        "default": "small",
                        "choices": {
                            "small": {"alias": ["tiny"], "body": "model[small]"},
                            "none": {},
                        },
                    }
                },
            },
            "multitask/model": {
                "fields": {"model_dict": {"type": "dict", "repeat": True, "body": "model"}}
            },
            "model[small]": {"fields": {"size": {"type": "int", "checked": True}}},
        },
    }
    assert json.loads(json.dumps(table)) == table


@pytest.mark.usefixtures("deepmd")
def test_the_installed_schema_has_the_installed_checks():
    table = SchemaTable(*installed_schema())
    assert table.release == "9.1.0"
    walk = Walk(table)
    walk.mapping(SINGLE_TASK, {"model": {"rcut": 6, "size": 9}}, ())
    assert walk.findings == []
    walk.mapping(MULTITASK, {"model": {"model_dict": {"a": {"r": 6, "size": 10}}}}, ())
    (finding,) = walk.findings
    assert (finding.code, finding.path[-1]) == ("DPM015", "size")


def test_a_foreign_check_may_fail_as_it_likes_and_changes_nothing():
    value = [1]

    def check(items):
        items.append(2)
        return len(items) > items[3]

    assert not foreign(check, "").allows(value)
    assert value == [1]
    assert foreign(check, "must be odd").expected == "must be odd"
    assert "installed" in foreign(check, "").expected


def test_without_deepmd_kit_there_is_no_installed_schema(monkeypatch):
    monkeypatch.setitem(sys.modules, "deepmd", None)
    with pytest.raises(UsageError, match=r"no DeePMD-kit can be imported.*name a schema such as"):
        installed_schema()


class Point:
    """An entry point whose module raises when it is imported."""

    name, value = "mine", "my_plugin:register"

    def __init__(self, error: Exception) -> None:
        self.error = error

    def load(self) -> None:
        raise self.error


@pytest.mark.usefixtures("deepmd")
def test_a_plugin_that_fails_is_named(monkeypatch):
    points = {installed.PLUGIN_GROUPS[0]: [Point(ValueError("no licence"))]}
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: points.get(group, []))
    with pytest.raises(RegistrationError, match=r"plugin 'mine' \(my_plugin:register\).*licence"):
        installed_schema()


@pytest.mark.usefixtures("deepmd")
def test_a_plugin_for_a_backend_that_is_not_there_adds_nothing(monkeypatch):
    points = {installed.PLUGIN_GROUPS[1]: [Point(ImportError("no torch"))]}
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: points.get(group, []))
    assert SchemaTable(*installed_schema()).names[:2] == [SINGLE_TASK, MULTITASK]
