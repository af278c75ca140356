# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every descriptor, over random configs: what holds without an installed DeePMD-kit."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from hypothesis import given, settings

from component_configs import DESCRIPTORS, WITHOUT_PEER, descriptor_configs
from dp_multitask.components.component import Component
from dp_multitask.components.descriptors.descriptor import Descriptor
from dp_multitask.components.variables import count
from dp_multitask.errors import (
    ComponentError,
    FieldTypeError,
    ShapeError,
    SharingError,
    UnsupportedError,
)
from dp_multitask.registry import get_class_name, native_class, registered_types
from example_counts import examples
from tree_comparison import differences

ALL = sorted({**DESCRIPTORS, **WITHOUT_PEER})


def resized(tree):
    """Give every way to make one array of a tree one longer, in turn."""

    def nodes(node, path):
        if isinstance(node, dict):
            for key, each in node.items():
                yield from nodes(each, (*path, key))
        elif isinstance(node, list):
            for index, each in enumerate(node):
                yield from nodes(each, (*path, index))
        elif isinstance(node, np.ndarray):
            yield path

    for path in nodes(tree, ()):
        spoilt = copy.deepcopy(tree)
        node = spoilt
        for part in path[:-1]:
            node = node[part]
        array = node[path[-1]]
        node[path[-1]] = np.zeros((array.shape[0] + 1, *array.shape[1:]), array.dtype)
        yield path, spoilt


@pytest.mark.parametrize("type_name", ALL)
def test_a_fresh_tree_reads_back_exactly(type_name):
    @settings(max_examples=examples(15, 100))
    @given(descriptor_configs(type_name))
    def check(drawn):
        fresh = Descriptor.from_config(*drawn, 1)
        tree = fresh.serialize()
        again = Component.deserialize(tree)
        assert type(again) is type(fresh)
        assert differences(again.serialize(), tree) == []

    check()


@pytest.mark.parametrize("type_name", ALL)
def test_shapes_are_those_of_the_arrays(type_name):
    @settings(max_examples=examples(15, 100))
    @given(descriptor_configs(type_name))
    def check(drawn):
        shapes = Descriptor.shapes(*drawn)
        arrays = dict(Descriptor.from_config(*drawn, 1).variables())
        assert shapes == {path: array.shape for path, array in arrays.items()}
        assert sum(count(shapes.items())) == sum(array.size for array in arrays.values())

    check()


@pytest.mark.parametrize("type_name", ALL)
def test_any_wrong_shape_is_refused_where_it_is(type_name):
    @settings(max_examples=examples(2, 10))
    @given(descriptor_configs(type_name))
    def check(drawn):
        tree = Descriptor.from_config(*drawn, 1).serialize()
        for path, spoilt in resized(tree):
            with pytest.raises(ShapeError) as caught:
                Component.deserialize(spoilt)
            assert caught.value.path == path

    check()


@pytest.mark.parametrize("type_name", ALL)
def test_every_key_is_needed_or_known_to_be_optional(type_name):
    @settings(max_examples=examples(2, 10))
    @given(descriptor_configs(type_name))
    def check(drawn):
        fresh = Descriptor.from_config(*drawn, 1)
        tree = fresh.serialize()
        marks = {"@class", "type", "@version"}
        for key in tree.keys() - marks - fresh.keys.absent.keys():
            if tree[key] is None and key not in fresh.keys.required:
                continue
            named = next(iter(tree[key])) if key == "@variables" else key
            with pytest.raises(ComponentError, match=f"lacks.*'{named}'"):
                Component.deserialize({name: tree[name] for name in tree if name != key})

    check()


@pytest.mark.parametrize("type_name", ALL)
def test_an_unknown_key_is_refused_by_name(type_name):
    @settings(max_examples=examples(2, 10))
    @given(descriptor_configs(type_name))
    def check(drawn):
        tree = Descriptor.from_config(*drawn, 1).serialize()
        with pytest.raises(ComponentError, match="has no key 'surprise'"):
            Component.deserialize({**tree, "surprise": 1})
        with pytest.raises(ComponentError, match="has no key 'surprise'"):
            Descriptor.from_config({**drawn[0], "surprise": 1}, drawn[1])

    check()


