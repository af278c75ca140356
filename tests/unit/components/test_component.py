# SPDX-License-Identifier: LGPL-3.0-or-later
"""What every component does, shown on ``se_e2_a``."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from dp_multitask.components.core.component import Component
from dp_multitask.components.descriptors.descriptor import Descriptor
from dp_multitask.errors import (
    ComponentError,
    DataNeededError,
    FieldTypeError,
    MissingComponentKeyError,
    ShapeError,
    UnknownKeyError,
    VersionError,
)
from tree_comparison import differences

CONFIG = {"type": "se_e2_a", "sel": [3, 4], "neuron": [4, 8], "resnet_dt": True}
TYPE_MAP = ["O", "H"]
FIRST_LAYER = ("embeddings", "networks", 0, "layers", 0)


@pytest.fixture
def tree():
    return Descriptor.from_config(CONFIG, TYPE_MAP, 1).serialize()


def at(tree, path):
    for part in path:
        tree = tree[part]
    return tree


def test_a_tree_comes_back_with_its_own_key_order_and_its_own_arrays(tree):
    reordered = {key: tree[key] for key in reversed(tree)}
    written = Component.deserialize(reordered).serialize()
    assert list(written) == list(reversed(tree))
    assert at(written, (*FIRST_LAYER, "@variables"))["w"] is at(
        tree, (*FIRST_LAYER, "@variables")
    )["w"]


def test_what_is_written_can_change_without_changing_the_component(tree):
    component = Component.deserialize(tree)
    written = component.serialize()
    written["@variables"]["davg"] = None
    at(written, FIRST_LAYER)["bias"] = "changed"
    again = component.serialize()
    assert again["@variables"]["davg"] is tree["@variables"]["davg"]
    assert at(again, FIRST_LAYER)["bias"] is True


def test_a_component_does_not_change_with_the_config_it_came_from():
    config = copy.deepcopy(CONFIG)
    component = Descriptor.from_config(config, TYPE_MAP, 1)
    config["neuron"].append(16)
    assert component.data["neuron"] == [4, 8]


def test_the_seed_decides_every_number():
    first, again, other = (
        dict(Descriptor.from_config(CONFIG, TYPE_MAP, seed).variables()) for seed in (1, 1, 2)
    )
    assert all(np.array_equal(first[path], again[path]) for path in first)
    weights = (*FIRST_LAYER, "@variables", "w")
    assert not np.array_equal(first[weights], other[weights])


def test_shapes_are_known_without_arrays():
    component = Descriptor.from_config(CONFIG, TYPE_MAP, 1)
    found = {path: array.shape for path, array in component.variables()}
    assert Descriptor.shapes(CONFIG, TYPE_MAP) == found


def test_the_default_type_of_a_descriptor_is_se_e2_a():
    untyped = {key: value for key, value in CONFIG.items() if key != "type"}
    assert type(Descriptor.from_config(untyped, TYPE_MAP)).__name__ == "DescrptSeA"


def test_comments_in_a_config_are_passed_over():
    assert Descriptor.from_config({**CONFIG, "_comment": "mine"}, TYPE_MAP)


def test_a_wrong_shape_names_path_found_expected_and_formula(tree):
    tree["@variables"]["davg"] = np.zeros((2, 8, 4))
    with pytest.raises(ShapeError) as caught:
        Component.deserialize(tree)
    assert str(caught.value) == (
        "@variables/davg: 'davg' has shape (2, 8, 4), "
        "expected (2, 7, 4) = (len(sel), sum(sel), 4)"
    )


def test_a_wrong_shape_deep_inside_names_the_whole_path(tree):
    at(tree, FIRST_LAYER)["@variables"]["w"] = np.zeros((1, 5))
    with pytest.raises(ShapeError) as caught:
        Component.deserialize(tree)
    assert caught.value.path == (*FIRST_LAYER, "@variables", "w")
    assert "expected (1, 4) = (1, neuron[0])" in caught.value.message


def drop_davg(tree):
    del tree["@variables"]["davg"]


def add_variable(tree):
    tree["@variables"]["dmin"] = np.zeros(3)


def null_matrix(tree):
    at(tree, FIRST_LAYER)["@variables"]["w"] = None


def unwanted_timestep(tree):
    at(tree, FIRST_LAYER)["@variables"]["idt"] = np.zeros(4)


def drop_network(tree):
    tree["embeddings"]["networks"].pop()


def widen_child(tree):
    tree["embeddings"]["networks"][1]["neuron"] = [4, 9]


MISTAKES = [
    (lambda tree: tree.update({"rcutt": 6.0}), UnknownKeyError, ("rcutt",), "Did you mean 'rcut'"),
    (lambda tree: tree.pop("neuron"), MissingComponentKeyError, (), "lacks 'neuron'"),
    (lambda tree: tree.update({"neuron": 4}), FieldTypeError, ("neuron",), "found int 4"),
    (lambda tree: tree.update({"@version": 4}), VersionError, ("@version",), "expected 1 to 3"),
    (lambda tree: tree.update({"@version": 0}), VersionError, ("@version",), "expected 1 to 3"),
    (lambda tree: tree.update({"@version": 10**400}), VersionError, ("@version",), "expected 1"),
    (lambda tree: tree.update({"@version": "2"}), FieldTypeError, ("@version",), "number"),
    (lambda tree: tree.update({"type": "se_e2_b"}), ComponentError, ("type",), "Did you mean"),
    (lambda tree: tree.update({"type": None}), ComponentError, ("type",), "must name its type"),
    (lambda tree: tree.update({"@class": "Describer"}), ComponentError, ("@class",), "unknown"),
    (lambda tree: tree.pop("@class"), ComponentError, ("@class",), "names no '@class'"),
    (lambda tree: tree.pop("embeddings"), MissingComponentKeyError, ("embeddings",), "lacks"),
    (lambda tree: tree.update({"embeddings": []}), FieldTypeError, ("embeddings",), "tree of a"),
    (lambda tree: tree.update({"@variables": []}), FieldTypeError, ("@variables",), "mapping"),
    (drop_davg, MissingComponentKeyError, ("@variables", "davg"), "lacks the variable"),
    (add_variable, ComponentError, ("@variables", "dmin"), "its variables are davg, dstd"),
    (null_matrix, MissingComponentKeyError, (*FIRST_LAYER, "@variables", "w"), "(1, 4)"),
    (unwanted_timestep, ShapeError, (*FIRST_LAYER, "@variables", "idt"), "must have no 'idt'"),
    (drop_network, ShapeError, ("embeddings", "networks"), "3 networks, expected 4"),
    (widen_child, ShapeError, ("embeddings", "networks", 1, "neuron"), "[4, 9], expected [4, 8]"),
]


@pytest.mark.parametrize(("spoil", "error", "path", "words"), MISTAKES)
def test_a_spoilt_tree_is_refused_with_its_path(tree, spoil, error, path, words):
    spoil(tree)
    with pytest.raises(error) as caught:
        Component.deserialize(tree)
    assert caught.value.path == path
    assert words in str(caught.value)


WRONG_CONFIGS = [
    ({"neuron": [4, -8]}, FieldTypeError, ("neuron",), "non-negative integers, found list [4, -8]"),
    ({"neuron": [4, True]}, FieldTypeError, ("neuron",), "non-negative integers"),
    ({"sel": [3, "a"]}, FieldTypeError, ("sel",), "a list of non-negative integers or str"),
    ({"axis_neuron": -1}, FieldTypeError, ("axis_neuron",), "a non-negative integer, found int -1"),
    ({"exclude_types": [[0]]}, FieldTypeError, ("exclude_types",), "a list of pairs of types"),
    ({"type": 3}, FieldTypeError, ("type",), "must be a string, found 3"),
    ({"neurons": [1]}, UnknownKeyError, ("neurons",), "Did you mean 'neuron'?"),
    ({"neuron": "4, 8"}, FieldTypeError, ("neuron",), "must be a list of non-negative integers"),
    ({"sel": "auto"}, ComponentError, ("sel",), "needs the training data"),
    ({"precision": "float63"}, ComponentError, ("precision",), "expected one of default"),
    ({"precision": "bfloat16"}, ComponentError, ("precision",), "numpy has no such type"),
    ({"type": "se_e2_b"}, ComponentError, ("type",), "Did you mean 'se_e2_"),
]


@pytest.mark.parametrize(("change", "error", "path", "words"), WRONG_CONFIGS)
def test_a_wrong_config_is_refused_with_its_path(change, error, path, words):
    with pytest.raises(error) as caught:
        Descriptor.from_config({**CONFIG, **change}, TYPE_MAP)
    assert caught.value.path == path
    assert words in str(caught.value)


def test_a_missing_required_key_is_named():
    with pytest.raises(DataNeededError, match="'sel' is 'auto'"):
        Descriptor.from_config({"type": "se_e2_a"}, TYPE_MAP)


def test_networks_of_excluded_pairs_are_zero():
    component = Descriptor.from_config({**CONFIG, "exclude_types": [[0, 1]]}, TYPE_MAP, 1)
    zero = {
        path[2]
        for path, array in component.variables()
        if path[0] == "embeddings" and not array.any()
    }
    assert zero == {1, 2}


@pytest.mark.parametrize(
    ("precision", "dtype"), [("default", "float64"), ("single", "float32"), ("half", "float16")]
)
def test_the_precision_decides_the_dtype(precision, dtype):
    component = Descriptor.from_config({**CONFIG, "precision": precision}, TYPE_MAP)
    assert {array.dtype.name for _, array in component.variables()} == {dtype}


def test_a_compressed_tree_keeps_its_tables(tree):
    tree["@version"] = 3
    tree["compress"] = {"@variables": {"compress_data": [np.ones((5, 48))]}}
    component = Component.deserialize(tree)
    assert differences(component.serialize()["compress"], tree["compress"]) == []
    paths = [path for path, _ in component.variables() if path[0] == "compress"]
    assert paths == [("compress", "@variables", "compress_data", 0)]
