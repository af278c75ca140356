# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every model: what it is made of, what it refuses."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from dp_multitask.checks.fresh_model import fresh_payload
from dp_multitask.components.core.component import Component
from dp_multitask.components.models.model import Model
from dp_multitask.components.models.multitask import Multitask
from dp_multitask.components.whole.class_findings import class_errors
from dp_multitask.components.whole.counting import count_branches, count_input
from dp_multitask.errors import (
    ComponentError,
    ConfigError,
    FileAccessError,
    ShapeError,
    UnsupportedError,
)
from small_inputs import DESCRIPTOR, FITTING, multitask, single
from tree_comparison import differences

TYPES = ["O", "H"]
MIXED = {"type": "se_atten", "sel": 5, "neuron": [2, 4], "axis_neuron": 2, "attn_layer": 0}
PAIR = {"descriptor": DESCRIPTOR, "fitting_net": FITTING}
MIXED_PAIR = {"descriptor": MIXED, "fitting_net": FITTING}


@pytest.fixture
def table(tmp_path):
    distances = np.arange(1, 9) * 0.5
    path = tmp_path / "table.txt"
    np.savetxt(path, np.column_stack([distances, 1 / distances, 2 / distances, 3 / distances]))
    return str(path)


def branch(fitting, **more):
    return {
        "type_map": TYPES,
        "descriptor": DESCRIPTOR,
        "fitting_net": {**FITTING, **fitting},
        **more,
    }


def configs(table):
    pairtab = {"type": "pairtab", "tab_file": table, "rcut": 3.0, "sel": 5}
    return {
        "EnergyModel": branch({}),
        "DOSModel": branch({"type": "dos", "numb_dos": 5}),
        "DipoleModel": branch({"type": "dipole"}),
        "PolarModel": branch({"type": "polar"}),
        "PropertyModel": branch({"type": "property", "property_name": "gap"}),
        "PopulationModel": branch({"type": "population"}),
        "SpinModel": branch({}, spin={"use_spin": ["H"], "virtual_scale": [0.3]}),
        "DPZBLModel": {**MIXED_PAIR, "type_map": TYPES}
        | {"use_srtab": table, "sw_rmin": 0.2, "sw_rmax": 1.0},
        "LinearEnergyModel": {
            "type": "linear_ener",
            "type_map": TYPES,
            "models": [MIXED_PAIR, pairtab],
            "weights": [0.5, 0.5],
        },
        "PairTabModel": {**pairtab, "type_map": TYPES},
        "PairwiseDPRc": {
            "type": "pairwise_dprc",
            "type_map": TYPES,
            "type_embedding": {"neuron": [4]},
            "qm_model": MIXED_PAIR,
            "qmmm_model": MIXED_PAIR,
        },
        "MultiModel": {
            "type": "multi",
            "type_map": TYPES,
            "descriptor": DESCRIPTOR,
            "fitting_net_dict": {"energy": FITTING, "moment": {**FITTING, "type": "dipole"}},
        },
    }


NAMES = tuple(configs(""))


@pytest.mark.parametrize("name", NAMES)
def test_a_fresh_tree_comes_back_exactly_and_has_its_shapes(name, table):
    config = configs(table)[name]
    model = Model.from_config(config, None, 1)
    assert type(model).__name__ == name
    tree = model.serialize()
    again = Component.deserialize(tree)
    assert type(again) is type(model)
    assert differences(again.serialize(), tree) == []
    assert Model.shapes(config) == {path: array.shape for path, array in model.variables()}


@pytest.mark.parametrize("name", NAMES)
def test_a_model_does_not_change_its_config(name, table):
    config = configs(table)[name]
    kept = copy.deepcopy(config)
    Model.from_config(config, None, 1)
    assert config == kept


@pytest.mark.parametrize(
    ("name", "width"),
    [
        *(("EnergyModel", 1), ("DOSModel", 5), ("DipoleModel", 3)),
        *(("PolarModel", 9), ("PropertyModel", 1), ("PopulationModel", 2)),
    ],
)
def test_the_output_has_the_width_of_what_is_fitted(name, width, table):
    tree = Model.from_config(configs(table)[name], None, 1).serialize()
    assert tree["@variables"]["out_bias"].shape == (1, 2, width)
    assert tree["@variables"]["out_std"].dtype == np.float64


