# SPDX-License-Identifier: LGPL-3.0-or-later
"""Defaults are filled in as dargs, which DeePMD-kit does it with, fills them in."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given, settings

from dargs_arguments import input_argument
from dp_multitask.checks.schema.extract import MULTITASK, SINGLE_TASK
from dp_multitask.checks.schema.in_force import in_force, part_in_force
from dp_multitask.checks.schema.normalize import normalize
from dp_multitask.checks.schema.table import load_table
from dp_multitask.config.training_input import resolve_input
from dp_multitask.errors import SchemaError
from example_counts import examples
from schema_inputs import inputs


@pytest.mark.parametrize("root", [SINGLE_TASK, MULTITASK])
def test_a_right_input_has_the_values_that_dargs_gives(root):
    @settings(max_examples=examples(36, 500))
    @given(inputs(load_table(), root))
    def holds(config):
        try:
            normalized = normalize(config)
        except SchemaError:
            assume(False)
        peer = input_argument(root).normalize_value(config, trim_pattern="_*")
        rate = peer.get("learning_rate", {})
        if rate.get("stop_lr") is None and rate.get("stop_lr_ratio") is None and rate:
            rate["stop_lr"] = 5e-8  # what DeePMD-kit does beside
        assert json.dumps(in_force(config)) == json.dumps(peer)
        assert json.dumps(normalized, sort_keys=True) == json.dumps(peer, sort_keys=True)

    holds()


def test_real_inputs(real_inputs):
    for path in real_inputs:
        config = resolve_input(json.loads(path.read_text()))
        links = config.pop("shared_links")
        assert links
        assert in_force(config) == normalize(config)


def test_what_is_not_known_stays():
    found = in_force({"model": {"descriptor": {"type": "se_a", "cutoff": 3}}, "extra": [1]})
    assert found["extra"] == [1]
    assert found["model"]["descriptor"]["cutoff"] == 3
    assert found["model"]["descriptor"]["type"] == "se_e2_a"
    assert found["model"]["descriptor"]["axis_neuron"] == 4


def test_a_part_alone():
    assert part_in_force("fitting_net", {"neuron": [4]})["type"] == "ener"
    assert part_in_force("descriptor", "des") == "des"
    assert part_in_force("no such part", {"a": 1}) == {"a": 1}
