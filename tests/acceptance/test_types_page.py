# SPDX-License-Identifier: LGPL-3.0-or-later
"""The page of what was verified is the one that the command writes."""

from __future__ import annotations

from pathlib import Path

from dp_multitask.cli.types_page import native_component
from dp_multitask.component_types import BUILTIN_TYPES

PAGE = Path(__file__).parents[2] / "docs" / "verified.md"


def test_the_page_in_the_documentation_is_current(call_command):
    written = call_command("types", "--markdown").stdout.decode()
    assert PAGE.read_text(encoding="utf-8") == written


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
