# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where values of an input come from."""

from __future__ import annotations

import copy

import pytest

from dp_multitask import origin
from dp_multitask.checks.schema.manual import line_about, manual_page
from dp_multitask.checks.schema.table import load_table
from dp_multitask.config.training_input import resolve_input
from dp_multitask.errors import ConfigTypeError, MissingKeyError
from small_inputs import multitask, single


def config():
    made = multitask(branches=("water", "ice", "1"))
    made["model"]["data_stat_nbatch"] = 20
    made["model"]["model_dict"]["ice"]["data_stat_nbatch"] = 5
    hybrid = {"type": "hybrid", "list": ["des:0", {"type": "se_e2_r", "sel": [3, 6]}]}
    made["model"]["model_dict"]["1"]["descriptor"] = hybrid
    made["training"]["stop_batch"] = made["training"].pop("numb_steps")
    return made


@pytest.mark.parametrize(
    ("path", "value", "source", "written", "branches"),
    [
        ("water/descriptor/sel", [3, 6], "shared", "model/shared_dict/des/sel", "water ice 1"),
        ("model/model_dict/ice/type_map", ["O", "H"], "shared", "model/shared_dict/types",
         "water ice 1"),
        ("model/shared_dict/des/rcut", 4.0, "written", "model/shared_dict/des/rcut",
         "water ice 1"),
        ("water/descriptor/rcut_smth", 0.5, "default", "model/shared_dict/des/rcut_smth",
         "water ice 1"),
        ("ice/data_stat_nbatch", 5, "written", "model/model_dict/ice/data_stat_nbatch", ""),
        ("water/data_stat_nbatch", 20, "above", "model/data_stat_nbatch", "water 1"),
        ("water/data_stat_protect", 0.01, "default", "model/model_dict/water/data_stat_protect",
         ""),
        ("water/fitting_net/neuron", [4, 4], "written", "model/model_dict/water/fitting_net/neuron",
         ""),
        ("1/descriptor/list/0/rcut", 4.0, "shared", "model/shared_dict/des/rcut", "water ice 1"),
        ("1/descriptor/list/1/rcut", 6.0, "default", "model/model_dict/1/descriptor/list/1/rcut",
         ""),
        ("training/numb_steps", 1, "written", "training/stop_batch", ""),
        ("learning_rate/type", "exp", "written", "learning_rate/type", ""),
        ("optimizer", {}, "default", "optimizer", ""),
        ("training/mixed_precision/output_prec", "float32", "default",
         "training/mixed_precision/output_prec", ""),
    ],
)  # fmt: skip
def test_where_a_value_comes_from(path, value, source, written, branches):
    found = origin(config(), path)
    assert (found.value, found.source) == (value, source) or path == "optimizer"
    assert "/".join(map(str, found.written)) == written
    assert list(found.branches) == branches.split()


def test_every_value_of_a_resolved_input_is_the_one_in_force():
    made = config()
    resolved = resolve_input(made)

    def walk(value, path=()):
        if isinstance(value, dict):
            for key, below in value.items():
                walk(below, (*path, key))
        elif path[-1] != "list":  # of a hybrid, in which references stand as they are written
            found = origin(made, path)
            assert found.value == value, path

    for name, branch in resolved["model"]["model_dict"].items():
        walk(branch, ("model", "model_dict", name))


def test_a_single_task_input():
    assert origin(single(), "model/descriptor/rcut").source == "written"
    assert origin(single(), ("model", "descriptor", "resnet_dt")).value is False


def test_the_release_decides_on_defaults():
    found = origin(single(), "learning_rate/decay_steps", schema="3.0")
    assert found.release == "3.0.3"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("water/descriptr", "Did you mean 'model/model_dict/water/descriptor'"),
        ("model/model_dict/wter", "Did you mean 'model/model_dict/water'"),
        ("training/numb_stepss", "Did you mean 'training/numb_steps'"),
        ("water/fitting_net/neuron/7", "there is no '7'"),
        ("nothing/at/all", "there is no 'nothing'"),
    ],
)
def test_what_is_nowhere(path, message):
    with pytest.raises(MissingKeyError, match=message):
        origin(config(), path)


@pytest.mark.parametrize(
    "broken",
    [
        {"model": None},
        {"model": {"model_dict": {"a": {"descriptor": "x"}}}},
        {"model": {"model_dict": {"a": 3}, "shared_dict": []}},
    ],
)
def test_broken_inputs_have_places_too(broken):
    before = copy.deepcopy(broken)
    for path in ("model", "a/descriptor", "model/model_dict/a/descriptor/sel"):
        try:
            origin(broken, path)
        except MissingKeyError:
            continue
    assert broken == before


def test_no_mapping():
    with pytest.raises(ConfigTypeError):
        origin([1], "model")


def test_every_key_that_multitask_training_adds_has_a_meaning():
    table = load_table()
    for name in table.names:
        if name.startswith("multitask"):
            for field in table.body(name).fields.values():
                if "multitask" in field.place and field.name not in ("nvnmd", "shared_dict"):
                    page = manual_page(field)
                    assert page.startswith("https://")
                    if field.name.endswith("_dict") or field.name == "model_prob":
                        assert line_about(field)
