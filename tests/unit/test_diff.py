# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where inputs and model files differ."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest

import dp_multitask
from dp_multitask import diff
from dp_multitask.checks.fresh_model import fresh_payload
from dp_multitask.config.differences import ABSENT
from dp_multitask.modelfile.comparison import compare
from dp_multitask.text.document import parse_document
from small_inputs import multitask, single


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    dp_multitask.save_model(folder / "model.dp", fresh_payload(multitask(), 1))
    return folder / "model.dp"


def changed(model, change, name="changed.dp"):
    tree = dp_multitask.load_model(model)
    change(tree)
    dp_multitask.save_model(model.parent / name, tree)
    return model.parent / name


def first_w(tree, branch):
    net = tree["model"]["model_dict"][branch]["fitting"]["nets"]["networks"][0]
    return net["layers"][0]["@variables"]


def brief(differences):
    return [(each.kind, "/".join(map(str, each.path))) for each in differences]


@pytest.mark.parametrize(
    "other",
    [
        single(descriptor={**single()["model"]["descriptor"], "rcut_smth": 0.5}),
        single(descriptor={**single()["model"]["descriptor"], "type": "se_a", "_comment": "x"}),
        dict(reversed(single().items())),
        {**single(), "training": {**single()["training"], "numb_steps": 1.0}},
        {**single(), "_comment": "mine"},
    ],
)
def test_defaults_spelling_order_and_comments_make_no_difference(other):
    assert diff(single(), other) == []
    assert diff(single(), parse_document(json.dumps(other))) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda c: c["model"]["descriptor"].update(rcut=5.0), ["config:descriptor/rcut"]),
        (lambda c: c["training"].update(seed=1), ["config:training/seed"]),
        (lambda c: c["model"]["fitting_net"].update(resnet_dt=False),
         ["config:fitting_net/resnet_dt"]),
        (lambda c: c["loss"].update(start_pref_e=0.5), ["config:loss/start_pref_e"]),
        (lambda c: c["model"].update(type_map=["H", "O"]), ["config:type_map"]),
    ],
)  # fmt: skip
def test_a_value_in_force_that_differs(change, found):
    other = copy.deepcopy(single())
    change(other)
    told = [f"{kind}:{path}" for kind, path in brief(diff(single(), other)) if kind == "config"]
    assert told == found


def test_names_of_shared_entries_make_no_difference():
    other = json.loads(json.dumps(multitask()).replace('"des"', '"my_descriptor"'))
    assert diff(multitask(), other) == []


def test_what_is_shared_is_compared():
    other = copy.deepcopy(multitask())
    other["model"]["model_dict"]["ice"]["descriptor"] = dict(other["model"]["shared_dict"]["des"])
    (difference,) = diff(multitask(), other)
    assert difference.kind == "sharing"
    assert difference.one == "ice descriptor, water descriptor"
    assert difference.other is ABSENT


def test_branches_of_one_side_only():
    found = diff(multitask(), multitask(branches=("water", "gas")))
    assert ("branch", "") in brief(found)
    assert {(each.one, each.other) for each in found if each.kind == "branch"} == {
        ("ice", ABSENT),
        (ABSENT, "gas"),
    }


def test_shapes_of_an_input_against_those_of_a_model(model):
    assert diff(multitask(), model) == []
    wider = multitask(descriptor={"type": "se_e2_a", "sel": [3, 6], "neuron": [2, 6]}
                      | {"rcut": 4.0, "axis_neuron": 2})
    found = diff(wider, model)
    assert ("config", "water/descriptor/neuron") in brief(found)
    assert any(each.kind == "shape" and each.one != each.other for each in found)


def test_the_same_file_is_equal_bit_by_bit(model):
    result = compare(model, model)
    assert result.differences == []
    assert result.equal > 10


def test_a_number_that_differs(model):
    def change(tree):
        first_w(tree, "water")["w"] = first_w(tree, "water")["w"] + 0.25

    (difference,) = diff(model, changed(model, change))
    assert difference.kind == "value"
    assert difference.path[:2] == ("water", "fitting")
    assert difference.largest == pytest.approx(0.25)
    assert difference.differing == first_w(dp_multitask.load_model(model), "water")["w"].size


def test_numbers_that_are_none(model):
    def change(value):
        def set_first(tree):
            w = first_w(tree, "water")["w"].copy()
            w[0, 0] = value
            first_w(tree, "water")["w"] = w

        return set_first

    one, other = (changed(model, change(np.nan), name) for name in ("a.dp", "b.dp"))
    assert diff(one, other) == []
    (difference,) = diff(model, one)
    assert (difference.largest, difference.differing) == (np.inf, 1)


def test_zeros_of_another_sign_are_other_bits(model):
    def zeros(sign):
        def change(tree):
            first_w(tree, "water")["w"] = np.full_like(first_w(tree, "water")["w"], sign * 0.0)

        return change

    (difference,) = diff(changed(model, zeros(1), "p.dp"), changed(model, zeros(-1), "m.dp"))
    assert (difference.largest, difference.differing) == (0.0, 0)


def test_another_element_type(model):
    def change(tree):
        first_w(tree, "ice")["b"] = first_w(tree, "ice")["b"].astype(np.float32)

    (difference,) = diff(model, changed(model, change))
    assert (difference.kind, difference.one, difference.other) == ("shape", "float64", "float32")


def test_what_branches_share_is_told_once(model):
    def change(tree):
        for branch in ("water", "ice"):
            net = tree["model"]["model_dict"][branch]["descriptor"]["embeddings"]["networks"][0]
            variables = net["layers"][0]["@variables"]
            if branch == "water":
                variables["w"] = moved = variables["w"] + 1.0
            variables["w"] = moved

    found = diff(model, changed(model, change))
    assert [each.path[0] for each in found] == ["water"]


def test_one_branch_of_a_model_against_a_single_model(model):
    dp_multitask.split_branch(model, "ice", model.parent / "ice.dp")
    result = compare(model, model.parent / "ice.dp", branches=("ice", None))
    assert result.differences == []
    assert brief(diff(model, model.parent / "ice.dp"))[0][0] == "branch"


def test_what_is_not_known_before_training_is_said():
    config = single(descriptor={"type": "se_e2_a", "sel": "auto"})
    result = compare(config, copy.deepcopy(config))
    assert result.differences == []
    assert "not known before training" in result.notes[0]


def test_an_open_model_file(model):
    with dp_multitask.open_model(model) as file:
        assert diff(file, model) == []
