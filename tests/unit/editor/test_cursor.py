# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where the cursor stands in a text that is not finished; ``|`` marks it."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dp_multitask.editor.cursor import cursor_in
from dp_multitask.text.document import parse_document
from dp_multitask.text.positions import offset_of

JSON = [
    ('{"mod|', ((), None, False, "mod")),
    ('{"model": {"|', (("model",), None, False, "")),
    ('{"model": {"type_map": "ty|', (("model",), "type_map", False, "ty")),
    ('{"model": {"a": {"x": 1}, "type_map": "ty|"}}', (("model",), "type_map", False, "ty")),
    ('{"a": [{"b": 1}, {"c|', (("a", 1), None, False, "c")),
    ('{"a": ["x", "y|', (("a",), None, True, "y")),
    ('{"a": tr|', ((), "a", False, "tr")),
    ('{"a": {"b": "c, {d"}, "e|', ((), None, False, "e")),
    ("|", ((), None, False, "")),
    ('{"a": 1, |', ((), None, False, "")),
]
YAML = [
    ("mod|", ((), None, False, "mod")),
    ("model:\n  |", (("model",), None, False, "")),
    ("model:\n  type_map: ty|", (("model",), "type_map", False, "ty")),
    ("model:\n  a:\n    x: 1\n  ty|", (("model",), None, False, "ty")),
    # a text, or the first key of a mapping
    ("a:\n  - b: 1\n    c: 2\n  - d|", (("a",), None, True, "d")),
    ("a:\n  - b: 1\n  - c: x\n    d: y|", (("a", 1), "d", False, "y")),
    ("a:\n- x\n- y|", (("a",), None, True, "y")),
    ("a: {b: 1, c|", (("a",), None, False, "c")),
    ("a: {b: 1, c: d|", (("a",), "c", False, "d")),
    ("a:\n  b: 1\n# note: x\nc: |", ((), "c", False, "")),
    ('a:\n  "b c": x|', (("a",), "b c", False, "x")),
]


@pytest.mark.parametrize(("marked", "expected"), JSON)
def test_in_json(marked: str, expected: tuple):
    found = cursor_in(marked.replace("|", ""), marked.index("|"), yaml=False)
    assert found[:4] == expected


@pytest.mark.parametrize(("marked", "expected"), YAML)
def test_in_yaml(marked: str, expected: tuple):
    found = cursor_in(marked.replace("|", ""), marked.index("|"), yaml=True)
    assert found[:4] == expected


RESTS = [
    # an editor closes the quote as one types the first; the completed text has but one
    ("json", '{"model": {"type_map": "|"}}', '"'),
    ("json", '{"model": {"type_map": "ty|pes"}}', 'pes"'),
    ("json", '{"model": {"type_map": "ty|", "a": "b"}}', '"'),
    ("json", '{"mod|el": 1}', 'el"'),
    ("json", '{"a\\"|\\"b": 1}', '\\"b"'),
    # what is not closed does not take what follows
    ("json", '{"model": {"type_map": "ty|, "a": "b"}}', ""),
    ("json", '{"model": {"type_map": "ty|', ""),
    ("json", '{"model": {"type_map": "ty|\n, "a": "b"}}', ""),
    ("json", '{"a": t|rue, "b": 1}', "rue"),
    ("json", '{"a": |, "b": 1}', ""),
    ("json", '{|"b": 1}', ""),
    ("yaml", "a: dpa1_|local:1", "local:1"),
    ("yaml", "a: dpa1_|local:1 # why", "local:1"),
    ("yaml", "num|b: 1", "b"),
    ("yaml", "a: 'x|y'\r\nb: 'c'", "y'"),
    ("yaml", "a: 'x|\r\nb: 'c'", ""),
    ("yaml", "a: {b: x|y, c: d}", "y"),
    ("yaml", "a: |b", ""),
]


@pytest.mark.parametrize(("format_", "marked", "rest"), RESTS)
def test_the_rest_of_what_is_typed(format_: str, marked: str, rest: str):
    text = marked.replace("|", "")
    assert cursor_in(text, marked.index("|"), yaml=format_ == "yaml").rest == rest


WORDS = st.text("abcx_", min_size=1, max_size=4)
TREES = st.dictionaries(
    WORDS,
    st.recursive(
        WORDS,
        lambda inner: st.dictionaries(WORDS, inner, min_size=1, max_size=3),
        max_leaves=6,
    ),
    min_size=1,
    max_size=3,
)


@pytest.mark.parametrize("form", ["json", "yaml"])
@given(data=TREES)
def test_each_key_of_a_finished_text_is_found_from_what_stands_before_it(data: dict, form: str):
    written = {"json": lambda: json.dumps(data, indent=2), "yaml": lambda: yaml.safe_dump(data)}
    text = written[form]()
    document = parse_document(text, format=form)

    def walk(node: dict, path: tuple):
        for key, value in node.items():
            span = document.key_span((*path, key))
            start = offset_of(text, span.line, span.column) + (form == "json")
            found = cursor_in(text, start + 1, yaml=form == "yaml")
            assert (found.path, found.key, found.typed) == (path, None, key[:1])
            if isinstance(value, dict):
                walk(value, (*path, key))

    walk(document.data, ())


@given(st.text('{}[]",:ab \n\\-#', max_size=40), st.booleans())
def test_any_text_gives_a_cursor(text: str, is_yaml: bool):
    for offset in range(len(text) + 1):
        found = cursor_in(text, offset, yaml=is_yaml)
        assert text[:offset].endswith(found.typed)