def test_excluded_atoms_are_those_that_the_fitting_net_leaves_out():
    tree = Model.from_config(branch({}, atom_exclude_types=[1])).serialize()
    assert tree["fitting"]["exclude_types"] == [1]


def test_a_spin_model_has_twice_the_types_and_leaves_out_those_without_spin():
    config = branch({}, spin={"use_spin": ["H"], "virtual_scale": [0.3]})
    tree = Model.from_config(config).serialize()
    inner = tree["backbone_model"]
    assert list(tree) == ["type", "backbone_model", "spin"]
    assert tree["spin"] == {"use_spin": [False, True], "virtual_scale": [0.0, 0.3]}
    assert inner["type_map"] == ["O", "H", "O_spin", "H_spin"]
    assert inner["pair_exclude_types"] == [[2, 0], [2, 1], [2, 2], [2, 3]]
    assert inner["atom_exclude_types"] == [2, 3]
    assert inner["descriptor"]["sel"] == [3, 6, 3, 6]
    assert inner["descriptor"]["env_protection"] == 0.01


def test_a_table_is_continued_smoothly_to_the_cutoff(table):
    config = {"type": "pairtab", "type_map": TYPES, "tab_file": table, "rcut": 6.0, "sel": [2, 3]}
    tree = Model.from_config(config).serialize()
    values = tree["tab"]["@variables"]["vdata"]
    assert tree["sel"] == 5
    assert values[-1, 0] <= 6.0
    assert not values[-1, 1:].any()
    assert tree["tab"]["@variables"]["tab_data"].shape == (4 * tree["tab"]["nspline"] * 4,)


DPA4 = {
    "type": "dpa4",
    "type_map": TYPES,
    "descriptor": {"type": "dpa4", "sel": 4, "channels": 4, "lmax": 1, "n_blocks": 1},
}
NATIVE_SPIN = {"use_spin": [True, False], "scheme": "native"}
VIRTUAL_SPIN = {"use_spin": [True, False], "virtual_scale": 0.3}


def dpa4_parts(**more):
    tree = Model.from_config({**DPA4, **more}, None, 1).serialize()
    inner = tree["atomic_model"]
    return tree, inner, inner["descriptor"]["config"]


def test_a_model_of_dpa4_holds_an_inner_one():
    tree, inner, config = dpa4_parts(pair_exclude_types=[[0, 1]])
    assert tree["type"] == "SeZM"
    assert tree["bridging_method"] == "NONE"
    assert inner["fitting"]["type"] == "sezm_ener"
    assert inner["dens_fitting"] is None
    assert inner["@variables"]["dens_force_rmsd"].shape == ()
    assert config["exclude_types"] == [[0, 1]]
    assert config["inner_clamp_r_inner"] is None


def test_bridging_clamps_the_distances_of_the_descriptor():
    tree, _, config = dpa4_parts(bridging_method="zbl", bridging_r_inner=0.4)
    assert tree["bridging_method"] == "ZBL"
    assert (config["inner_clamp_r_inner"], config["inner_clamp_r_outer"]) == (0.4, 0.8)


def test_virtual_spins_double_the_types_and_the_neighbours():
    tree, inner, config = dpa4_parts(spin=VIRTUAL_SPIN)
    assert tree["type"] == "sezm_spin"
    assert tree["spin"] == {"use_spin": [True, False], "virtual_scale": [0.3, 0.3]}
    assert tree["real_sel"] == [4]
    assert config["sel"] == [9]
    assert inner["type_map"] == [*TYPES, *(f"{name}_spin" for name in TYPES)]
    assert inner["atom_exclude_types"] == [2, 3]
    assert config["exclude_types"] == [[3, 0], [3, 1], [3, 2], [3, 3]]


