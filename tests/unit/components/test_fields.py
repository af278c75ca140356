# SPDX-License-Identifier: LGPL-3.0-or-later
"""The fields of the classes: their defaults, and that each says what it is."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from dp_multitask.checks.schema.table import load_table
from dp_multitask.component_types import BUILTIN_TYPES
from dp_multitask.components.core.describe import describe_class
from dp_multitask.components.core.layout import (
    REQUIRED,
    Child,
    Children,
    Constant,
    Field,
    Given,
    Kept,
    Version,
)
from dp_multitask.components.core.plan import Plan
from dp_multitask.components.descriptors.dpa2 import RepformerArgs, RepinitArgs
from dp_multitask.components.descriptors.dpa3 import RepFlowArgs
from dp_multitask.components.whole.planned import plan_branch
from dp_multitask.config.meanings import known_keys
from dp_multitask.registry import native_class
from planned_configs import BRANCHES

ROOT = Path(__file__).parents[3]
TOOL = runpy.run_path(str(ROOT / "tools" / "write_field_docs.py"))
TABLE = load_table("3.2")

CLASSES = {
    f"model[standard]/{entry.kind}[{entry.name}]": (entry.kind, entry.name)
    for entry in BUILTIN_TYPES
    if f"model[standard]/{entry.kind}[{entry.name}]" in TABLE.names
}
NESTED = {
    "model[standard]/descriptor[dpa2]/repinit": RepinitArgs,
    "model[standard]/descriptor[dpa2]/repformer": RepformerArgs,
    "model[standard]/descriptor[dpa3]/repflow": RepFlowArgs,
}

# the argument check leaves it out of an input; what then holds is the default of the class
DIFFERENT = {"lmax": (1, None)}


@pytest.mark.parametrize("name", [*CLASSES, *NESTED])
def test_defaults_are_those_of_the_argument_check(name):
    cls = NESTED.get(name) or native_class(*CLASSES[name])
    different = {}
    for entry in cls.layout:
        stated = TABLE.body(name).fields.get(entry.name)
        if not isinstance(entry, Field) or entry.only_in == "tree" or stated is None:
            continue
        ours = REQUIRED if entry.default is REQUIRED else entry.default
        theirs = stated.default if stated.has_default else None if stated.optional else REQUIRED
        if ours != theirs:
            different[entry.name] = (ours, theirs)
    assert different.items() <= DIFFERENT.items()


def test_the_table_knows_nearly_every_type():
    without = {
        entry.name
        for entry in BUILTIN_TYPES
        if entry.kind != "model" and (entry.kind, entry.name) not in CLASSES.values()
    }
    assert without == {"se_a_ebd_v2", "se_a_ef", "invar", "direct_force"}


@pytest.mark.parametrize("cls", TOOL["classes"](), ids=lambda cls: cls.__name__)
def test_every_field_says_what_it_is(cls):
    for row in describe_class(cls)["fields"]:
        assert row["meaning"].endswith("."), row["name"]


def test_what_is_said_of_keys_is_said_of_keys_that_there_are():
    bodies = [TABLE.body(name) for name in TABLE.names]
    names = {name for body in bodies for name in body.fields}
    names |= {variant.flag for body in bodies for variant in body.variants}
    names |= {entry.name for cls in TOOL["classes"]() for entry in cls.layout}
    assert known_keys().keys() <= names


def test_the_reference_page_is_current():
    page = ROOT / "docs" / "fields.md"
    assert page.read_text(encoding="utf-8") == TOOL["page"]()


@pytest.mark.parametrize("config", BRANCHES, ids=lambda config: str(config.get("type")))
def test_plans_carry_what_their_layouts_declare_and_nothing_else(config):
    left = [plan_branch(config)]
    declared = (Field, Given, Child, Children, Version, Kept, Constant)
    while left:
        plan = left.pop()
        names = {entry.name for entry in plan.cls.layout if isinstance(entry, declared)}
        assert plan.fields.keys() <= names, plan.cls.__name__
        for child in plan.children.values():
            parts = child if isinstance(child, list) else [child]
            left += [part for part in parts if isinstance(part, Plan)]
