# SPDX-License-Identifier: LGPL-3.0-or-later
"""The JSON Schema and the findings agree over random inputs."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dp_multitask.checks.schema.cross_section import ARGUMENT_CHECK
from dp_multitask.checks.schema.extract import MULTITASK
from dp_multitask.checks.schema.findings import walk_input
from dp_multitask.checks.schema.json_schema import json_schema
from dp_multitask.checks.schema.table import load_table
from example_counts import examples
from schema_inputs import ROOTS, inputs, mutated, share

TABLE = load_table()
VALIDATOR = Draft202012Validator(json_schema())

# A JSON Schema has no relations between values, outdated keys are valid in it, and the texts that
# only training refuses are told by code.
UNSAID = {"DPM017", "DPM018", "DPM021", *ARGUMENT_CHECK}


def without_free_parts(config: dict) -> dict:
    """Take the shared entries away, which are random here and belong to no branch."""
    config["model"].pop("shared_dict", None)
    return config


@pytest.mark.parametrize("root", ROOTS)
def test_right_inputs_are_valid(root):
    @given(inputs(TABLE, root))
    @settings(max_examples=examples(6, 200))
    def run(config):
        shown = VALIDATOR.iter_errors(without_free_parts(config))
        assert [error.message for error in shown] == []

    run()


@given(inputs(TABLE, MULTITASK), st.integers(0, 2**32))
@settings(max_examples=examples(6, 200))
def test_inputs_with_shared_parts_are_valid(config, seed):
    written = share(config, random.Random(seed))
    assert [error.message for error in VALIDATOR.iter_errors(written)] == []


@pytest.mark.parametrize("root", ROOTS)
def test_what_the_findings_report_is_marked(root):
    @given(mutated(TABLE, root))
    @settings(max_examples=examples(9, 300))
    def run(config):
        codes = {each.code for each in walk_input(config).findings} - UNSAID
        if codes:
            assert not VALIDATOR.is_valid(config)

    run()