SHARED_AT_LEVEL_0 = {
    # everything but these
    "se_e2_r": {"davg", "dstd"},
    "dpa2": {"tebd_transform"},
    "dpa3": {"chg_embedding", "spin_embedding", "mix_cs_mlp"},
    "hybrid": {"davg", "dstd"},
}


@pytest.mark.parametrize("odd", ["auto", "", -1, None, ["a"]])
@pytest.mark.parametrize(
    ("type_name", "path"),
    [
        ("se_e2_a", ("sel",)),
        ("se_atten", ("sel",)),
        ("hybrid", ("list", 0, "sel")),
        ("dpa2", ("repinit_args", "nsel")),
        ("dpa2", ("repformer_args", "nsel")),
        ("dpa2", ("repinit_args", "three_body_sel")),
        ("dpa3", ("repflow_args", "e_sel")),
        ("dpa3", ("repflow_args", "a_sel")),
    ],
)
def test_numbers_of_neighbours_in_a_tree_are_numbers(type_name, path, odd):
    config = {
        "se_e2_a": {"type": "se_e2_a", "sel": [3]},
        "se_atten": {"type": "se_atten", "sel": 3},
        "hybrid": {"type": "hybrid", "list": [{"type": "se_e3", "sel": [3]}]},
        "dpa2": {
            "type": "dpa2",
            "repinit": {"rcut": 6.0, "rcut_smth": 0.5, "nsel": 3},
            "repformer": {"rcut": 4.0, "rcut_smth": 0.5, "nsel": 3},
        },
        "dpa3": {
            "type": "dpa3",
            "repflow": {
                "e_rcut": 6.0,
                "e_rcut_smth": 5.3,
                "e_sel": 3,
                "a_rcut": 4.0,
                "a_rcut_smth": 3.5,
                "a_sel": 3,
            },
        },
    }[type_name]
    tree = copy.deepcopy(Descriptor.from_config(config, ["H"], 1).serialize())
    node = tree
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = odd
    with pytest.raises(FieldTypeError) as error:
        Component.deserialize(tree)
    assert error.value.path == path


@pytest.mark.parametrize("type_name", sorted(DESCRIPTORS.keys() - {"dpa4c"}))
def test_level_0_makes_variables_one_object(type_name):
    @settings(max_examples=examples(5, 30))
    @given(descriptor_configs(type_name))
    def check(drawn):
        base, other = (Descriptor.from_config(*drawn, seed) for seed in (1, 2))
        shared = set(other.share_with(base, 0))
        of_base, of_other = dict(base.variables()), dict(other.variables())
        assert {path for path in of_base if of_base[path] is of_other[path]} == shared
        kept = SHARED_AT_LEVEL_0.get(type_name, set())
        assert all(kept & set(path) for path in of_base.keys() - shared)

    check()


@pytest.mark.parametrize("type_name", ["se_e3_tebd", "se_atten", "se_atten_v2", "dpa2", "dpa3"])
def test_level_1_shares_the_type_embedding_only(type_name):
    @settings(max_examples=examples(5, 30))
    @given(descriptor_configs(type_name))
    def check(drawn):
        base, other = (Descriptor.from_config(*drawn, seed) for seed in (1, 2))
        shared = other.share_with(base, 1)
        assert shared
        assert {path[0] for path in shared} == {"type_embedding"}

    check()


@pytest.mark.parametrize("member", [None, {"@class": "Identity", "@version": 1}])
def test_a_hybrid_holds_descriptors_only(member):
    tree = Descriptor.from_config({"type": "hybrid", "list": [{"sel": [3]}]}, ["H"]).serialize()
    tree["list"].append(member)
    with pytest.raises(ComponentError, match="a hybrid holds descriptors") as caught:
        Component.deserialize(tree)
    assert caught.value.path == ("list", 1)


def test_a_mistake_in_a_member_of_a_hybrid_is_found_there():
    config = {"type": "hybrid", "list": [{"sel": [3]}, {"type": "se_e2_r", "sell": [3]}]}
    with pytest.raises(ComponentError) as caught:
        Descriptor.from_config(config, ["H"])
    assert caught.value.path[:2] == ("list", 1)


