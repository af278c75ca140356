# SPDX-License-Identifier: LGPL-3.0-or-later
"""Inputs of earlier releases, written as those of today."""

from __future__ import annotations

import copy
import json

import pytest

from dp_multitask.checks.check import check
from dp_multitask.config.upgrade import TARGETS, upgrade
from dp_multitask.errors import ConfigTypeError, NoCounterpartError, UsageError, format_path
from dp_multitask.text.document import parse_document
from outdated_inputs import (
    FITTING,
    FLAT_DPA2,
    SE_A,
    SEQUENCE,
    VERSION_0,
    single,
    version_1,
    version_2,
)


def errors(config, schema="3.2"):
    # the elements of an input without a type map stand in its data alone
    found = [each for each in check(config, schema=schema) if each.code != "DPM217"]
    return [each for each in found if each.severity == "error"]


def with_training(**keys):
    config = single()
    config["training"] |= keys
    return config


OUTDATED = {
    "version 0": VERSION_0,
    "version 1": version_1(),
    "multitask of version 2": version_2(),
    "flat dpa2": single(descriptor=FLAT_DPA2),
    "se_atten and se_uni in sequence": single(descriptor=SEQUENCE),
    "se_ar": single(
        descriptor={
            "type": "se_ar",
            "a": {key: SE_A[key] for key in ("sel", "rcut", "neuron", "axis_neuron")},
            "r": {key: SE_A[key] for key in ("sel", "rcut", "neuron")},
        }
    ),
    "warmup in training": with_training(warmup_steps=1),
    "optimizer in training": with_training(opt_type="LKF", kf_blocksize=1024),
    "keys without effect": with_training(numb_test=10, load_ckpt="model.ckpt"),
    "property without a name": single(
        fitting_net={"type": "property", "task_dim": 3, "neuron": [4], "bias_method": "normal"}
    )
    | {"loss": {"type": "property"}},
    "attention of 3.0.0a0": single(
        descriptor={"type": "se_atten", "sel": 12, "attn_layer": 1, "post_ln": True}
        | {"ffn": False, "ffn_embed_dim": 10, "head_num": 1, "activation": "tanh"}
    ),
}


@pytest.mark.parametrize("name", OUTDATED)
def test_the_result_passes_check(name):
    result = upgrade(OUTDATED[name])
    assert result.changes
    assert result.left == []
    assert errors(result.data) == []


@pytest.mark.parametrize("name", OUTDATED)
def test_upgrading_twice_changes_nothing(name):
    once = upgrade(OUTDATED[name]).data
    assert upgrade(once) == (once, None, [], [])


@pytest.mark.parametrize("name", OUTDATED)
def test_the_input_is_left_alone(name):
    before = copy.deepcopy(OUTDATED[name])
    upgrade(OUTDATED[name])
    assert OUTDATED[name] == before


@pytest.mark.parametrize("format", ["json", "yaml"])
@pytest.mark.parametrize("name", OUTDATED)
def test_a_document_becomes_the_same_input_as_a_mapping(name, format):
    text = json.dumps(OUTDATED[name], indent=2)
    if format == "yaml":
        import yaml

        text = yaml.safe_dump(json.loads(text), sort_keys=False)
    result = upgrade(parse_document(text, format=format))
    assert result.data == upgrade(OUTDATED[name]).data
    assert parse_document(result.text, format=format).data == result.data


@pytest.mark.parametrize("name", OUTDATED)
def test_no_key_is_lost_without_a_word(name):
    """Every number, list and text of the old input is in the new one or was told of."""
    result = upgrade(OUTDATED[name])
    said = " ".join(f"{format_path(each.path)} {each.message}" for each in result.changes)
    kept = set(leaves(result.data))
    for path, value in leaves(OUTDATED[name]):
        if not any(value == other for _, other in kept):
            assert str(path[-1]) in said or str(path[-2]) in said, path


def leaves(value, path=()):
    if isinstance(value, dict):
        for key, below in value.items():
            yield from leaves(below, (*path, key))
    else:
        yield path, json.dumps(value)


