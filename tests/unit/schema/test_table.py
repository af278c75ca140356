# SPDX-License-Identifier: LGPL-3.0-or-later
"""The tables are complete, stable under rewriting, and turn into dargs arguments and back."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

import dp_multitask.checks.schema.table as table_module
from dargs_arguments import input_argument
from dp_multitask.checks.schema.constraints import CONSTRAINTS, unknown_constraints
from dp_multitask.checks.schema.extract import (
    MULTITASK,
    SINGLE_TASK,
    extract_table,
)
from dp_multitask.checks.schema.relations import RELATIONS
from dp_multitask.checks.schema.releases import RELEASES, SAME_AS
from dp_multitask.checks.schema.table import load_table
from dp_multitask.checks.schema.value_types import describe_type, matcher

FOLDER = Path(table_module.__file__).parent / "tables"
TOOL = runpy.run_path(str(Path(__file__).parents[3] / "tools" / "extract_schema.py"))
TABLES = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


def test_there_is_a_table_for_every_schema_name():
    assert set(TABLES) == {*RELEASES.values(), *SAME_AS.values()}


@pytest.mark.parametrize(
    ("version", "release"),
    [("3.1", "3.1.3"), ("3.1.1", "3.1.2"), ("3.1.0", "3.1.0"), ("3.0.1", "3.0.3")],
)
def test_a_release_is_found_by_its_own_name_or_that_of_an_equal_one(version, release):
    assert load_table(version).release == release


def test_what_a_later_patch_release_added_is_refused_by_an_earlier_one():
    for key in ("numb_epoch", "num_epoch_dict"):
        assert key in load_table("3.1.3").body("multitask/training").fields
        assert key not in load_table("3.1.2").body("multitask/training").fields
    assert "optimizer" not in load_table("3.1.2").body("multitask").fields
    assert "disp_avg" not in load_table("3.1.0").body("multitask/training").fields
    assert "disp_avg" in load_table("3.1.1").body("multitask/training").fields


@pytest.mark.parametrize("release", TABLES)
def test_every_constraint_of_deepmd_kit_is_known(release):
    assert unknown_constraints(TABLES[release]) == []


def test_every_constraint_and_relation_of_ours_belongs_to_a_field():
    table = load_table("3.2")
    for place in CONSTRAINTS:
        owner, _, name = place.rpartition("/")
        assert name in table.body(owner).fields, place
    assert set(RELATIONS) <= set(table.names)


@pytest.mark.parametrize("release", TABLES)
def test_a_table_is_what_its_own_arguments_give(release):
    single_task = input_argument(SINGLE_TASK, release).sub_fields.values()
    multitask = input_argument(MULTITASK, release).sub_fields.values()
    again = extract_table(release, single_task, multitask)
    for body in TABLES[release]["bodies"].values():
        for name, field in body.get("fields", {}).items():
            if field.get("checked") and name in ("training", "learning_rate"):
                del field["checked"]  # relations are no part of the arguments
            if field.get("checked") and name in ("training_data", "validation_data"):
                del field["checked"]
    assert again == TABLES[release]


@pytest.mark.parametrize("release", TABLES)
def test_the_text_of_a_table_has_one_line_a_field_and_reads_back(release):
    text = (FOLDER / f"{release}.json").read_text()
    table = json.loads(text)
    assert TOOL["dump_table"](table) == text
    assert max(map(len, text.splitlines())) < 2500


@pytest.mark.parametrize("release", TABLES)
def test_a_table_holds_no_documentation(release):
    longest = max(
        (len(word) for word in json.dumps(TABLES[release]).split('"') if " " in word), default=0
    )
    assert longest < 60


@pytest.mark.parametrize(
    ("expression", "right", "wrong"),
    [
        ("int", [1, -3, True], [1.0, "1", None, [1]]),
        ("float", [1, 1.5, False], ["1.5", None]),
        ("bool", [True], [1, 0, "true"]),
        ("int | null", [3, None], ["", 3.5]),
        ("str | list[int]", ["auto", [], [1, 2]], [1, [1.5], ["a"], {}]),
        ("list[list[int]]", [[], [[1]], [[], [2, 3]]], [[1], [["a"]]]),
        (
            "dict[str, list[float | list[float] | null]] | null",
            [None, {}, {"energy": [None, 1, [2.5]]}],
            [{"energy": 1}, {"energy": ["a"]}, {1: []}],
        ),
    ],
)
def test_values_match_types_as_in_deepmd_kit(expression, right, wrong):
    match = matcher(expression)
    assert all(match(value) for value in right)
    assert not any(match(value) for value in wrong)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("int", "a whole number"),
        ("int | float", "a number"),
        ("int | str | list[int]", "a whole number, a string or a list of whole numbers"),
        ("list[float | null]", "a list whose items are a number or null"),
        ("dict[str, list[int]]", "a mapping with values that are a list of whole numbers"),
        ("null", "null"),
    ],
)
def test_types_are_put_in_words(expression, words):
    assert describe_type(expression) == words
