# SPDX-License-Identifier: LGPL-3.0-or-later
"""The files that a release, an action and a hook are made of agree with the package."""

from __future__ import annotations

import json
import re
from importlib.metadata import metadata
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]


def read(name: str) -> dict:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def test_the_recipe_installs_what_the_package_needs():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    needed = set(json.loads(re.search(r"^dependencies = (\[.*\])$", project, re.M)[1]))
    run = {each.replace(" ", "") for each in read("recipe/recipe.yaml")["requirements"]["run"]}
    assert {each for each in run if not each.startswith("python>")} == needed
    oldest = read("recipe/recipe.yaml")["context"]["python_min"]
    assert metadata("dp-multitask")["Requires-Python"] == f">={oldest}"


def test_the_workflow_tests_the_oldest_python_on_three_systems():
    matrix = read(".github/workflows/test.yml")["jobs"]["unit"]["strategy"]["matrix"]
    assert matrix["python"][0] == read("recipe/recipe.yaml")["context"]["python_min"]
    assert len(matrix["os"]) == 3


def test_a_release_is_published_without_a_stored_token():
    publish = read(".github/workflows/release.yml")["jobs"]["publish"]
    assert publish["permissions"]["id-token"] == "write"
    assert "password" not in str(publish)


def test_the_action_hands_every_input_to_the_command():
    action = read("action.yml")
    used = str(action["runs"])
    for name in action["inputs"]:
        assert f"inputs.{name} }}}}" in used


def test_options_that_the_action_and_the_hook_use_exist(call_command):
    helped = call_command("check", "--help").stdout.decode()
    hook = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())[0]["entry"]
    action = read("action.yml")["runs"]["steps"][-1]["run"]
    for option in re.findall(r"--[a-z-]+", hook + action):
        assert option in helped


@pytest.mark.parametrize("name", ["CITATION.cff", ".readthedocs.yaml"])
def test_other_files_are_mappings_with_a_version(name: str):
    assert any("version" in key for key in read(name))


def test_the_tests_that_the_format_names_for_its_limits_exist():
    tests = Path(__file__).parents[1]
    table = (tests.parent / "docs/format.md").read_text(encoding="utf-8")
    rows = table[table.index("| limit | error | test") :].split("\n\n")[0].splitlines()[2:]
    named = [re.findall(r"`([\w/]+\.py|fuzz/)`", row.split("|")[3]) for row in rows]
    assert len(rows) > 10
    assert all(named)
    known = " ".join(path.relative_to(tests).as_posix() for path in tests.rglob("*.py"))
    assert [name for names in named for name in names if name not in known] == []