def test_the_multitask_form_of_version_2():
    data = upgrade(version_2()).data
    assert data["model"] == {
        "shared_dict": {
            "type_map_all": ["O", "H", "B"],
            "shared_descriptor": SE_A,
            "_comment": "two heads",
        },
        "model_dict": {
            name: {
                "type_map": "type_map_all",
                "descriptor": "shared_descriptor",
                "fitting_net": version_2()["model"]["fitting_net_dict"][name],
            }
            for name in ("water_ener", "water_dipole")
        },
    }
    assert data["loss_dict"] == version_2()["loss_dict"]
    assert data["training"]["model_prob"] == {"water_ener": 2, "water_dipole": 1}
    assert "fitting_weight" not in data["training"]


def test_layout_comments_and_numbers_stay():
    text = """\
# from 2022
model:
  type_map: [O, H, B]  # as in the data
  descriptor:
    # short
    type: se_e2_a
    sel: [6, 8, 2]
    rcut: 4.00  # angstrom
  fitting_net_dict:
    water:
      neuron: [0x6, 6]  # small
training:
  data_dict:
    water:
      training_data: {systems: [data]}
  numb_steps: 1_000
  numb_test: 4
"""
    assert upgrade(parse_document(text, format="yaml")).text == """\
# from 2022
model:
  shared_dict:
    type_map_all: [O, H, B]  # as in the data
    shared_descriptor:
      # short
      type: se_e2_a
      sel: [6, 8, 2]
      rcut: 4.00  # angstrom
  model_dict:
    water:
      type_map: type_map_all
      descriptor: shared_descriptor
      fitting_net:
        neuron: [0x6, 6]  # small
training:
  data_dict:
    water:
      training_data: {systems: [data]}
  numb_steps: 1_000
  model_prob:
    water: 1.0
loss_dict:
  water:
    type: ener
"""


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ({"water_ener": 3}, {"water_ener": 3, "water_dipole": 0.0}),
        ({"water_ener": 3, "water_dipole": -1}, {"water_ener": 3, "water_dipole": 0.0}),
        ({"_why": "energies", "water_ener": 3}, {"water_ener": 3, "water_dipole": 0.0}),
        ({}, {"water_ener": 1.0, "water_dipole": 1.0}),
        (None, {"water_ener": 1.0, "water_dipole": 1.0}),
    ],
)
def test_weights_become_probabilities(weights, expected):
    config = version_2()
    del config["training"]["fitting_weight"]
    if weights is not None:
        config["training"]["fitting_weight"] = weights
    training = upgrade(config).data["training"]
    assert training["model_prob"] == expected
    assert training.get("_why") == (weights or {}).get("_why")


def test_a_type_embedding_is_the_descriptors_own():
    config = version_2()
    config["model"]["descriptor"] = {"type": "se_atten", "sel": 12, "attn_layer": 0}
    config["model"]["type_embedding"] = {"neuron": [4], "resnet_dt": False, "seed": 3}
    result = upgrade(config)
    assert result.data["model"]["shared_dict"]["shared_descriptor"]["tebd_dim"] == 4
    assert "type_embedding" not in result.data["model"]
    assert errors(result.data) == []
    assert any("resnet_dt, seed" in each.message for each in result.changes)


def test_one_learning_rate_for_all():
    config = version_2()
    rate = config.pop("learning_rate")
    config["learning_rate_dict"] = {"water_ener": rate, "water_dipole": dict(rate)}
    data = upgrade(config).data
    assert data["learning_rate"] == rate
    assert "learning_rate_dict" not in data


def test_a_lone_se_uni_lacks_what_stood_in_front_of_it():
    result = upgrade(single(descriptor={"type": "se_uni", "sel": 40, "rcut": 4.0, "axis_dim": 4}))
    assert result.data["model"]["descriptor"] == {
        "type": "dpa2",
        "repformer": {"nsel": 40, "rcut": 4.0, "axis_neuron": 4},
    }
    assert [each.path for each in result.left] == [("model", "descriptor")]
    assert "'repinit'" in result.left[0].message


@pytest.mark.parametrize("to", TARGETS)
@pytest.mark.parametrize("name", OUTDATED)
def test_an_older_release_gets_what_it_takes(name, to):
    if to == "3.0" and "property" in name:
        return  # it is of 3.0, where it stays as it is
    assert errors(upgrade(OUTDATED[name], to=to).data, schema=to) == []


def test_an_input_of_3_0_stays_one():
    for config in (with_training(warmup_steps=1), with_training(opt_type="LKF")):
        assert upgrade(config, to="3.0") == (config, None, [], [])