def test_a_width_of_0_is_chosen_for_a_property_too():
    fitting = {"type": "property", "property_name": "gap", "neuron": [0, 5], "numb_fparam": 9}
    _, inner, _ = dpa4_parts(fitting_net=fitting)
    assert inner["fitting"]["neuron"] == [64, 5]  # 8/3 of 4 + 9, in steps of 32


def test_native_spins_are_the_descriptors():
    tree, _, config = dpa4_parts(spin=NATIVE_SPIN)
    assert tree["type"] == "sezm_native_spin"
    assert config["use_spin"] == [True, False]
    fitting = {"type": "dpa4_ener"}
    standard = {**DPA4, "type": "standard", "spin": NATIVE_SPIN, "fitting_net": fitting}
    flat = Model.from_config(standard).serialize()
    assert flat["type"] == "native_spin"
    assert flat["descriptor"]["config"]["use_spin"] == [True, False]


def test_branches_of_dpa4_share_all_but_the_mark_of_the_version_or_the_types_only():
    branch = {"type": "dpa4", "type_map": "types"}
    names = {"a": "des", "b": "des", "c": "des:1"}
    model = Multitask.from_config(
        {
            "shared_dict": {"types": TYPES, "des": DPA4["descriptor"]},
            "model_dict": {name: {**branch, "descriptor": des} for name, des in names.items()},
        },
        1,
    )
    a, b, c = (
        each.serialize()["atomic_model"]["descriptor"]["@variables"]
        for each in model.branches.values()
    )
    assert {name for name in a if a[name] is not b[name]} == {"version_tensor", "mean", "stddev"}
    assert [name for name in a if a[name] is c[name]] == ["type_embedding.adam_type_embedding"]


MISTAKES = [
    ({**DPA4, "descriptor": DESCRIPTOR}, ("descriptor", "type"), "expected 'dpa4'"),
    ({**DPA4, "fitting_net": {"type": "dos"}}, ("fitting_net", "type"), "expected 'dpa4_ener'"),
    ({**DPA4, "fitting_net": []}, ("fitting_net",), "must be a mapping"),
    ({**DPA4, "bridging_method": "LJ"}, ("bridging_method",), "expected 'none' or 'ZBL'"),
    ({**DPA4, "bridging_r_inner": "a"}, ("bridging_r_inner",), "must be a number"),
    (
        {**DPA4, "bridging_method": "ZBL", "bridging_r_inner": 1.0},
        ("descriptor", "inner_clamp_r_inner"),
        "a positive distance below",
    ),
    (
        {**DPA4, "pair_exclude_types": [[0, 0]]}
        | {"descriptor": {**DPA4["descriptor"], "exclude_types": [[0, 1]]}},
        ("pair_exclude_types",),
        "as in the descriptor",
    ),
    (
        {**DPA4, "bridging_method": "ZBL", "fitting_net": {"type": "property"}},
        ("bridging_method",),
        "no potential",
    ),
    (branch({}, descriptor={**DESCRIPTOR, "sel": [3]}), ("descriptor", "sel"), "expected 2"),
    (branch({}, descriptor={**DESCRIPTOR, "sel": "auto"}), ("descriptor", "sel"), "training data"),
    (branch({"neurons": []}), ("fitting_net", "neurons"), "no key"),
    (branch({"type": "invar"}), ("fitting_net", "type"), "no standard model"),
    (branch({}, fitting_net=[]), ("fitting_net",), "must be a mapping"),
    ({"type_map": TYPES, "fitting_net": {}}, ("descriptor",), "lacks 'descriptor'"),
    (branch({}, spin={"use_spin": ["N"]}), ("spin", "use_spin"), "names 'N'"),
    (branch({}, spin={"use_spin": [True]}), ("spin", "use_spin"), "1 flags, expected 2"),
    (
        branch({}, spin={"use_spin": [True, True], "virtual_scale": [1.0, 2.0, 3.0]}),
        ("spin", "virtual_scale"),
        "expected a number",
    ),
    ({"type": "linear_ener", "type_map": TYPES, "models": []}, ("models",), "needs a list"),
    (
        {"type": "linear_ener", "type_map": TYPES, "models": [MIXED_PAIR], "weights": [1, 2]},
        ("weights",),
        "2 numbers, expected 1",
    ),
    ({"type": "enerr", "type_map": TYPES}, ("type",), "unknown model type"),
]


