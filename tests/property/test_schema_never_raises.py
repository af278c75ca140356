# SPDX-License-Identifier: LGPL-3.0-or-later
"""The schema has an answer to every tree, and an input it accepts normalizes."""

from __future__ import annotations

import copy
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dp_multitask.checks.schema.extract import MULTITASK
from dp_multitask.checks.schema.findings import walk_input
from dp_multitask.checks.schema.normalize import normalize
from dp_multitask.checks.schema.table import load_table
from dp_multitask.diagnostics import Diagnostic
from dp_multitask.errors import SchemaError
from example_counts import examples
from schema_inputs import ROOTS, inputs, mutated, share

TABLE = load_table()

KEYS = st.sampled_from(
    ["model", "model_dict", "shared_dict", "descriptor", "fitting_net", "type_map", "type", "list",
     "training", "data_dict", "loss_dict", "learning_rate", "validating", "models", "lora", "_x"]
) | st.text(max_size=3)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
    | st.sampled_from(["hybrid", "standard", "linear_ener", "se_e2_a", "des:0", "ener"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=30,
)  # fmt: skip


def errors(findings: list[Diagnostic]) -> list[Diagnostic]:
    return [finding for finding in findings if finding.severity == "error"]


@given(VALUES)
@settings(max_examples=examples(15, 1000))
def test_any_tree_gives_findings(tree):
    assert all(isinstance(each, Diagnostic) for each in walk_input(tree).findings)


@given(st.dictionaries(KEYS, VALUES), VALUES, VALUES)
@settings(max_examples=examples(15, 1000))
def test_any_branches_and_shared_entries_give_findings(model, branch, shared):
    config = {"model": {**model, "model_dict": {"a": branch}, "shared_dict": {"des": shared}}}
    before = repr(config)
    findings = errors(walk_input(config).findings)
    assert {each.path[0] for each in findings} <= {"model", "training"}
    paths = {each.path for each in findings}
    # it is missing, or stands in the wrong place, which is said there
    assert ("training",) in paths or any(path[-1] == "training" for path in paths)
    assert repr(config) == before


@pytest.mark.parametrize("root", ROOTS)
def test_a_random_input_without_findings_normalizes(root):
    @given(inputs(TABLE, root))
    @settings(max_examples=examples(12, 500))
    def run(config):
        before = copy.deepcopy(config)
        if not errors(walk_input(config).findings):
            again = normalize(normalize({"validating": {}, **config}))
            assert again == normalize({"validating": {}, **config})
        assert config == before

    run()


@pytest.mark.parametrize("root", ROOTS)
def test_findings_and_normalizing_agree_on_what_is_right(root):
    @given(mutated(TABLE, root))
    @settings(max_examples=examples(15, 1000))
    def run(config):
        # values that the argument check lets through and the training does not: so does this
        found = [each for each in errors(walk_input(config).findings) if each.code != "DPM021"]
        if found:
            with pytest.raises(SchemaError):
                normalize(config)
        else:
            normalize(config)

    run()


@given(inputs(TABLE, MULTITASK), st.integers(0, 2**32))
@settings(max_examples=examples(12, 500))
def test_sharing_parts_changes_no_verdict_about_them(config, seed):
    for branch in config["model"]["model_dict"].values():
        branch.pop("type_map", None)
    written = share(config, random.Random(seed))
    codes = sorted(each.code for each in errors(walk_input(config).findings))
    assert sorted(each.code for each in errors(walk_input(written).findings)) == codes
