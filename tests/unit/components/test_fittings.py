# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every fitting net: its networks, its variables, what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from dp_multitask.components.core.component import Component
from dp_multitask.components.fittings.fitting import Fitting
from dp_multitask.errors import ComponentError, ShapeError, UnsupportedError, VersionError
from tree_comparison import differences

SIZES = {"ntypes": 2, "dim_descrpt": 5, "mixed_types": True, "type_map": ["O", "H"]}
OWN = {
    "ener": {},
    "dos": {"numb_dos": 7},
    "dipole": {"embedding_width": 3},
    "polar": {"embedding_width": 3},
    "property": {"property_name": "gap", "task_dim": 4},
    "invar": {"var_name": "energy", "dim_out": 2},
    "dpa4_ener": {},
    "population": {},
}
WIDTH = {"ener": 1, "dos": 7, "dipole": 3, "polar": 3, "property": 4, "invar": 2}
WIDTH |= {"dpa4_ener": 1, "population": 2}


def config(name, **more):
    return {"type": name, "neuron": [4, 4], **SIZES, **OWN[name], **more}


@pytest.mark.parametrize("mixed_types", [True, False])
@pytest.mark.parametrize("parameters", [0, 2])
@pytest.mark.parametrize("name", OWN)
def test_a_fresh_tree_has_its_shapes_and_comes_back_exactly(name, parameters, mixed_types):
    numbers = dict.fromkeys(("numb_fparam", "numb_aparam", "dim_case_embd"), parameters)
    given = config(name, mixed_types=mixed_types, **numbers)
    fitting = Fitting.from_config(given, None, 1)
    tree = fitting.serialize()
    assert differences(Component.deserialize(tree).serialize(), tree) == []
    assert Fitting.shapes(given) == {path: each.shape for path, each in fitting.variables()}
    assert len(tree["nets"]["networks"]) == (1 if mixed_types else 2)
    assert tree["nets"]["networks"][0]["in_dim"] == 5 + 3 * parameters
    assert tree["@variables"]["bias_atom_e"].shape == (2, WIDTH[name])
    for variable in ("fparam_avg", "aparam_inv_std", "case_embd"):
        value = tree["@variables"][variable]
        assert value is None if parameters == 0 else value.shape == (2,)


def test_an_aparam_that_is_a_mask_is_no_input_of_the_networks():
    given = config("ener", numb_aparam=3, use_aparam_as_mask=True)
    tree = Fitting.from_config(given, None, 1).serialize()
    assert tree["nets"]["networks"][0]["in_dim"] == 5
    assert tree["@variables"]["aparam_avg"].shape == (3,)


def test_biases_are_in_double_precision_whatever_the_networks_are_in():
    tree = Fitting.from_config(config("ener", precision="float32", numb_fparam=1)).serialize()
    assert tree["@variables"]["bias_atom_e"].dtype == np.float64
    assert tree["@variables"]["fparam_avg"].dtype == np.float32
    layer = tree["nets"]["networks"][0]["layers"][0]
    assert layer["@variables"]["w"].dtype == np.float32


@pytest.mark.parametrize(
    ("scale", "expected"), [(2.0, [[2.0], [2.0]]), ([1.0, 3.0], [[1.0], [3.0]])]
)
def test_the_scale_of_a_polarizability_is_given_once_or_for_each_type(scale, expected):
    tree = Fitting.from_config(config("polar", scale=scale)).serialize()
    assert tree["@variables"]["scale"].tolist() == expected


def test_a_polarizability_with_all_its_elements_has_a_wider_output():
    tree = Fitting.from_config(config("polar", fit_diag=False)).serialize()
    assert tree["nets"]["networks"][0]["out_dim"] == 9


def test_a_width_of_zero_is_chosen_from_the_input():
    tree = Fitting.from_config(config("dpa4_ener", neuron=[0], dim_descrpt=64)).serialize()
    assert tree["neuron"] == [192]  # 8 / 3 of 64, in steps of 32


def test_a_case_can_modulate_the_features_instead_of_joining_them():
    given = config("dpa4_ener", dim_case_embd=3, case_film_embd=True)
    network = Fitting.from_config(given).serialize()["nets"]["networks"][0]
    assert network["in_dim"] == 5
    assert network["@variables"]["case_film.projectors.0"].shape == (20, 10)
    assert not network["@variables"]["case_film.projectors.0"].any()


def test_networks_of_types_that_do_not_fit_may_be_null():
    tree = Fitting.from_config(config("dipole", mixed_types=False)).serialize()
    tree["nets"]["networks"][1] = None
    assert differences(Component.deserialize(tree).serialize(), tree) == []


def test_trainable_may_be_given_for_each_layer():
    tree = Fitting.from_config(config("ener", trainable=[True, False, True])).serialize()
    layers = tree["nets"]["networks"][0]["layers"]
    assert [layer["trainable"] for layer in layers] == [True, False, True]


MISTAKES = [
    ({"trainable": [True]}, ComponentError, ("trainable",), "expected 3"),
    ({"numb_fparam": 2, "default_fparam": [1.0]}, ComponentError, ("default_fparam",), "2"),
    ({"layer_name": ["a", "b", "c"]}, UnsupportedError, ("layer_name",), "TensorFlow only"),
    ({"neurons": [3]}, ComponentError, ("neurons",), "no key 'neurons'"),
]


@pytest.mark.parametrize(("more", "error", "path", "message"), MISTAKES)
def test_what_a_config_cannot_mean_is_refused_where_it_stands(more, error, path, message):
    with pytest.raises(error, match=message) as caught:
        Fitting.from_config(config("ener", **more))
    assert caught.value.path == path


def test_a_scale_for_another_number_of_types_is_refused():
    with pytest.raises(ComponentError, match="3 values, expected 2") as caught:
        Fitting.from_config(config("polar", scale=[1.0, 2.0, 3.0]))
    assert caught.value.path == ("scale",)


def test_a_negative_width_is_refused():
    with pytest.raises(ComponentError, match="a list of non-negative integers"):
        Fitting.from_config(config("dpa4_ener", neuron=[-1]))


@pytest.mark.parametrize("name", OWN)
def test_a_newer_version_is_refused(name):
    tree = Fitting.from_config(config(name)).serialize()
    tree["@version"] += 1
    with pytest.raises(VersionError, match="expected 1 to"):
        Component.deserialize(tree)


@pytest.mark.parametrize("name", OWN)
def test_a_bias_of_another_shape_names_its_formula(name):
    tree = Fitting.from_config(config(name)).serialize()
    tree["@variables"]["bias_atom_e"] = np.zeros((3, WIDTH[name]))
    with pytest.raises(ShapeError, match=r"expected \(2, \d\) = \(ntypes, ") as caught:
        Component.deserialize(tree)
    assert caught.value.path == ("@variables", "bias_atom_e")


def test_a_network_that_does_not_take_the_descriptor_is_refused():
    tree = Fitting.from_config(config("ener")).serialize()
    tree["dim_descrpt"] = 6
    with pytest.raises(ShapeError, match="'in_dim' of FittingNetwork is 5, expected 6"):
        Component.deserialize(tree)
