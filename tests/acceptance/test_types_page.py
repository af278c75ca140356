# SPDX-License-Identifier: LGPL-3.0-or-later
"""The page of what was verified is the one that the command writes."""

from __future__ import annotations

from pathlib import Path

from dp_multitask.cli.types_page import native_component
from dp_multitask.component_types import BUILTIN_TYPES
from dp_multitask.components.verified import VERIFIED

PAGE = Path(__file__).parents[2] / "docs" / "verified.md"


def test_the_page_in_the_documentation_is_current(run_command):
    written = run_command("types", "--markdown").stdout.decode()
    assert PAGE.read_text(encoding="utf-8") == written


def test_every_type_has_a_row():
    assert {(entry.kind, entry.name) for entry in BUILTIN_TYPES} == VERIFIED.keys()


def test_whatever_has_no_native_class_says_why():
    without = [
        (entry.kind, entry.name)
        for entry in BUILTIN_TYPES
        if native_component(entry.kind, entry.name) is None
    ]
    assert without == [("fitting_net", "direct_force")]
    assert "no native class" in VERIFIED[without[0]].note
