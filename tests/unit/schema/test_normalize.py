# SPDX-License-Identifier: LGPL-3.0-or-later
"""Normalizing fills in defaults and canonical names, and refuses what the schema refuses.

That the result equals DeePMD-kit's is tested against the real one, in ``tests/interop``.
"""

from __future__ import annotations

import copy

import pytest

from dp_multitask.checks.schema.normalize import normalize
from dp_multitask.errors import ConfigError, ConfigTypeError, SchemaError
from rule_case import SINGLE

DESCRIPTOR = {"type": "se_a", "sel": [46], "n_axis_neuron": 8, "_comment": "small"}
INPUT = {
    "model": {
        "model_dict": {
            "a": {"type_map": ["O"], "descriptor": DESCRIPTOR, "fitting_net": {}},
        }
    },
    "loss_dict": {"a": {}},
    "learning_rate": {"start_lr": 0.001},
    "training": {
        "data_dict": {"a": {"training_data": {"systems": "x", "set_prefix": "set"}}},
        "stop_batch": 10,
    },
}


@pytest.fixture(scope="module")
def normalized():
    return normalize(INPUT)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("model/shared_dict", {}),
        ("model/model_dict/a/type", "standard"),
        ("model/model_dict/a/descriptor/type", "se_e2_a"),
        ("model/model_dict/a/descriptor/axis_neuron", 8),
        ("model/model_dict/a/descriptor/rcut", 6.0),
        ("model/model_dict/a/fitting_net/type", "ener"),
        ("loss_dict/a/type", "ener"),
        ("training/numb_steps", 10),
        ("training/data_dict/a/training_data/batch_size", "auto"),
        ("learning_rate/type", "exp"),
        ("learning_rate/stop_lr", 5e-8),
    ],
)
def test_defaults_and_canonical_names_are_filled_in(normalized, place, value):
    node = normalized
    for part in place.split("/"):
        node = node[part]
    assert node == value


@pytest.mark.parametrize(
    ("place", "key"),
    [
        ("model/model_dict/a/descriptor", "_comment"),
        ("model/model_dict/a/descriptor", "n_axis_neuron"),
        ("training", "stop_batch"),
        ("training/data_dict/a/training_data", "set_prefix"),
    ],
)
def test_comments_aliases_and_outdated_keys_are_gone(normalized, place, key):
    node = normalized
    for part in place.split("/"):
        node = node[part]
    assert key not in node


def test_the_argument_is_left_alone_and_the_result_is_independent():
    config = copy.deepcopy(INPUT)
    result = normalize(config)
    result["model"]["model_dict"]["a"]["type_map"].append("H")
    result["model"]["model_dict"]["a"]["fitting_net"]["neuron"].append(1)
    assert config == INPUT
    assert normalize(config)["model"]["model_dict"]["a"]["fitting_net"]["neuron"] == [120, 120, 120]


def test_normalizing_twice_changes_nothing_more():
    # without the section, DeePMD-kit writes an empty one at first and fills it the second time
    once = normalize({**INPUT, "validating": {}})
    assert normalize(once) == once


def test_a_stop_ratio_keeps_the_final_learning_rate_open():
    config = copy.deepcopy(INPUT)
    config["learning_rate"]["stop_lr_ratio"] = 0.01
    assert normalize(config)["learning_rate"]["stop_lr"] is None


def test_an_older_release_has_its_own_defaults():
    branch = normalize(INPUT, version="3.0")["model"]["model_dict"]["a"]
    assert "info" not in branch
    assert branch["descriptor"]["axis_neuron"] == 8


def test_shared_links_of_a_resolved_input_are_kept():
    links = {"des": {"type": "DescrptSeA", "links": []}}
    assert normalize({**INPUT, "shared_links": links})["shared_links"] == links


def test_the_first_finding_is_raised_with_its_path_and_remedy():
    config = copy.deepcopy(INPUT)
    config["model"]["model_dict"]["a"]["descriptor"]["rcutt"] = 6.0
    config["training"]["stop_batch"] = "10"
    with pytest.raises(SchemaError) as caught:
        normalize(config)
    assert caught.value.path == ("model", "model_dict", "a", "descriptor", "rcutt")
    assert caught.value.hint == "Did you mean 'rcut'?"
    assert "(and 1 more)" in caught.value.message


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("model_dict", "a", "shared"),  # a reference that was not resolved
        ("descriptor", "type", "se_e2_a"),  # a key from above that was not handed down
    ],
)
def test_an_input_that_is_not_resolved_is_refused(section, key, value):
    config = copy.deepcopy(INPUT)
    config["model"].setdefault(section, {})[key] = value
    with pytest.raises(SchemaError):
        normalize(config)


def test_outdated_keys_are_converted_as_dp_train_does():
    config = copy.deepcopy(INPUT)
    config["training"] |= {"opt_type": "LKF", "kf_blocksize": 1024, "numb_test": 4}
    config["training"]["warmup_steps"] = 1
    before = copy.deepcopy(config)
    result = normalize(config)
    assert config == before
    assert result["optimizer"]["type"] == "LKF"
    assert result["optimizer"]["kf_blocksize"] == 1024
    assert result["learning_rate"]["warmup_steps"] == 1
    assert not {"opt_type", "kf_blocksize", "numb_test", "warmup_steps"} & set(result["training"])


def test_data_of_version_1_is_moved():
    config = copy.deepcopy(SINGLE)
    data = config["training"].pop("training_data")
    config["training"] |= data | {"set_prefix": "set"}
    assert normalize(config)["training"]["training_data"]["systems"] == data["systems"]


def test_an_outdated_key_beside_the_present_one_is_refused():
    config = copy.deepcopy(INPUT)
    config["training"]["warmup_steps"] = 1
    config["learning_rate"]["warmup_steps"] = 2
    with pytest.raises(ConfigError, match="remove one of the two"):
        normalize(config)


def test_what_only_training_refuses_is_no_concern_of_normalizing():
    config = copy.deepcopy(SINGLE)
    config["model"]["descriptor"]["activation_function"] = "swish"
    assert normalize(config)["model"]["descriptor"]["activation_function"] == "swish"


def test_what_is_no_mapping_is_refused():
    with pytest.raises(ConfigTypeError, match="must be a mapping"):
        normalize([1])