@pytest.mark.parametrize(("config", "path", "message"), MISTAKES)
def test_what_a_config_cannot_mean_is_refused_where_it_stands(config, path, message):
    with pytest.raises(ComponentError, match=message) as caught:
        Model.from_config(config)
    assert caught.value.path == path


REFUSED = [
    ({"type": "frozen", "model_file": "m.dp"}, ("model_file",), "in its file"),
    ({**DPA4, "lora": {"rank": 2}}, ("lora",), "made from a trained one"),
    (
        {**DPA4, "type": "standard", "spin": NATIVE_SPIN, "bridging_method": "ZBL"},
        ("bridging_method",),
        "of type 'dpa4' only",
    ),
    (branch({}, bridging_method="ZBL"), ("bridging_method",), "'zbl'"),
    (branch({}, type_embedding={}), ("type_embedding",), "TensorFlow only"),
    (
        branch({"type": "dipole"}, descriptor={"type": "se_e2_r", "sel": [3, 6]}),
        ("fitting_net",),
        "does not say",
    ),
]


@pytest.mark.parametrize(("config", "path", "message"), REFUSED)
def test_what_cannot_be_started_here_says_so(config, path, message):
    with pytest.raises(UnsupportedError, match=message) as caught:
        Model.from_config(config)
    assert caught.value.path == path


def test_a_table_that_is_not_there_is_a_file_error(tmp_path):
    missing = str(tmp_path / "none.txt")
    config = {"type": "pairtab", "type_map": TYPES, "tab_file": missing, "rcut": 3.0, "sel": 5}
    with pytest.raises(FileAccessError, match="cannot be read"):
        Model.from_config(config)


def test_a_table_of_other_types_is_refused(table):
    config = {"type": "pairtab", "type_map": ["O"], "tab_file": table, "rcut": 3.0, "sel": 5}
    with pytest.raises(ComponentError, match="the table has 2 types, expected 1"):
        Model.from_config(config)


def test_a_fitting_net_that_does_not_take_the_descriptor_is_refused():
    tree = Model.from_config(branch({}), None, 1).serialize()
    tree["descriptor"]["axis_neuron"] = 1
    with pytest.raises(ShapeError, match=r"'dim_descrpt' .* is 8, expected 4 = neuron\[-1\]") as e:
        Component.deserialize(tree)
    assert e.value.path == ("fitting", "dim_descrpt")


def test_a_bias_for_other_types_is_refused():
    tree = Model.from_config(branch({}), None, 1).serialize()
    tree["type_map"] = ["O", "H", "C"]
    with pytest.raises(ShapeError, match=r"= \(1, len\(type_map\), 1\)"):
        Component.deserialize(tree)


@pytest.mark.parametrize("part", ["descriptor", "fitting"])
def test_a_model_without_one_of_its_parts_is_refused(part):
    tree = Model.from_config(branch({}), None, 1).serialize()
    del tree[part]
    with pytest.raises(ComponentError):
        Component.deserialize(tree)


# --- many branches --------------------------------------------------------------------------


def test_branches_take_what_they_share_from_the_base_and_keep_their_own():
    config = multitask(fitting=FITTING)
    model = Multitask.from_config(config["model"], 1)
    water, ice = model.branches["water"], model.branches["ice"]
    one, other = dict(water.variables()), dict(ice.variables())
    own = {path[-1] for path in one if one[path] is not other[path]}
    assert own == {"out_bias", "out_std", "bias_atom_e"}


def test_a_multitask_payload_comes_back_exactly():
    tree = fresh_payload(multitask(), 1)
    again = Multitask.deserialize(tree)
    assert differences(again.serialize(), tree) == []
    assert list(again.branches) == ["water", "ice"]
    assert again.shared_links == tree["shared_links"]
    assert repr(again) == "<Multitask: water, ice>"


def test_a_payload_without_branches_is_no_multitask_model():
    with pytest.raises(ComponentError) as caught:
        Multitask.deserialize(fresh_payload(single(), 1))
    assert caught.value.path == ("model", "model_dict")


