# SPDX-License-Identifier: LGPL-3.0-or-later
"""A branch of any multitask input that the schema accepts is an input that it accepts."""

from __future__ import annotations

import copy
import random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dp_multitask.checks.schema.extract import MULTITASK
from dp_multitask.checks.schema.findings import walk_input
from dp_multitask.checks.schema.table import load_table
from dp_multitask.config.branch import branch_input
from example_counts import examples
from schema_inputs import BRANCHES, inputs, share
from strategies import model_sections

TABLE = load_table()


@settings(max_examples=examples(6, 500))
@given(inputs(TABLE, MULTITASK), st.integers(0, 2**32), st.sampled_from(BRANCHES))
def test_branches_of_right_inputs_are_right(config, seed, branch):
    epochs = config["training"].get("num_epoch_dict")
    if epochs is not None:
        epochs.update(dict.fromkeys(BRANCHES, 1))
    assume(not _errors(config))
    written = share(config, random.Random(seed))
    before = copy.deepcopy(written)
    single = branch_input(written, branch)
    assert written == before
    assert _errors(single) == []


@settings(max_examples=examples(6, 500))
@given(model_sections(), st.data())
def test_the_model_of_a_branch_has_no_reference_left(section, data):
    name = data.draw(st.sampled_from(list(section["model_dict"])))
    model = branch_input({"model": section}, name)["model"]
    assert not any(isinstance(model.get(key), str) for key in ("descriptor", "fitting_net"))
    assert "model_branch_alias" not in model
    assert branch_input({"model": {"model_dict": {name: model}}}, name)["model"] == model


def _errors(config):
    return [each for each in walk_input(config).findings if each.severity == "error"]
