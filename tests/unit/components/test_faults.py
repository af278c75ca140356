# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a tree or config may claim, and what is told of all that is wrong with it."""

from __future__ import annotations

import copy
import time
import tracemalloc

import numpy as np
import pytest

from dp_multitask.checks.fresh_model import fresh_payload
from dp_multitask.components import Component, Descriptor, Fitting
from dp_multitask.components.core.kinds import MOST_LAYERS
from dp_multitask.components.whole.class_findings import class_errors
from dp_multitask.components.whole.counting import count_branches
from dp_multitask.components.whole.planned import plan_branch
from dp_multitask.errors import ComponentError, FieldTypeError, ShapeError, UnknownKeyError
from planned_configs import BRANCHES, DESCRIPTORS, PLAIN, TYPES
from small_inputs import multitask

HUGE = 10**9


def fresh(type_name):
    (config,) = (each for each in DESCRIPTORS if each["type"] == type_name)
    return Descriptor.from_config(config, TYPES, 1).serialize()


def at(tree, path):
    for key in path[:-1]:
        tree = tree[key]
    return tree


CLAIMS = [
    ("dpa1", ("attn_layer",)),
    ("dpa1", ("attention_layers", "layer_num")),
    ("dpa2", ("repformer_args", "nlayers")),
    ("dpa3", ("repflow_args", "nlayers")),
    ("dpa3", ("repflow_args", "n_multi_edge_message")),
    ("dpa4", ("config", "n_blocks")),
    ("dpa4", ("config", "mixing_layers")),
    ("dpa4", ("config", "ffn_blocks")),
    ("dpa4", ("config", "readout_layers")),
    ("dpa4", ("config", "node_cartesian")),
    ("dpa4c", ("lmax",)),
    ("se_a_tpe", ("type_nlayer",)),
    ("se_e2_a", ("embeddings", "ntypes")),
    ("se_e2_a", ("embeddings", "ndim")),
    ("se_e2_a", ("sel",)),
]


@pytest.mark.parametrize(("type_name", "path"), CLAIMS, ids=lambda value: str(value))
def test_a_size_that_a_tree_claims_costs_nothing(type_name, path):
    tree = fresh(type_name)
    claimed = {"sel": [0] * 17_000, "node_cartesian": str(HUGE)}.get(path[-1], HUGE)
    at(tree, path)[path[-1]] = claimed
    tracemalloc.start()
    begun = time.process_time()
    with pytest.raises(ComponentError) as caught:
        Component.deserialize(tree)
    assert time.process_time() - begun < 2
    assert tracemalloc.get_traced_memory()[1] < 50_000_000
    tracemalloc.stop()
    assert caught.value.path[0] in (path[0], "@variables")


def test_a_fitting_net_of_a_billion_types_costs_nothing():
    sizes = {"ntypes": 2, "dim_descrpt": 4, "mixed_types": False}
    tree = Fitting.from_config({"type": "ener", **sizes}, None, 1).serialize()
    tree["ntypes"] = HUGE
    with pytest.raises(ComponentError, match="1000000000"):
        Component.deserialize(tree)


@pytest.mark.parametrize(
    ("descriptor", "path"),
    [
        ({"type": "dpa1", "sel": 3, "attn_layer": MOST_LAYERS + 1}, ("descriptor", "attn_layer")),
        ({"sel": [2**31, 1]}, ("descriptor", "sel")),
        ({"sel": [1, 1], "neuron": [2**25, 2**25], "axis_neuron": 1}, ("descriptor", "embeddings")),
        ({"sel": [1]}, ("descriptor", "sel")),
        ({"sel": [1, 1], "neuron": []}, ("descriptor", "neuron")),
        (
            {"type": "hybrid", "list": [{"sel": [1, 1]}, {"sel": [1, 1], "sell": 1}]},
            ("descriptor", "list", 1, "sell"),
        ),
    ],
)
def test_what_cannot_be_planned_is_told_with_its_place(descriptor, path):
    with pytest.raises(ComponentError) as caught:
        plan_branch({**PLAIN, "descriptor": descriptor})
    assert caught.value.path[: len(path)] == path


