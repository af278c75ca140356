# SPDX-License-Identifier: LGPL-3.0-or-later
"""Pictures: what they say, that they are well formed whatever the names, that nothing overlaps."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp_multitask.config.summary import VariableSummary, summarize_input
from dp_multitask.pictures.amounts import bytes_text, parameters_text, percent_text
from dp_multitask.pictures.diagram import Diagram, diagram_of, training_of
from dp_multitask.pictures.html import html_page
from dp_multitask.pictures.lettering import fitted, width
from dp_multitask.pictures.mermaid import mermaid_picture
from dp_multitask.pictures.svg import svg_picture

SVG = "{http://www.w3.org/2000/svg}"


def an_input(names: list[str], levels: dict[str, int] | None = None) -> dict:
    """Give an input in which all branches share a descriptor and every other a fitting net."""
    levels = levels or {}
    shared = {
        "types": ["O", "H"],
        "des": {"type": "dpa1", "rcut": 6.0, "rcut_smth": 0.5, "sel": 20},
        "fit": {"neuron": [8]},
    }
    branches = {
        name: {
            "type_map": "types",
            "descriptor": f"des:{levels.get(name, 0)}",
            "fitting_net": "fit" if number % 2 == 0 else {"neuron": [4]},
        }
        for number, name in enumerate(names)
    }
    data = {name: {"training_data": {"systems": ["a"] * (n + 1)}} for n, name in enumerate(names)}
    return {
        "model": {"shared_dict": shared, "model_dict": branches},
        "training": {"data_dict": data},
    }


def a_diagram(names: list[str], levels: dict[str, int] | None = None) -> Diagram:
    config = an_input(names, levels)
    return diagram_of(summarize_input(config, "in.json"), None, training_of(config))


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_a_picture_names_every_branch_and_every_shared_part():
    svg = svg_picture(a_diagram(["liquid", "ice", "steam"], {"ice": 1}))
    shown = texts(svg)
    assert {"liquid", "ice", "steam", "des", "fit"} <= set(shown)
    assert "level 1" in shown
    assert "own" in shown


def test_one_line_a_use_and_a_dashed_one_above_level_0():
    svg = svg_picture(a_diagram(["a1", "a2", "a3", "a4"], {"a2": 1}))
    wires = [
        each.get("class")
        for each in ElementTree.fromstring(svg).iter(f"{SVG}path")
        if (each.get("class") or "").startswith("wire")
    ]
    assert sorted(wires) == ["wire"] * 5 + ["wire higher"]


def test_what_only_one_branch_uses_is_not_called_shared():
    config = an_input(["alone", "other"])
    diagram = diagram_of(summarize_input(config, "in.json"))
    assert [part.key for part in diagram.shared] == ["des"]


def test_a_picture_tells_in_words_what_it_shows():
    root = ElementTree.fromstring(svg_picture(a_diagram(["a1", "a2"], {"a2": 1})))
    said = root.findtext(f"{SVG}desc")
    assert said == "descriptor des (DescrptDPA1), level 0: a1; level 1: a2."


def test_colours_follow_light_and_dark_and_no_script_is_in_it():
    svg = svg_picture(a_diagram(["a1", "a2"]))
    assert "prefers-color-scheme:dark" in svg
    assert "<script" not in svg
    assert not re.search(r'(href|src)="', svg)


@pytest.mark.parametrize("number", [1, 3, 13, 31, 100])
def test_boxes_and_cards_do_not_overlap_and_stay_inside(number: int):
    names = [f"branch_{n}" for n in range(number)]
    root = ElementTree.fromstring(svg_picture(a_diagram(names)))
    size = float(root.get("width", 0)), float(root.get("height", 0))
    boxes = [
        tuple(float(each.get(key, 0)) for key in ("x", "y", "width", "height"))
        for each in root.iter(f"{SVG}rect")
        if each.get("class") in ("card", "part")
    ]
    assert len(boxes) >= number
    for x, y, w, h in boxes:
        assert x >= 0
        assert y >= 0
        assert x + w <= size[0]
        assert y + h <= size[1]
    for (x, y, w, h), (p, q, v, g) in combinations(boxes, 2):
        assert x + w <= p or p + v <= x or y + h <= q or q + g <= y


def test_probabilities_come_from_model_prob_or_the_number_of_systems():
    config = an_input(["a1", "a2"])
    assert training_of(config).probability == {"a1": 1 / 3, "a2": 2 / 3}
    config["training"]["model_prob"] = {"a1": 1, "a2": 3}
    assert training_of(config).probability == {"a1": 0.25, "a2": 0.75}


@pytest.mark.parametrize("training", [None, [], {"data_dict": 3}, {"model_prob": {"a1": "x"}}])
def test_a_broken_training_section_leaves_numbers_out(training: object):
    config = an_input(["a1", "a2"]) | {"training": training}
    svg = svg_picture(diagram_of(summarize_input(config, "x"), None, training_of(config)))
    assert "%" not in "".join(texts(svg))


class Balanced(HTMLParser):
    """Collect what is opened and not closed."""

    VOID = frozenset(("meta", "input", "br", "rect", "circle", "path"))
    OPTIONAL = frozenset(("p", "td", "th"))

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.scripts += tag == "script"
        if tag not in self.VOID | self.OPTIONAL:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            assert self.open.pop() == tag


def test_the_page_holds_variables_and_cuts_only_what_no_browser_opens():
    diagram = a_diagram(["a1", "a2"])
    variable = VariableSummary("a1", "", "float64", (2, 3), 48, None)
    rows = [variable._replace(path=f"descriptor/v{n}") for n in range(2100)]
    page = html_page(diagram, rows)
    assert "descriptor/v1999" in page
    assert "descriptor/v2000" not in page
    assert "and 100 more" in page
    parser = Balanced()
    parser.feed(page)
    assert parser.open == []
    assert parser.scripts == 1


@given(st.lists(st.text(min_size=1), min_size=1, max_size=4, unique=True))
def test_any_name_gives_a_well_formed_picture(names: list[str]):
    names = [name for name in names if not name.startswith("_")]
    if not names:
        return
    diagram = a_diagram(names)
    root = ElementTree.fromstring(svg_picture(diagram))
    assert root.tag == f"{SVG}svg"
    page = html_page(diagram, [VariableSummary(names[0], names[-1], "<b>", (), 0, names[0])])
    parser = Balanced()
    parser.feed(page)
    assert parser.scripts == 1
    assert parser.open == []
    edges = mermaid_picture(diagram).splitlines()
    assert edges[0] == "flowchart LR"
    assert all(line.count('"') % 2 == 0 for line in edges)


@given(st.text(), st.floats(20, 400))
def test_cut_text_fits(text: str, room: float):
    cut = fitted(text, room, 12)
    assert width(cut, 12) <= room or cut == "…"


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (70_400, "70.4 kB"), (999_700, "1 MB")],
)
def test_bytes(number: int, text: str):
    assert bytes_text(number) == text


def test_other_amounts():
    assert parameters_text(1_017_643) == "1.02 M"
    assert percent_text(0.4) == "40 %"
    assert percent_text(0.00015) == "0.015 %"
