# SPDX-License-Identifier: LGPL-3.0-or-later
"""DeePMD-kit's single-task argument check accepts every branch that is split off an input."""

from __future__ import annotations

import copy
import json
import random
import warnings

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dp_multitask.checks.schema.extract import MULTITASK
from dp_multitask.checks.schema.table import load_table
from dp_multitask.config.branch import branch_input
from dp_multitask.config.resolve import preprocess_shared_params
from example_counts import examples
from schema_inputs import BRANCHES, inputs, share

argcheck = pytest.importorskip("deepmd.utils.argcheck", reason="needs an installed DeePMD-kit")

pytestmark = pytest.mark.interop


def normalized(config, *, multi_task=False):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return argcheck.normalize(copy.deepcopy(config), multi_task=multi_task)


def test_every_branch_of_every_real_input_is_accepted(real_inputs):
    checked = 0
    for file in real_inputs:
        config = json.loads(file.read_text())
        model, _ = preprocess_shared_params(config["model"])
        whole = normalized(config | {"model": model}, multi_task=True)
        for name in model["model_dict"]:
            single = normalized(branch_input(config, name))
            expected = whole["model"]["model_dict"][name] | {"model_branch_alias": []}
            assert single["model"] == expected
            assert single["loss"] == whole["loss_dict"][name]
            assert single["learning_rate"] == whole["learning_rate"]
            assert single["training"].items() >= whole["training"]["data_dict"][name].items()
            checked += 1
    assert checked >= 6


@settings(max_examples=examples(24, 200))
@given(inputs(load_table(), MULTITASK), st.integers(0, 2**32), st.sampled_from(BRANCHES))
def test_a_branch_of_whatever_it_accepts_is_accepted(config, seed, branch):
    epochs = config["training"].get("num_epoch_dict")
    if epochs is not None:
        epochs.update(dict.fromkeys(BRANCHES, 1))
    written = share(config, random.Random(seed))
    model, _ = preprocess_shared_params(written["model"], class_of=lambda kind, params: kind)
    try:
        whole = normalized(written | {"model": model}, multi_task=True)
    except Exception:
        assume(False)
    single = normalized(branch_input(written, branch))
    expected = whole["model"]["model_dict"][branch]
    assert _without_aliases(single["model"]) == _without_aliases(expected)


def _without_aliases(model):
    return {key: value for key, value in model.items() if key != "model_branch_alias"}