@pytest.mark.parametrize("sel", ["auto", "auto:1.2", None])
def test_what_the_data_decide_is_said(sel):
    descriptor = {"type": "se_e2_a"} if sel is None else {"type": "se_e2_a", "sel": sel}
    with pytest.raises(ComponentError, match="needs the training data"):
        plan_branch({**PLAIN, "descriptor": descriptor})


@pytest.mark.parametrize("config", BRANCHES, ids=lambda config: str(config.get("type")))
def test_a_branch_that_can_be_built_has_no_errors(config):
    before = copy.deepcopy(config)
    plan_branch(config)
    assert config == before


def test_many_types_are_planned_at_once():
    types = [f"T{number}" for number in range(200)]
    config = {"type_map": types, "descriptor": {"sel": [1] * 200}, "fitting_net": {}}
    begun = time.process_time()
    plan_branch(config)
    assert time.process_time() - begun < 1


def test_all_that_is_wrong_with_a_tree_is_told():
    tree = fresh("se_e2_a")
    tree |= {"rcut": "six", "axis_neurons": 3}
    tree["embeddings"]["networks"][1]["layers"][0]["@version"] = 9
    del tree["neuron"]
    component, errors = Component.examine(tree)
    assert component is None
    assert {each.path for each in errors} == {
        ("rcut",),
        ("axis_neurons",),
        ("embeddings", "networks", 1, "layers", 0, "@version"),
        (),
    }


def test_every_wrong_shape_of_a_branch_is_told():
    payload = fresh_payload(multitask(), 1)
    descriptor = payload["model"]["model_dict"]["water"]["descriptor"]
    wrong = np.ones((1, 1))
    descriptor["@variables"] |= {"davg": wrong, "dstd": wrong}
    payload["model"]["model_dict"]["water"]["fitting"]["@variables"]["bias_atom_e"] = wrong
    paths = [each.path[3:] for each in class_errors(payload)]
    assert paths == [
        ("descriptor", "@variables", "davg"),
        ("descriptor", "@variables", "dstd"),
        ("fitting", "@variables", "bias_atom_e"),
    ]


def test_neither_tree_is_changed_by_sharing():
    config = next(each for each in DESCRIPTORS if each["type"] == "dpa3")
    trees = [Descriptor.from_config(config, TYPES, seed).serialize() for seed in (1, 2)]
    layer = trees[1]["repflow_variable"]["repflow_layers"][0]["@variables"]
    held = list(layer["n_residual"])
    one, other = map(Component.deserialize, trees)
    other.share_with(one)
    assert all(now is before for now, before in zip(layer["n_residual"], held, strict=True))


def test_what_is_written_is_the_callers_own():
    component = Component.deserialize(fresh("se_e2_a"))
    written = component.serialize()
    written["neuron"].append(7)
    written["embeddings"]["networks"].clear()
    written["@variables"].clear()
    again = component.serialize()
    assert again["neuron"] == [4, 8]
    assert len(again["embeddings"]["networks"]) == 4
    assert set(again["@variables"]) == {"davg", "dstd"}
    davg = dict(component.variables())["@variables", "davg"]
    assert again["@variables"]["davg"] is davg


def test_a_key_of_a_config_that_is_no_text_is_unknown():
    with pytest.raises(UnknownKeyError, match="no key 3"):
        Descriptor.from_config({"sel": [1, 1], 3: 4, "sell": 2}, TYPES)


@pytest.mark.parametrize("value", ["1.2", b"1", {}, [], True and "x"])
def test_a_text_is_no_variable(value):
    tree = fresh("dpa4")
    tree["@variables"]["version_tensor"] = value
    with pytest.raises(FieldTypeError, match="must be an array of shape"):
        Component.deserialize(tree)


def test_shared_parts_of_other_sizes_are_not_counted_as_one():
    shared = {"t": ["H", "O"], "d": {"type": "dpa1", "sel": 4, "attn_layer": 0}}
    branch = {"type_map": "t", "descriptor": "d", "fitting_net": {}}
    spin = {"spin": {"use_spin": [True, False], "virtual_scale": [0.3]}}
    model = {"shared_dict": shared, "model_dict": {"a": branch, "b": {**branch, **spin}}}
    with pytest.raises(ShapeError, match="'d' is shared") as caught:
        count_branches(model)
    assert caught.value.path[0] == "model_dict"
    assert "descriptor" in caught.value.path
