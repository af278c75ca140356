# SPDX-License-Identifier: LGPL-3.0-or-later
"""From a place in a text to the path of what stands there."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dp_multitask.text.document import parse_document

NAMES = st.text("abcxyz_", min_size=1, max_size=4)
TREES = st.dictionaries(
    NAMES,
    st.recursive(
        st.integers() | st.booleans() | NAMES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


def paths_in(data: object, path: tuple = ()):
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in items:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from paths_in(value, (*path, key))


@pytest.mark.parametrize("form", ["json", "indented", "yaml", "flow"])
@given(data=TREES)
def test_each_value_is_found_at_its_beginning_and_each_key_as_a_key(data: dict, form: str):
    text = {
        "json": lambda: json.dumps(data),
        "indented": lambda: json.dumps(data, indent=2),
        "yaml": lambda: yaml.safe_dump(data, sort_keys=False) + "\n",
        "flow": lambda: yaml.safe_dump(data, sort_keys=False, default_flow_style=True),
    }[form]()
    document = parse_document(text, format="yaml" if form in ("yaml", "flow") else "json")
    for path in paths_in(data):
        if isinstance(path[-1], str):
            key = document.key_span(path)
            assert document.path_at(key.line, key.column) == (path, True)
        span = document.span(path)
        found, _ = document.path_at(span.line, span.column)
        assert found[: len(path)] == path


@pytest.mark.parametrize(
    ("line", "column", "expected"),
    [
        (1, 1, ((), False)),
        (2, 4, (("a",), True)),
        (2, 10, (("a",), False)),
        (3, 13, (("b", 1), False)),
        (99, 1, ((), False)),
    ],
)
def test_places_of_a_small_text(line: int, column: int, expected: tuple):
    text = '{\n  "a":   12,\n  "b": [10, 20]\n}\n'
    assert parse_document(text, format="json").path_at(line, column) == expected
