# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every descriptor, over random configs: what holds without an installed DeePMD-kit."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from hypothesis import given, settings

from component_configs import DESCRIPTORS, WITHOUT_PEER, descriptor_configs
from dp_multitask.components.core.component import Component
from dp_multitask.components.core.variables import count
from dp_multitask.components.descriptors.descriptor import Descriptor
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
        shape = (array.shape[0] + 1, *array.shape[1:]) if array.shape else (1,)
        node[path[-1]] = np.zeros(shape, array.dtype)
        yield path, spoilt


@pytest.mark.parametrize("type_name", ALL)
def test_a_fresh_tree_reads_back_exactly(type_name):
    @settings(max_examples=examples(9, 100))
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
    @settings(max_examples=examples(9, 100))
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
        # some trees of dpa4 have no environment matrix
        marks |= {"env_mat"} if type_name == "dpa4" else set()
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
    "dpa4": {"version_tensor", "mean", "stddev"},
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


def test_se_e3_never_uses_the_networks_of_pairs_the_other_way_round():
    config = {"type": "se_e3", "sel": [1, 1, 1], "neuron": [2], "exclude_types": [[0, 0]]}
    tree = Descriptor.from_config(config, ["H", "C", "O"], 1).serialize()
    used = [
        bool(network["layers"][0]["@variables"]["w"].any())
        for network in tree["embeddings"]["networks"]
    ]
    # the first type runs fastest: (0, 0), (1, 0), (2, 0), (0, 1) ...
    assert used == [False, False, False, True, True, False, True, True, True]


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (None, "no empty places in 'list'"),
        ({"@class": "Identity", "@version": 1}, "an? Identity in the place of a Descriptor"),
    ],
)
def test_a_hybrid_holds_descriptors_only(member, message):
    tree = Descriptor.from_config({"type": "hybrid", "list": [{"sel": [3]}]}, ["H"]).serialize()
    tree["list"].append(member)
    with pytest.raises(ComponentError, match=message) as caught:
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


def dpa4_tree(**changes):
    return Descriptor.from_config({"type": "dpa4", "sel": 3, "channels": 8, **changes}, ["H"], 1)


DPA4_ARRAYS = [
    ({}, "blocks.2.ffns.0.so3_linear_1.weight", (4, 8, 64)),
    ({"n_blocks": 0}, "output_ffn.so3_linear_1.weight", (1, 8, 64)),
    ({"lmax": 1, "mmax": 1}, "blocks.0.so2_conv.so2_linears.0.weight_m.0", (8, 16)),
    ({"focus_dim": 4}, "blocks.0.so2_conv.radial_hidden_proj.weight", (8, 4)),
    ({"n_focus": 2}, "blocks.0.so2_conv.adamw_focus_compete_w", (8, 2)),
    ({"n_atten_head": 4}, "blocks.0.so2_conv.adamw_attn_logit_w", (8, 1, 4)),
    ({"l_schedule": [2, 1]}, "blocks.1.pre_ffn_norms.0.adam_scale", (2, 1, 8)),
    ({"add_chg_spin_ebd": True}, "charge_spin_embedding.mix_layer.matrix", (16, 8)),
    ({"use_spin": [True]}, "spin_embedding.adam_spin_vec_weight", (1, 8)),
    ({"radial_mlp": []}, "radial_embedding.net.0.matrix", (16, 32)),
    ({"message_node_so3": True}, "blocks.0.so2_conv.message_node_grid_product.frame_expand.weight",
     (4, 8, 24)),
]


@pytest.mark.parametrize(("options", "name", "shape"), DPA4_ARRAYS)
def test_the_options_of_dpa4_decide_its_arrays(options, name, shape):
    tree = dpa4_tree(**options).serialize()
    assert len(tree["config"]) == 62
    assert tree["@variables"][name].shape == shape


