# SPDX-License-Identifier: LGPL-3.0-or-later
"""The page of what was verified has the tables that the command writes, and tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

from dp_multitask.checks.schema.releases import RELEASES, SAME_AS
from dp_multitask.cli.types_page import native_component
from dp_multitask.component_types import BUILTIN_TYPES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "verified.md"


def test_the_tables_in_the_documentation_are_current(call_command):
    written = call_command("types", "--markdown").stdout.decode()
    assert PAGE.read_text(encoding="utf-8").endswith(written)


def test_every_test_that_the_page_names_is_there():
    named = re.findall(r"`(tests/[^`]*)`", PAGE.read_text(encoding="utf-8"))
    assert len(named) > 20
    for each in named:
        assert (ROOT / each).exists(), each


def test_every_release_with_a_table_has_a_row():
    rows = re.findall(r"^\| (3\.\S+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(rows) == {*RELEASES.values(), *SAME_AS.values()}


def test_every_type_has_a_row():
    rows = PAGE.read_text(encoding="utf-8").splitlines()
    for entry in BUILTIN_TYPES:
        assert any(row.startswith(f"| `{entry.name}` ") for row in rows)
    assert not any("not verified" in row for row in rows)


def test_whatever_has_no_native_class_says_why():
    without = [entry for entry in BUILTIN_TYPES if native_component(entry.kind, entry.name) is None]
    assert [entry.name for entry in without] == ["direct_force"]
    assert "no native class" in without[0].note
    for entry in BUILTIN_TYPES:
        assert bool(entry.note) == (entry in without)
