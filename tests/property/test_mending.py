# SPDX-License-Identifier: LGPL-3.0-or-later
"""`check --fix` over small inputs with random mistakes, in JSON and YAML.

Applying fixes twice changes nothing, no fixed input has more errors, and what no fix is about
stays: comments, the order of keys, whole lines.
"""

from __future__ import annotations

import json
import re
from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dp_multitask.checks.check import check
from dp_multitask.checks.mending import Mended, mend
from dp_multitask.text.document import Document, parse_document
from dp_multitask.text.plain_data import value_at
from example_counts import examples
from small_inputs import DESCRIPTOR, multitask, single

INPUTS = [
    multitask(),
    multitask(fitting={"neuron": [4, 4], "dim_case_embd": 2}, level=0),
    multitask(descriptor={"type": "dpa1", "sel": 8, "attn_layer": 0}, level=1),
    single(),
    single(descriptor={"type": "hybrid", "list": [DESCRIPTOR, DESCRIPTOR]}),
]
FORMATS = ("json", "yaml")
NUMBER = re.compile(r"(-?\d+(\.\d+)?)(,?)$")


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Give the path of every key."""
    if not isinstance(data, dict):
        return []
    return [found for key, value in data.items()
            for found in [(*path, key), *places(value, (*path, key))]]  # fmt: skip


def owner_of(data: Any, path: tuple[Any, ...]) -> Any:
    for part in path[:-1]:
        data = data[part]
    return data


def misspelt(owner: dict[Any, Any], key: str) -> None:
    changed = {(key[:-1] + "xy" if each == key else each): value for each, value in owner.items()}
    owner.clear()
    owner.update(changed)


def quoted(owner: dict[Any, Any], key: str) -> None:
    owner[key] = str(owner[key])


def outdated(owner: dict[Any, Any], key: str) -> None:
    owner |= {"numb_test": 2, "set_prefix": "set", "warmup_steps": 3, "opt_type": "Adam"}


def level(owner: dict[Any, Any], key: str) -> None:
    if isinstance(owner[key], str):
        owner[key] += ":7"


MISTAKES = (misspelt, quoted, outdated, level)


def repeated(text: str, line: int) -> str:
    """Write a line with a number twice, with another number first."""
    lines = text.split("\n")
    at = next((i for i in range(line % len(lines), len(lines)) if NUMBER.search(lines[i])), None)
    if at is None or ":" not in lines[at]:
        return text
    other = NUMBER.sub("7,", lines[at]) if lines[at].lstrip()[0] == '"' else lines[at]
    return "\n".join([*lines[:at], other, *lines[at:]])


def as_yaml(data: Any, indent: str = "") -> list[str]:
    """Write a mapping in blocks, what is in lists in brackets."""
    lines = []
    for key, value in data.items():
        if isinstance(value, dict) and value:
            lines += [f"{indent}{key}:", *as_yaml(value, indent + "  ")]
        else:
            lines.append(f"{indent}{key}: {json.dumps(value)}")
    return lines


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Draw the text of an input with up to four mistakes, each line of YAML with a comment."""
    data = deepcopy(draw(st.sampled_from(INPUTS)))
    for _ in range(draw(st.integers(0, 4))):
        path = draw(st.sampled_from(places(data)))
        draw(st.sampled_from(MISTAKES))(owner_of(data, path), path[-1])
    format = draw(st.sampled_from(FORMATS))
    text = json.dumps(data, indent=draw(st.sampled_from([2, 4])))
    if format == "yaml":
        text = "\n".join(as_yaml(data))
    if draw(st.booleans()):
        text = repeated(text, draw(st.integers(0, 60)))
    if format == "yaml":
        lines = text.split("\n")
        text = "\n".join(f"{line}  # note {number}" for number, line in enumerate(lines))
    return parse_document(text + "\n", format=format)


def mended(document: Document, unsafe: bool) -> Mended:
    return mend(document, check, unsafe=unsafe)


def errors(found: list[Any]) -> int:
    return sum(each.severity == "error" for each in found)


def touched(result: Mended, before: Any) -> set[str]:
    """Give the keys that the applied fixes wrote, moved or removed, with all below them."""
    found: set[str] = set()
    for each in result.applied:
        assert each.fix is not None
        for edit in each.fix.edits:
            # an emptied mapping is written anew as {}
            parts = (*edit.path[-2:], *edit.target, edit.key)
            found |= {part for part in parts if isinstance(part, str)}
            found |= set(re.findall(r"\w+", json.dumps(value_at(before, edit.path))))
    return found


@settings(max_examples=examples(7, 400))
@given(documents(), st.booleans())
def test_a_mended_input_is_no_worse_and_twice_is_once(document: Document, unsafe: bool) -> None:
    result = mended(document, unsafe)
    assert errors(result.findings) <= errors(check(document))
    assert bool(result.applied) == (result.document.text != document.text)
    again = mended(result.document, unsafe)
    assert (again.document.text, again.applied) == (result.document.text, [])


@settings(max_examples=examples(7, 400))
@given(documents(), st.booleans())
def test_what_no_fix_is_about_stays(document: Document, unsafe: bool) -> None:
    result = mended(document, unsafe)
    keys = touched(result, document.data)
    new = iter(result.document.text.split("\n"))
    for line in document.text.split("\n"):
        # a comma may come or go before what is moved or removed
        words = set(re.findall(r"\w+", line.partition("#")[0]))
        if words and not words & keys:
            kept = line.rstrip(" ,")
            assert any(kept == each.rstrip(" ,") for each in new), (line, keys)


@settings(max_examples=examples(7, 400))
@given(documents())
def test_the_order_of_keys_stays(document: Document) -> None:
    result = mended(document, unsafe=False)
    keys = touched(result, document.data)
    before = [path for path in places(document.data) if not keys.intersection(path)]
    after = [path for path in places(result.document.data) if not keys.intersection(path)]
    assert after == before