def test_the_tables_of_dpa4_follow_from_its_degrees():
    arrays = dpa4_tree(lmax=1, mmax=1, precision="float16").serialize()["@variables"]
    expected = {
        "version_tensor": 1.2,
        "gie.zonal_m0_col_index_for_row": [2, 2, 2],
        "blocks.0.so2_conv.so2_linears.0.pos_indices": [3],
        "blocks.0.so2_conv.so2_linears.0.neg_indices": [2],
        "blocks.0.so2_conv.radial_degree_mixer.kernel_compact_index": [0, 1, 2, 3, 4, 4],
        "blocks.0.so2_conv.radial_degree_mixer.kernel_dense_index": [0, 4, 1, 5, 10, 15],
        "blocks.0.so2_conv.non_linearities.0.expand_index": [0, 0, 0],
    }
    assert {name: arrays[name].tolist() for name in expected} == expected
    assert arrays["gie.radial_slot_index_for_row"].dtype == np.int64
    assert arrays["blocks.0.ffns.0.so3_linear_1.weight"].dtype == np.float16
    assert arrays["blocks.0.ffns.0.act.scalar_gate.weight"].dtype == np.float32


DPA4_MISTAKES = [
    ({"channels": 0}, "channels", "0, expected a positive number"),
    ({"channels": 1}, "channels", "at least 2 with 'use_env_seed'"),
    ({"so3_readout": "swiglu"}, "so3_readout", "one of none, glu, mlp"),
    ({"sandwich_norm": [True]}, "sandwich_norm", "expected 4 booleans"),
    ({"grid_branch": [1, 2]}, "grid_branch", "expected 3 non-negative integers"),
    ({"l_schedule": [1, 2]}, "l_schedule", "do not rise"),
    ({"m_schedule": [1]}, "m_schedule", "an order for each of 3 blocks"),
    ({"m_schedule": [4, 1, 1]}, "m_schedule", "no higher than the degrees"),
    ({"kmax": 4}, "kmax", "at most the highest degree, 3"),
    ({"node_cartesian": "odd:1"}, "node_cartesian", "'parity:2'"),
    ({"n_atten_head": 3}, "n_atten_head", "a divisor of the width of attention, 8"),
    ({"full_attn_res": "dependent", "block_attn_res": "dependent"}, "block_attn_res", "exclude"),
    ({"lmax": 2, "edge_cartesian": True, "node_wise_s2": True}, "edge_cartesian", "exclude"),
    ({"default_chg_spin": [0.5, 1]}, "default_chg_spin", "a charge from -100 to 99"),
    ({"use_spin": [1]}, "use_spin", "a list of booleans"),
    ({"use_spin": [True, False]}, "use_spin", "one for each of 1 types"),
    ({"use_spin": [True], "lmax": 0, "kmax": 0}, "lmax", "at least 1 with spins"),
    ({"inner_clamp_r_inner": 2.0, "inner_clamp_r_outer": 1.0}, "inner_clamp_r_inner", "below"),
    ({"lmx": 2}, "lmx", "has no key 'lmx'"),
]


@pytest.mark.parametrize(("options", "key", "message"), DPA4_MISTAKES)
def test_what_dpa4_cannot_be_is_refused_by_key(options, key, message):
    with pytest.raises(ComponentError, match=message) as caught:
        dpa4_tree(**options)
    assert caught.value.path == (key,)


def test_dpa4_of_a_degree_beyond_the_quadratures_is_not_supported():
    with pytest.raises(UnsupportedError, match="a degree of 44 is too high") as caught:
        dpa4_tree(lmax=44)
    assert caught.value.path == ("lmax",)


@pytest.mark.parametrize("type_name", ["dpa1", "se_atten_v2"])
def test_a_descriptor_with_attention_has_a_degree_or_more(type_name):
    config = {"type": type_name, "sel": 4, "rcut": 4.0, "lmax": 0}
    with pytest.raises(ComponentError, match="'lmax' is 0, expected 1 or more") as caught:
        Descriptor.from_config(config, ["H"], 1)
    assert caught.value.path == ("lmax",)


def test_a_known_array_of_dpa4_must_have_its_shape_and_others_are_kept():
    tree = dpa4_tree().serialize()
    tree["@variables"]["blocks.0.lora.a"] = np.zeros(3)
    assert differences(Component.deserialize(tree).serialize(), tree) == []
    name = "blocks.0.so2_conv.post_focus_mix.weight"
    tree["@variables"][name] = np.zeros(3)
    with pytest.raises(ShapeError, match=r"has shape \(3,\), expected \(4, 8, 8\)"):
        Component.deserialize(tree)


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
