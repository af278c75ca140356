# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a notebook shows, and what the prompt says."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from dp_multitask import check, open_model
from dp_multitask.cli.main import main
from dp_multitask.diagnostics import Diagnostic, Findings

EXAMPLES = Path(__file__).parents[3] / "examples"


def test_findings_are_a_list_that_shows_as_a_table():
    found = check(json.loads((EXAMPLES / "broken/input.json").read_text()))
    assert isinstance(found, list)
    shown = found._repr_html_()
    root = ElementTree.fromstring(shown)
    assert len(root.findall("tbody/tr")) == len(found)
    assert found[0].code in shown


def test_many_findings_are_cut_and_text_is_escaped():
    one = Diagnostic("DPM011", "error", ("<b>",), None, "a < b")
    shown = Findings([one] * 1000)._repr_html_()
    assert shown.count("<tr>") == 101
    assert "and 900 more" in shown
    assert "&lt;b&gt;" in shown
    assert len(shown) < 30_000


@pytest.fixture
def model(tmp_path: Path) -> Path:
    target = tmp_path / "m.dp"
    assert main(["init", str(EXAMPLES / "water/input.json"), "-o", str(target)]) == 0
    return target


def test_an_open_model_says_what_it_is_draws_itself_and_completes_names(model: Path):
    with open_model(model) as file:
        assert repr(file) == f"<ModelFile {str(model)!r}: 5 branches>"
        shown = file._repr_html_()
        assert shown is not None
        assert ElementTree.fromstring(shown).tag.endswith("svg")
        assert file._ipython_key_completions_() == [*file.branches, "Default"]
        assert list(file["ice"]) == list(file.branch("ice"))
    assert repr(file) == f"<ModelFile {str(model)!r}: closed>"
    assert file._repr_html_() is None
