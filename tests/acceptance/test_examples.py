# SPDX-License-Identifier: LGPL-3.0-or-later
"""The water example does what its README says."""

from __future__ import annotations

from pathlib import Path

WATER = Path(__file__).parents[2] / "examples" / "water"


def test_water_in_json_and_in_yaml_resolve_to_the_same(call_command):
    from_json = call_command("resolve", WATER / "input.json")
    from_yaml = call_command("resolve", WATER / "input.yaml")
    assert from_json.returncode == 0, from_json.stderr
    assert from_json.stderr == b""
    assert from_yaml.stderr == b""
    assert from_json.stdout == from_yaml.stdout
