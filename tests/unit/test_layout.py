# SPDX-License-Identifier: LGPL-3.0-or-later
"""Places in a text: what they cost, and where what is merged or odd stands."""

from __future__ import annotations

import json
import tracemalloc

import pytest

from dp_multitask.diagnostics import Span
from dp_multitask.text.document import parse_document
from dp_multitask.text.nodes import layout


@pytest.mark.parametrize("name", ["a.json", "a.yaml"])
def test_places_take_less_memory_than_four_times_the_text(name):
    rows = [[n, 0.5, "abc"] for n in range(5000)]
    flow = ", ".join(f"[{n}, 0.5, abc]" for n, *_ in rows)
    text = json.dumps({"rows": rows}) if name == "a.json" else f"rows: [{flow}]\n"
    document = parse_document(text, name=name)
    tracemalloc.start()
    try:
        span = document.span(("rows", 4900, 1))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert document.text[span.column - 1 : span.end_column - 1] == "0.5"
    assert peak < 4 * len(text)


def test_what_comes_in_by_a_long_chain_of_merge_keys_has_a_place():
    lines = ["a0: &a0 {x: 1, y: 2}"]
    lines += [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 12)]
    document = parse_document("\n".join(lines), name="a.yaml")
    assert document.span(("a11", "y")) == Span(1, 19, 1, 20)
    assert document.span(("a11", "z")).line == 12


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ('{"a\\"b": 1, "\\u00e4": 2, "\\ud800": 3, "": 4, "c\\/d": 5}',
         ['a"b', "ä", "\ud800", "", "c/d"]),
        ("'it''s': 1\n\"q\\x41\": 2\n!!str t: 3\n&k kk: 4\n? long\n  key\n: 5\n",
         ["it's", "qA", "t", "kk", "long key"]),
        ("a: &m {x: 1}\n<<: *m\n\"<<\": 2\n", ["a", None, "<<"]),
    ],
)  # fmt: skip
def test_keys_are_those_that_are_read(text, keys):
    found = layout(text, "json" if text[0] == "{" else "yaml")
    assert [item.key for item in found.items] == keys
    assert all(key is None or found.rank(key) == rank for rank, key in enumerate(keys))


def test_the_earlier_ones_of_a_repeated_key_are_known():
    found = layout('{"a": 1, "b": 2, "a": 3, "a": 4}', "json")
    assert found.rank("a") == 3
    assert found.earlier("a") == [0, 2]
    assert found.earlier("b") == []