def test_branches_that_share_must_have_equal_sizes():
    config = multitask()
    config["model"]["model_dict"]["ice"]["type_map"] = ["O", "H"]
    config["model"]["shared_dict"]["des"] = {**MIXED}
    config["model"]["model_dict"]["ice"]["type_map"] = ["O", "H", "C"]
    with pytest.raises(ConfigError, match="cannot be shared") as caught:
        fresh_payload(config, 1)
    assert caught.value.path[:3] == ("model", "model_dict", "ice")
    assert "'des' is shared with 'water'" in caught.value.hint


def test_a_frozen_branch_is_the_model_of_its_file():
    inner = fresh_payload(single(), 7)
    config = single()
    config["model"] = {"type": "frozen", "model_file": "inner.dp"}
    payload = fresh_payload(config, 1, read_model={"inner.dp": inner}.__getitem__)
    assert differences(payload["model"], inner["model"]) == []


def test_a_frozen_branch_of_many_models_is_refused():
    many = fresh_payload(multitask(), 1)
    config = single()
    config["model"] = {"type": "frozen", "model_file": "many.dp"}
    with pytest.raises(ConfigError, match="holds several models"):
        fresh_payload(config, 1, read_model=lambda path: many)


def test_a_reference_in_a_linear_model_is_refused_as_deepmd_kit_does():
    members = [{"type_map": TYPES, "descriptor": "d", "fitting_net": FITTING}] * 2
    config = single()
    config["model"] = {
        "type": "linear_ener",
        "type_map": TYPES,
        "shared_dict": {"d": MIXED},
        "models": members,
        "weights": "mean",
    }
    with pytest.raises(ConfigError, match="must be written out in a single-task input") as caught:
        fresh_payload(config, 1)
    assert caught.value.path == ("model", "models", 0, "descriptor")


# --- counting and checking ------------------------------------------------------------------


def numbers(tree):
    """Count the numbers of a tree, each array once."""
    arrays = {}

    def walk(node):
        if isinstance(node, dict | list):
            for each in node.values() if isinstance(node, dict) else node:
                walk(each)
        elif isinstance(node, np.ndarray):
            arrays[id(node)] = node.size

    walk(tree)
    return sum(arrays.values())


@pytest.mark.parametrize("fitting", [None, FITTING])
@pytest.mark.parametrize(("descriptor", "level"), [(DESCRIPTOR, 0), (MIXED, 0), (MIXED, 1)])
def test_the_count_of_an_input_is_that_of_its_model(descriptor, level, fitting):
    config = multitask(descriptor=descriptor, fitting=fitting, level=level)
    counted = count_branches(config["model"])
    model = fresh_payload(config, 1)["model"]["model_dict"]
    assert sum(counted.total) == numbers(model)
    assert sum(counted.branches["ice"]) == numbers(model["ice"])
    assert sum(counted.shared["des"]) > 0


def test_the_count_of_one_model():
    assert sum(count_input(single()).total) == numbers(fresh_payload(single(), 1)["model"])


def test_a_fresh_model_has_no_findings():
    assert class_errors(fresh_payload(multitask(), 1), values=True) == []
    assert class_errors(fresh_payload(single(), 1), values=True) == []


def test_findings_name_the_place_in_the_file():
    tree = fresh_payload(multitask(), 1)
    tree["model"]["model_dict"]["ice"]["descriptor"]["@version"] = 9
    bias = np.full((2, 1), np.nan)
    tree["model"]["model_dict"]["water"]["fitting"]["@variables"]["bias_atom_e"] = bias
    place = ("model", "model_dict", "water", "fitting", "@variables", "bias_atom_e")
    found = {err.path: err.message for err in class_errors(tree, values=True)}
    assert found[place] == "not every value is finite"
    version = found["model", "model_dict", "ice", "descriptor", "@version"]
    assert version.startswith("DescrptSeA has version 9, expected 1 to 3")


def test_a_file_without_a_model_is_a_finding():
    (found,) = class_errors({})
    assert (found.path, found.message) == (("model",), "the file holds no model")
