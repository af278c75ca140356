# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a notebook shows, and what the prompt says."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from dp_multitask import Links, check, open_model, preprocess_shared_params, show
from dp_multitask.cli.main import main
from dp_multitask.components import Component, Descriptor, Multitask
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
        assert list(file) == list(file.branches)
        assert list(file["ice"]) == list(file.branch("ice"))
    assert repr(file) == f"<ModelFile {str(model)!r}: closed>"
    assert file._repr_html_() is None


def test_findings_print_as_lines():
    one = Diagnostic("DPM011", "error", ("model", "x"), None, "unknown key", "Did you mean y?")
    found = Findings([one, one._replace(severity="warning", hint=None)])
    assert repr(found) == "<Findings: 1 error, 1 warning>"
    assert str(found).splitlines() == [
        "error DPM011: model/x: unknown key (Did you mean y?)",
        "warning DPM011: model/x: unknown key",
        "1 error, 1 warning",
    ]
    assert len(str(Findings([one] * 1000)).splitlines()) == 102


def test_links_stay_dictionaries_and_have_a_view():
    config = json.loads((EXAMPLES / "water/input.json").read_text())
    _, shared_links = preprocess_shared_params(config["model"])
    assert yaml.safe_load(yaml.safe_dump(shared_links)) == shared_links
    view = Links(shared_links)
    assert view == shared_links
    assert list(view) == view._ipython_key_completions_() == list(shared_links)
    assert str(view).splitlines()[0] == (
        "dpa1_local: descriptor DescrptDPA1 of liquid, ice, surface (level 1)"
    )
    assert repr(view).startswith("<Links: dpa1_local, ")
    root = ElementTree.fromstring(view._repr_html_())
    assert len(root.findall("tbody/tr")) == len(shared_links)
    assert str(Links({})) == "nothing shared"


def test_members_of_a_hybrid_and_classes_are_told_in_links():
    link = {"model_key": "ice", "shared_type": "descriptor_hybrid_1", "shared_level": 0}
    view = Links({"des": {"type": dict, "links": [link]}})
    assert str(view) == "des: descriptor dict of ice (member 1)"


def test_a_component_says_what_it_is_and_shows_its_fields():
    config = {"type": "se_e2_a", "sel": [4, 8], "neuron": [2, 4], "axis_neuron": 2}
    descriptor = Component.deserialize(Descriptor.from_config(config, ["O", "H"], 1).serialize())
    assert repr(descriptor) == "<DescrptSeA 'se_e2_a': 256 parameters in 18 variables>"
    assert descriptor["rcut"] == 6.0
    assert "embeddings" in descriptor._ipython_key_completions_()
    assert list(descriptor) == list(descriptor.serialize())
    root = ElementTree.fromstring(descriptor._repr_html_())
    rows = [[cell.text for cell in row] for row in root.findall("tbody/tr")]
    assert ["davg", "2x12x4 float64", "variable"] in rows
    assert any(row[0] == "rcut" and "Å" in row[2] for row in rows)


def test_a_multitask_model_lists_its_branches():
    config = json.loads((EXAMPLES / "water/input.json").read_text())
    model = Multitask.from_config(config["model"], 1)
    assert list(model) == model._ipython_key_completions_() == list(config["model"]["model_dict"])
    assert model["ice"]["descriptor"].kind == "descriptor"
    root = ElementTree.fromstring(model._repr_html_())
    assert [row[0].text for row in root.findall("tbody/tr")] == list(model)
    assert len(model._repr_html_()) < 10_000


def test_a_summary_is_one_line_and_a_picture():
    summary = show(EXAMPLES / "water/input.json")
    assert repr(summary).startswith("<Summary of the training input ")
    assert ElementTree.fromstring(summary._repr_html_()).tag.endswith("svg")