def test_endless_nesting_is_refused():
    tree = {"@class": "Descriptor", "type": "hybrid", "@version": 1, "list": []}
    for _ in range(5000):
        tree = {**tree, "list": [tree]}
    with pytest.raises(ComponentError, match="nested too deeply"):
        Component.deserialize(tree)


def test_dpa4_says_that_only_deepmd_kit_can_start_one():
    with pytest.raises(UnsupportedError, match="'dpa4' cannot be initialised without DeePMD-kit"):
        Descriptor.from_config({"type": "dpa4", "sel": 3}, ["H"])


def test_the_arrays_of_dpa4_are_kept_as_they_are():
    arrays = {"type_embedding.adam_type_embedding": np.ones((2, 4)), "mean": np.zeros(0)}
    tree = {
        **{"@class": "Descriptor", "type": "SeZM", "@version": 1.2},
        **{"config": {"ntypes": 1, "channels": 4}, "@variables": arrays},
    }
    component = Component.deserialize(tree)
    assert differences(component.serialize(), tree) == []
    arrays["type_embedding.adam_type_embedding"] = np.ones((3, 4))
    with pytest.raises(ShapeError, match=r"expected \(2, 4\) = \(ntypes \+ 1, channels\)"):
        Component.deserialize(tree)


def test_a_level_that_a_class_does_not_have_is_refused():
    config = {"type": "se_e2_a", "sel": [3]}
    base, other = (Descriptor.from_config(config, ["H"], seed) for seed in (1, 2))
    with pytest.raises(SharingError, match="no share level 1"):
        other.share_with(base, 1)


def test_components_of_other_sizes_cannot_share():
    base, other = (Descriptor.from_config({"sel": [sel]}, ["H"]) for sel in (3, 4))
    with pytest.raises(ShapeError, match="cannot be shared"):
        other.share_with(base, 0)
    assert not {id(array) for _, array in base.variables()} & {
        id(array) for _, array in other.variables()
    }


def test_components_of_other_classes_cannot_share():
    base = Descriptor.from_config({"type": "se_e2_r", "sel": [3]}, ["H"])
    other = Descriptor.from_config({"type": "se_e2_a", "sel": [3]}, ["H"])
    with pytest.raises(ComponentError, match="DescrptSeA cannot share with a DescrptSeR"):
        other.share_with(base, 0)


NATIVE = [entry for entry in registered_types("descriptor") if entry.name in ALL]


@pytest.mark.parametrize("entry", NATIVE, ids=lambda entry: entry.name)
def test_every_name_and_alias_resolves_to_the_class_of_that_name(entry):
    classes = {native_class("descriptor", name) for name in (entry.name, *entry.aliases)}
    assert len(classes) == 1
    backend = "dp" if "dp" in entry.class_names else "tf"
    assert classes.pop().__name__ == get_class_name("descriptor", {"type": entry.name}, backend)


SIZES = [
    # what TensorFlow was seen to build (amplify: one-side and two-side)
    ("loc_frame", {"sel_a": [2, 3, 1], "sel_r": [3, 4, 2], "axis_rule": [0] * 18}, 3, 33),
    ("se_a_mask", {"sel": [3, 4], "neuron": [7, 14], "axis_neuron": 3}, 2, 42),
    ("se_a_ef", {"sel": [3, 4], "neuron": [7, 14], "axis_neuron": 3}, 2, 84),
    ("se_a_ebd_v2", {"sel": [3, 4], "neuron": [7, 14], "axis_neuron": 3}, 2, 50),
]


@pytest.mark.parametrize(("type_name", "config", "ntypes", "width"), SIZES)
def test_the_output_is_as_wide_as_tensorflow_makes_it(type_name, config, ntypes, width):
    plan = Descriptor.plan_config({"type": type_name, **config}, ["H", "C", "O"][:ntypes])
    assert plan.cls.dim_out(plan.fields) == width


@pytest.mark.parametrize(("one_side", "width"), [(True, 56), (False, 224)])
def test_the_amplifier_of_se_a_tpe_is_as_wide_as_tensorflow_makes_it(one_side, width):
    config = {"type": "se_a_tpe", "sel": [3, 4], "neuron": [7, 14], "type_one_side": one_side}
    shapes = Descriptor.shapes(config, ["H", "O"])
    assert shapes["amplify", "@variables", "w"] == (14, width)
