# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask schema`` as a user runs it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest


def test_the_schema_goes_to_standard_output(run_command):
    result = run_command("schema")
    assert result.returncode == 0
    assert result.stderr == b""
    schema = json.loads(result.stdout)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"] == "Training input of DeePMD-kit 3.2.0"


def test_the_published_schema_is_current(call_command):
    published = Path(__file__).parents[2] / "docs/deepmd-input.schema.json"
    current = published.read_bytes() == call_command("schema").stdout
    assert current, "dp-multitask schema -o docs/deepmd-input.schema.json --force"


def test_the_entry_for_schemastore_names_the_published_schema():
    root = Path(__file__).parents[2]
    text = (root / "docs/releasing.md").read_text(encoding="utf-8")
    entry = json.loads(re.findall(r"```json\n(.*?)```", text, re.DOTALL)[0])
    assert set(entry) == {"name", "description", "fileMatch", "url"}
    assert (root / entry["url"].partition("/main/")[2]).exists()
    assert "input.json" not in entry["fileMatch"]


def test_a_file_and_an_older_release_can_be_asked_for(call_command, tmp_path):
    result = call_command("schema", "--schema", "3.1", "-o", "out.json")
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    schema = json.loads((tmp_path / "out.json").read_text())
    assert schema["title"] == "Training input of DeePMD-kit 3.1.3"


def test_an_unknown_release_is_a_usage_error(call_command):
    result = call_command("schema", "--schema", "2.0")
    assert result.returncode == 2
    assert result.stdout == b""
    assert b"unknown schema '2.0'" in result.stderr
    assert b"choose one of 3.2, 3.1, 3.0, installed" in result.stderr


@pytest.mark.parametrize("version", ["3.2", "3.2.0", "3.1", "3.1.3", "3.0"])
def test_check_and_schema_take_the_same_releases(call_command, tmp_path, version):
    (tmp_path / "input.json").write_text("{}")
    assert call_command("schema", "--schema", version).returncode == 0
    assert call_command("check", "input.json", "--schema", version).returncode == 1


@pytest.mark.parametrize("command", [("schema",), ("check", "x"), ("resolve", "x")])
def test_an_unknown_release_comes_with_the_known_ones(call_command, command):
    done = call_command(*command, "--schema", "2.9")
    assert done.returncode == 2
    assert b"unknown schema '2.9', choose one of 3.2, 3.1" in done.stderr
