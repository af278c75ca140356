# SPDX-License-Identifier: LGPL-3.0-or-later
"""`check` never raises, whatever the tree, and its findings are always fit to be shown."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dp_multitask.checks.check import check
from dp_multitask.checks.codes import all_codes
from dp_multitask.cli.reporters import REPORT_FORMATS, reporter
from dp_multitask.cli.reporters.report import FileReport
from dp_multitask.component_types import BACKENDS
from dp_multitask.config.training_input import has_shared_parts, resolve_input
from dp_multitask.errors import ConfigError, DocumentError
from dp_multitask.text.document import Document, dump_data, parse_document
from example_counts import examples

INPUTS = sorted((Path(__file__).parents[1] / "data" / "inputs").glob("*.json"))
REAL = [json.loads(file.read_text()) for file in INPUTS]
CODES = all_codes()

# the names that rules and schema look for, so that arbitrary trees come close to inputs
WORDS = st.sampled_from((
    "model", "model_dict", "shared_dict", "type_map", "descriptor", "fitting_net", "type", "list",
    "hybrid", "sel", "auto", "se_e2_a", "dpa1", "dpa2", "dpa3", "se_t", "ener", "dos", "des",
    "des:1", "des:", "fit", "models", "loss", "loss_dict", "training", "data_dict", "model_prob",
    "num_epoch_dict", "numb_steps", "num_epoch", "stat_file", "systems", "training_data", "RANDOM",
    "Default", "finetune_head", "model_branch_alias", "dim_case_embd", "data_stat_protect", "spin",
    "lora", "neuron", "repinit", "repformer", "repflow", "use_srtab", "validating",
    "full_validation", "zero_stage", "_x", "_comment", "a.b", "learning_rate", "linear_ener",
    "water", "ice",
))
KEYS = WORDS | st.text(max_size=6)


class Awkward:
    """Like an array: comparing gives no truth value."""

    def __eq__(self, other: object) -> Any:
        return self

    __hash__ = None

    def __bool__(self) -> bool:
        msg = "the truth value is ambiguous"
        raise ValueError(msg)


FOREIGN = st.sampled_from([Awkward(), (1, 2), b"x", {1, 2}, object(), 10**400, "\ud800", int])
FOREIGN_KEYS = st.sampled_from([1, -1, 1.5, None, True, (1, 2), b"k", "\ud800"])
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=8)
)
TREES = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(KEYS, below, max_size=5),
    max_leaves=25,
)
INPUT_LIKE = st.fixed_dictionaries(
    {},
    optional={
        "model": st.fixed_dictionaries(
            {},
            optional={
                "model_dict": st.dictionaries(KEYS, st.dictionaries(KEYS, TREES, max_size=5))
                | TREES,
                "shared_dict": st.dictionaries(KEYS, TREES, max_size=5) | TREES,
                "models": st.lists(st.dictionaries(KEYS, TREES, max_size=5), max_size=3) | TREES,
                "type_map": TREES,
                "descriptor": TREES,
                "fitting_net": TREES,
            },
        ),
        "loss_dict": st.dictionaries(KEYS, TREES, max_size=4),
        "loss": TREES,
        "training": st.dictionaries(KEYS, TREES, max_size=6),
        "validating": TREES,
    },
)


@st.composite
def mutated_inputs(draw: st.DrawFn) -> dict[str, Any]:
    """A real input in which a few places were replaced, removed, renamed or doubled."""
    data = deepcopy(draw(st.sampled_from(REAL)))
    for _ in range(draw(st.integers(1, 5))):
        _mutate(draw, data)
    return data


@st.composite
def foreign_inputs(draw: st.DrawFn) -> dict[str, Any]:
    """A real input with values and keys that only Python can hold."""
    data = deepcopy(draw(st.sampled_from(REAL)))
    for _ in range(draw(st.integers(1, 4))):
        here, key = _place(draw, data)
        if isinstance(here, dict) and draw(st.booleans()):
            here[draw(FOREIGN_KEYS)] = here.pop(key)
        else:
            here[key] = draw(FOREIGN)
    return data


def _place(draw: st.DrawFn, data: Any) -> tuple[Any, Any]:
    """Choose a mapping or list that is not empty, and one of its keys."""
    here = data
    while True:
        key = draw(st.sampled_from(list(here) if isinstance(here, dict) else range(len(here))))
        below = here[key]
        if not (isinstance(below, dict | list) and below and draw(st.integers(0, 5))):
            return here, key
        here = below


def _mutate(draw: st.DrawFn, data: Any) -> None:
    if not data:
        return
    here, key = _place(draw, data)
    what = draw(st.sampled_from(["replace", "remove", "rename", "copy"]))
    if what == "replace" or isinstance(here, list):
        here[key] = draw(TREES)
    elif what == "remove":
        del here[key]
    elif what == "rename":
        here[draw(KEYS)] = here.pop(key)
    else:
        here[draw(KEYS)] = deepcopy(here[key])


def assert_fit_to_show(data: Any, backend: str = "pt") -> None:
    for each in check(data, backend=backend):
        assert each.code in CODES
        assert each.severity in ("error", "warning")
        assert each.message.strip()


@settings(max_examples=examples(18, 3_500))
@given(TREES, st.sampled_from(BACKENDS))
def test_no_tree_makes_check_raise(data: Any, backend: str) -> None:
    assert_fit_to_show(data, backend)


@settings(max_examples=examples(18, 3_500))
@given(INPUT_LIKE, st.sampled_from(BACKENDS))
def test_no_tree_with_the_right_sections_makes_check_raise(data: Any, backend: str) -> None:
    assert_fit_to_show(data, backend)


@settings(max_examples=examples(18, 3_500))
@given(mutated_inputs(), st.sampled_from(BACKENDS))
def test_no_mutation_of_a_real_input_makes_check_raise(data: Any, backend: str) -> None:
    assert_fit_to_show(data, backend)


@settings(max_examples=examples(18, 3_500))
@given(foreign_inputs(), st.sampled_from(BACKENDS))
def test_no_value_that_only_python_can_hold_makes_check_raise(data: Any, backend: str) -> None:
    assert_fit_to_show(data, backend)


@settings(max_examples=examples(12, 1_000))
@given(mutated_inputs(), st.sampled_from(["json", "yaml"]), st.booleans())
def test_every_finding_has_its_place_and_every_format_can_show_it(
    data: dict[str, Any], format: str, coloured: bool
) -> None:
    document = _document(data, format)
    if document is None:
        return
    findings = check(document)
    lines = document.text.split("\n")
    for each in findings:
        assert each.span is not None
        assert 1 <= each.span.line <= each.span.end_line <= len(lines)
        assert 1 <= each.span.column <= len(lines[each.span.line - 1]) + 1
    for name in REPORT_FORMATS:
        shown = reporter(name)([FileReport("f", document.text, findings)], coloured)
        shown.encode()
        assert all(each.code in shown for each in findings)


@settings(max_examples=examples(18, 1_500))
@given(mutated_inputs())
def test_places_do_not_change_what_is_found(data: dict[str, Any]) -> None:
    document = _document(data, "json")
    if document is None:
        return
    with_places = {(each.code, each.path, each.message) for each in check(document)}
    assert with_places == {(each.code, each.path, each.message) for each in check(document.data)}


@settings(max_examples=examples(24, 2_000))
@given(mutated_inputs() | INPUT_LIKE)
def test_what_cannot_be_resolved_has_an_error(data: dict[str, Any]) -> None:
    if not isinstance(data, dict) or not has_shared_parts(data):
        return
    try:
        resolve_input(data)
    except ConfigError:
        assert "error" in {each.severity for each in check(data)}


def _document(data: Any, format: str) -> Document | None:
    """Write a tree as text and read it again; None where it has no text of this format."""
    try:
        return parse_document(dump_data(data, format), format=format)
    except (DocumentError, TypeError):
        return None


@pytest.mark.parametrize("depth", [300, 5000])
def test_deep_nesting_is_a_finding(depth: int) -> None:
    data: Any = {}
    for _ in range(depth):
        data = {"model": data}
    assert [each.code for each in check(data)] == ["DPM912"]


def test_a_tree_that_holds_itself_is_a_finding() -> None:
    data: dict[str, Any] = {}
    data["model"] = [data, data]
    assert [each.code for each in check(data)] == ["DPM912"]
