# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the values of a text cost, by estimate and in truth."""

from __future__ import annotations

import json
import tracemalloc

import pytest

from dp_multitask.text.document import parse_document
from dp_multitask.text.limits import memory_of_values

_BRANCH = {"type": "se_e2_a", "sel": [46, 92], "rcut": 6.0, "neuron": [25, 50, 100], "_": None}
SHAPES = {
    "short numbers": [n % 100 / 100 for n in range(30_000)],
    "long numbers": [n / 7 for n in range(20_000)],
    "texts": [f"system {n % 100}" for n in range(10_000)],
    "texts with marks": ["a, b: [c], {d}, " * 20] * 300,
    "small mappings": [{"a": n, "b": 0.5} for n in range(5_000)],
    "lists": [[n % 100, 0] for n in range(10_000)],
    "empty lists": [[] for _ in range(20_000)],
    "keys of their own": {f"key {n}": n for n in range(10_000)},
    "branches": {f"branch {n}": _BRANCH for n in range(1_000)},
}


def taken(text: str) -> int:
    """Give the bytes that are taken at most while a text is read, besides the text."""
    tracemalloc.start()
    try:
        document = parse_document(text, name="a.json")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert document.warnings == []
    return peak


@pytest.mark.parametrize("shape", SHAPES)
def test_the_memory_of_json_is_estimated_well(shape):
    text = json.dumps({"_": SHAPES[shape]})
    estimate, truth = memory_of_values(text), taken(text)
    assert estimate + len(text) > 0.75 * truth - 50_000
    assert estimate < 1.6 * truth + len(text)


@pytest.mark.parametrize("shape", SHAPES)
def test_yaml_takes_no_more_than_it_is_charged_for(shape, monkeypatch):
    text = json.dumps({"_": SHAPES[shape]}).replace("null", "~")
    charged = []
    reader = "dp_multitask.text.yaml_reader.YamlReader._spend"
    monkeypatch.setattr(reader, lambda self, nbytes: charged.append(nbytes))
    parse_document(text, name="a.yaml")
    assert 0.6 * memory_of_values(text) < sum(charged) < 2.2 * memory_of_values(text) + len(text)


@pytest.mark.parametrize("name", ["a.json", "a.yaml"])
def test_equal_short_numbers_and_keys_are_one_object(name):
    document = parse_document('{"a": [{"key": 1.25}, {"key": 1.25}, 1234, 1234]}', name=name)
    first, second, *integers = document.data["a"]
    assert first["key"] is second["key"]
    assert integers[0] is integers[1]
    assert next(iter(first)) is next(iter(second))