def test_the_optimizer_goes_back_into_training_for_3_0():
    config = single() | {"optimizer": {"type": "LKF", "kf_blocksize": 1024}}
    config["learning_rate"]["warmup_steps"] = 5
    data = upgrade(config, to="3.0").data
    assert "optimizer" not in data
    assert data["training"]["opt_type"] == "LKF"
    assert data["training"]["kf_blocksize"] == 1024
    assert data["training"]["warmup_steps"] == 5
    assert errors(data, schema="3.0") == []


def test_what_stands_above_the_branches_is_written_into_them_for_3_1():
    config = upgrade(version_2()).data
    config["model"]["data_stat_nbatch"] = 20
    model = upgrade(config, to="3.1").data["model"]
    assert {each["data_stat_nbatch"] for each in model["model_dict"].values()} == {20}
    assert "data_stat_nbatch" not in model


def broken(change):
    config = version_2()
    change(config)
    return config


@pytest.mark.parametrize(
    ("config", "place"),
    [
        (single(fitting_net={"type": "wfc", "wfc_numb": 4}), "model/fitting_net/type"),
        (single(descriptor=FLAT_DPA2 | {"repformer_do_bn_mode": "uniform"}),
         "model/descriptor/repformer_do_bn_mode"),
        (single(descriptor=FLAT_DPA2 | {"repinit": {"rcut": 4.0}}),
         "model/descriptor/repinit_rcut"),
        (single(descriptor={"type": "hybrid", "hybrid_mode": "sequential", "list": [SE_A, SE_A]}),
         "model/descriptor/hybrid_mode"),
        (single(descriptor={"type": "se_atten", "sel": 12, "ffn": True}), "model/descriptor/ffn"),
        (single(fitting_net={"type": "property", "bias_method": "no_bias"}),
         "model/fitting_net/bias_method"),
        (with_training(systems=["data"]), "training/systems"),
        (broken(lambda c: c["training"]["data_dict"].pop("water_ener")),
         "model/fitting_net_dict/water_ener"),
        (broken(lambda c: c["training"]["data_dict"]["water_ener"]["training_data"].update(
            set_prefix="part")),
         "training/data_dict/water_ener/training_data/set_prefix"),
        (broken(lambda c: c["loss_dict"].update(ice={})), "loss_dict/ice"),
        (broken(lambda c: c["model"]["descriptor"].update(type="loc_frame")),
         "model/descriptor/type"),
        (broken(lambda c: c["model"].update(type_embedding={"neuron": [8]})),
         "model/type_embedding"),
        (broken(lambda c: c["model"].update(fitting_net=FITTING)), "model/fitting_net"),
        (broken(lambda c: c["model"].pop("type_map")), "model"),
        (broken(lambda c: c["model"].update(fitting_net_dict={}, type="multi")), "model"),
        (broken(lambda c: c.update(learning_rate_dict={"a": {}, "water_dipole": {"a": 1}})),
         "learning_rate_dict"),
    ],
)  # fmt: skip
def test_what_has_no_counterpart_is_refused_by_name(config, place):
    with pytest.raises(NoCounterpartError) as caught:
        upgrade(config)
    assert format_path(caught.value.path).startswith(place)


def test_every_reason_to_refuse_is_named():
    config = single(descriptor={"type": "se_atten", "sel": 12, "ffn": True, "head_num": 4})
    with pytest.raises(NoCounterpartError, match=r"(?s)'ffn'.*'head_num'"):
        upgrade(config)


def test_3_0_refuses_what_came_later():
    with pytest.raises(NoCounterpartError, match="AdamW"):
        upgrade(single() | {"optimizer": {"type": "AdamW"}}, to="3.0")


@pytest.mark.parametrize(
    "config",
    [{}, {"model": None}, {"model": {"fitting_net_dict": 3}, "training": []}, {"training": "x"},
     {"model": {"descriptor": {"type": ["dpa2"]}, "model_dict": {"a": None, "b": {3: 4}}}},
     {"use_smooth": None}, {"learning_rate": {"decay_rate": "x"}, "training": {"stop_batch": 1}}],
)  # fmt: skip
def test_what_is_broken_in_another_way_stays_for_check(config):
    upgrade(config)


def test_no_mapping_and_no_such_release():
    with pytest.raises(ConfigTypeError):
        upgrade([1])
    with pytest.raises(UsageError, match=r"3\.2, 3\.1, 3\.0"):
        upgrade({}, to="2.2")
