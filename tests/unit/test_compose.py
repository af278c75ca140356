# SPDX-License-Identifier: LGPL-3.0-or-later
"""Single-task inputs put together as one multitask input."""

from __future__ import annotations

import copy

import pytest

from dp_multitask.checks.check import check
from dp_multitask.config.branch import branch_input
from dp_multitask.config.compose import compose
from dp_multitask.config.compose.branches import with_renamed_branch, without_branches
from dp_multitask.config.edited_input import EditedInput
from dp_multitask.config.training_input import resolve_input
from dp_multitask.errors import (
    ConfigError,
    ConfigTypeError,
    MissingKeyError,
    SharedTypeMapError,
    UnknownBranchError,
    UsageError,
)
from dp_multitask.text.document import parse_document
from small_inputs import multitask
from small_inputs import single as small_single

SE_A = {"type": "se_e2_a", "sel": [4, 8], "rcut": 6.0, "neuron": [4, 8], "axis_neuron": 4}


def single(system="a", *, training=None, loss=None, **model):
    config = small_single(**model)
    config["loss"] = {"type": "ener"} if loss is None else loss
    config["training"]["training_data"]["systems"] = [system]
    config["training"] |= training or {}
    return config


def notes_of(result):
    return [f"{'/'.join(map(str, each.path))}: {each.message}" for each in result.notes]


def errors(config):
    return [each for each in check(config) if each.severity == "error"]


def test_equal_descriptors_and_type_maps_become_shared_entries():
    result = compose({"ice": single("a"), "gas": single("b")})
    model = result.data["model"]
    assert model["shared_dict"] == {
        "type_map_all": ["O", "H"],
        "shared_descriptor": single()["model"]["descriptor"],
    }
    for name in ("ice", "gas"):
        assert model["model_dict"][name] == {
            "type_map": "type_map_all",
            "descriptor": "shared_descriptor",
            "fitting_net": single()["model"]["fitting_net"],
        }
    assert result.data["loss_dict"] == {"ice": {"type": "ener"}, "gas": {"type": "ener"}}
    data = result.data["training"]["data_dict"]
    assert data["gas"]["training_data"]["systems"] == ["b"]
    assert errors(result.data) == []
    assert "gas/fitting_net: equal to that of 'ice'" in " ".join(notes_of(result))


def test_inputs_are_left_alone():
    inputs = {"ice": single("a"), "gas": single("b", type_map=["H", "C"])}
    before = copy.deepcopy(inputs)
    compose(inputs, share=["descriptor", "fitting_net"], unite_type_maps=True)
    assert inputs == before


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({"seed": 7}, True),
        ({"_comment": "mine"}, True),
        ({"type": "se_a"}, True),
        ({"rcut": 5.0}, False),
        ({"sel": [4, 9]}, False),
        ({"type_one_side": True}, False),
    ],
)
def test_seeds_comments_and_aliases_make_no_difference(other, same):
    result = compose(
        {"a": single(descriptor=SE_A), "b": single(descriptor={**SE_A, **other})}
    )
    branch = result.data["model"]["model_dict"]["b"]
    assert isinstance(branch["descriptor"], str) is same
    if not same:
        (key,) = other
        assert any("not shared" in each and key in each for each in notes_of(result))


def test_a_shared_fitting_net_tells_its_branches_apart():
    names = ("a", "b", "c")
    result = compose({name: single(name) for name in names}, share=["descriptor", "fitting_net"])
    model = result.data["model"]
    assert model["shared_dict"]["shared_fitting"]["dim_case_embd"] == 3
    assert {each["fitting_net"] for each in model["model_dict"].values()} == {"shared_fitting"}
    assert errors(result.data) == []


def test_a_fitting_net_is_not_shared_over_different_descriptors():
    inputs = {"a": single(descriptor=SE_A), "b": single(descriptor=SE_A | {"neuron": [2, 4]})}
    model = compose(inputs, share=["descriptor", "fitting_net"]).data["model"]
    assert list(model["shared_dict"]) == ["type_map_all"]


@pytest.mark.parametrize("share", [[], ["none"]])
def test_nothing_need_be_shared_but_the_type_map(share):
    model = compose({"a": single(), "b": single()}, share=share).data["model"]
    assert list(model["shared_dict"]) == ["type_map_all"]


def test_a_level_is_written_behind_the_reference():
    descriptor = {"type": "dpa1", "sel": 12, "attn_layer": 0}
    inputs = {name: single(name, descriptor=descriptor) for name in "ab"}
    result = compose(inputs, share=["descriptor:1"])
    levels = {each["descriptor"] for each in result.data["model"]["model_dict"].values()}
    assert levels == {"shared_descriptor:1"}
    assert errors(result.data) == []
    with pytest.raises(UsageError, match="cannot be shared at level 1; its levels: 0"):
        compose({name: single(name) for name in "ab"}, share=["descriptor:1"])


def test_type_maps_are_united_on_request():
    first = single(
        "a",
        descriptor=SE_A | {"exclude_types": [[0, 1]]},
        fitting_net={"neuron": [4], "atom_ener": [-1.0, -2.0]},
        preset_out_bias={"energy": [-1.0, -2.0]},
        atom_exclude_types=[1],
    )
    second = single("b", type_map=["C", "H"], descriptor=SE_A | {"sel": [3, 9]})
    with pytest.raises(SharedTypeMapError, match="a and b differ: O H and C H"):
        compose({"a": first, "b": second})
    result = compose({"a": first, "b": second}, unite_type_maps=True)
    model = result.data["model"]
    assert model["shared_dict"]["type_map_all"] == ["O", "H", "C"]
    a, b = model["model_dict"]["a"], model["model_dict"]["b"]
    assert a["fitting_net"]["atom_ener"] == [-1.0, -2.0, None]
    assert a["preset_out_bias"] == {"energy": [-1.0, -2.0, None]}
    assert a["atom_exclude_types"] == [1]
    assert a["descriptor"]["exclude_types"] == [[0, 1]]
    assert a["descriptor"]["sel"] == [4, 8, 1]
    assert b["descriptor"]["sel"] == [1, 9, 3]
    assert any("1 for C, which the data of a does not have" in each for each in notes_of(result))


def test_a_shared_sel_is_the_largest_of_each_type():
    inputs = {
        "a": single("a", descriptor=SE_A),
        "b": single("b", type_map=["H", "C"], descriptor=SE_A | {"sel": [9, 3]}),
    }
    model = compose(inputs, unite_type_maps=True).data["model"]
    assert model["shared_dict"]["shared_descriptor"]["sel"] == [4, 9, 3]


def test_types_in_another_order_change_their_index():
    second = single(
        "b", type_map=["H", "O"], descriptor=SE_A | {"sel": [8, 4], "exclude_types": [[0, 0]]},
        fitting_net={"type": "dipole", "sel_type": [1], "neuron": [4]},
        loss={"type": "tensor", "pref": 1.0, "pref_atomic": 0.0},
    )
    inputs = {"a": single("a", descriptor=SE_A | {"exclude_types": [[1, 1]]}), "b": second}
    model = compose(inputs, unite_type_maps=True).data["model"]
    assert model["shared_dict"]["shared_descriptor"]["exclude_types"] == [[1, 1]]
    assert model["model_dict"]["b"]["fitting_net"]["sel_type"] == [0]
    assert model["model_dict"]["b"]["descriptor"] == "shared_descriptor"


def test_what_a_job_has_once_is_the_first_inputs():
    second = single("b", training={"numb_steps": 9, "disp_freq": 7})
    second["learning_rate"] = {"type": "exp", "start_lr": 0.5}
    second["validating"] = {"full_validation": False}
    result = compose({"a": single("a"), "b": second})
    assert result.data["learning_rate"] == single()["learning_rate"]
    assert result.data["validating"] == second["validating"]
    said = notes_of(result)
    assert any(each.startswith("learning_rate: 'b' had another: start_lr") for each in said)
    assert any(each.startswith("training/numb_steps: 1 is taken, 'b' had 9") for each in said)


def test_epochs_become_those_of_each_branch():
    inputs = {name: single(name) for name in "ab"}
    for number, config in enumerate(inputs.values()):
        del config["training"]["numb_steps"]
        config["training"]["num_epoch"] = number + 1
    training = compose(inputs).data["training"]
    assert training["num_epoch_dict"] == {"a": 1, "b": 2}
    assert "num_epoch" not in training


def test_statistics_do_not_get_mixed_up():
    inputs = {name: single(name, training={"stat_file": "./stat.hdf5"}) for name in "ab"}
    data = compose(inputs).data["training"]["data_dict"]
    assert data["a"]["stat_file"] == "./stat.hdf5"
    assert data["b"]["stat_file"] == "./stat_b.hdf5"


def test_probabilities():
    inputs = {"a": single("a"), "b": single("b")}
    assert "model_prob" not in compose(inputs).data["training"]
    training = compose(inputs, prob={"a": 3}).data["training"]
    assert training["model_prob"] == {"a": 3, "b": 1.0}
    with pytest.raises(UsageError, match="Did you mean 'a'"):
        compose({"a": single()}, prob={"a1": 1})


def test_branches_are_added_to_a_base():
    base = multitask(branches=("water", "ice"))
    base["training"]["model_prob"] = {"water": 1, "ice": 3}
    descriptor = base["model"]["shared_dict"]["des"]
    result = compose({"gas": single("g", descriptor=descriptor)}, base=base)
    model = result.data["model"]
    assert model["shared_dict"] == base["model"]["shared_dict"]
    assert model["model_dict"]["gas"]["descriptor"] == "des"
    assert model["model_dict"]["gas"]["type_map"] == "types"
    assert result.data["training"]["model_prob"] == {"water": 1, "ice": 3, "gas": 2.0}
    assert errors(result.data) == []


def test_a_base_gets_the_types_that_a_new_branch_brings():
    base = multitask()
    other = single("g", type_map=["H", "C"], descriptor=base["model"]["shared_dict"]["des"])
    model = compose({"gas": other}, base=base, unite_type_maps=True).data["model"]
    assert model["shared_dict"]["types"] == ["O", "H", "C"]
    assert model["shared_dict"]["des"]["sel"] == [3, 6, 6]
    assert model["model_dict"]["gas"]["descriptor"] == "des"


def test_a_base_that_tells_cases_apart_gets_one_more():
    base = multitask(fitting={"neuron": [4, 4], "dim_case_embd": 2})
    part = base["model"]["shared_dict"]
    new = single("g", descriptor=part["des"], fitting_net=part["fit"])
    result = compose({"gas": new}, base=base, share=["descriptor", "fitting_net"])
    assert result.data["model"]["shared_dict"]["fit"]["dim_case_embd"] == 3
    assert result.data["model"]["model_dict"]["gas"]["fitting_net"] == "fit"


@pytest.mark.parametrize(
    ("inputs", "options", "error", "message"),
    [
        ({}, {}, UsageError, "nothing to compose"),
        ({"a": {}}, {}, MissingKeyError, "no 'model' section"),
        ({"a": {"model": []}}, {}, ConfigTypeError, "must be a mapping"),
        ({"a": {"model": {}}}, {}, MissingKeyError, "no type map"),
        ({"a": {"model": {"type_map": [1]}}}, {}, ConfigTypeError, "names of elements"),
        ({"a": multitask()}, {}, ConfigTypeError, "is a multitask input"),
        ({"a": [1]}, {}, ConfigTypeError, "must be a mapping"),
        ({"a": single()}, {"share": ["loss"]}, UsageError, "expected PART"),
        ({"a": single()}, {"share": ["descriptor:x"]}, UsageError, "expected PART"),
        ({"a": single()}, {"share": ["descriptor", "descriptor:1"]}, UsageError, "twice"),
        ({"a": single()}, {"base": single()}, ConfigError, "no multitask input"),
        ({"ice": single()}, {"base": multitask()}, ConfigError, "has a branch 'ice' already"),
        ({"a": single()}, {"base": multitask() | {"training": 3}}, ConfigTypeError, "mapping"),
    ],
)
def test_errors(inputs, options, error, message):
    with pytest.raises(error, match=message):
        compose(inputs, **options)


@pytest.mark.parametrize("fitting", [None, {"neuron": [4, 4], "dim_case_embd": 2}])
def test_composing_what_was_split_gives_the_same_branches(fitting):
    whole = multitask(fitting=fitting)
    branches = list(whole["model"]["model_dict"])
    parts = {name: branch_input(whole, name) for name in branches}
    share = None if fitting is None else ["descriptor", "fitting_net"]
    composed = compose(parts, share=share).data
    one, other = resolve_input(whole), resolve_input(composed)
    for name in branches:
        assert other["model"]["model_dict"][name] == one["model"]["model_dict"][name]
    assert composed["loss_dict"] == whole["loss_dict"]
    assert composed["training"]["data_dict"] == whole["training"]["data_dict"]


# --- branches dropped and renamed ---------------------------------------------------------------


def three():
    config = multitask(branches=("water", "ice", "gas"))
    config["training"]["model_prob"] = {"water": 1, "ice": 2, "gas": 3}
    config["model"]["shared_dict"]["fit_of_gas"] = {"neuron": [4]}
    config["model"]["model_dict"]["gas"] |= {"fitting_net": "fit_of_gas"}
    config["model"]["model_dict"]["gas"] |= {"model_branch_alias": ["vapour"]}
    return config


def test_a_dropped_branch_is_gone_from_every_section():
    edits, notes = without_branches(three(), ["vapour"])
    data = EditedInput(three()).edited(edits).data
    assert "gas" not in repr(data)
    assert errors(data) == []
    assert [each.path for each in notes][-1] == ("model", "shared_dict", "fit_of_gas")


def test_fewer_branches_need_fewer_cases():
    config = multitask(fitting={"neuron": [4], "dim_case_embd": 3}, branches=("a", "b", "c"))
    edits, _ = without_branches(config, ["a"])
    data = EditedInput(config).edited(edits).data
    assert data["model"]["shared_dict"]["fit"]["dim_case_embd"] == 2


def test_a_renamed_branch_is_so_in_every_section():
    edits, notes = with_renamed_branch(three(), "vapour", "steam")
    data = EditedInput(three()).edited(edits).data
    for section in (data["model"]["model_dict"], data["loss_dict"]):
        assert list(section) == ["water", "ice", "steam"]
    assert data["training"]["model_prob"] == {"water": 1, "ice": 2, "steam": 3}
    assert list(data["training"]["data_dict"]) == ["water", "ice", "steam"]
    assert "'finetune_head': 'gas'" in notes[-1].message


def test_an_alias_that_becomes_the_name_is_none_any_more():
    edits, _ = with_renamed_branch(three(), "gas", "vapour")
    data = EditedInput(three()).edited(edits).data
    assert "model_branch_alias" not in data["model"]["model_dict"]["vapour"]
    assert errors(data) == []


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda: without_branches(three(), ["gass"]), UnknownBranchError),
        (lambda: without_branches(three(), ["gas", "ice", "water"]), UsageError),
        (lambda: without_branches(single(), ["gas"]), ConfigError),
        (lambda: with_renamed_branch(three(), "ice", "water"), ConfigError),
        (lambda: with_renamed_branch(three(), "ice", "vapour"), ConfigError),
        (lambda: with_renamed_branch(three(), "snow", "x"), UnknownBranchError),
    ],
)
def test_errors_of_branches(change, error):
    with pytest.raises(error):
        change()


def test_the_text_of_a_base_keeps_its_layout():
    text = """\
model:
  shared_dict:
    types: [O, H]  # water
    des: {type: se_e2_a, sel: [3, 6], rcut: 4.00}
  model_dict:
    ice: {type_map: types, descriptor: des, fitting_net: {}}
    gas: {type_map: types, descriptor: des, fitting_net: {}}  # hot
loss_dict:
  ice: {type: ener}
  gas: {type: ener}
"""
    document = parse_document(text, format="yaml")
    edits, _ = without_branches(document.data, ["ice"])
    kept = [line for line in text.splitlines() if "ice:" not in line]
    assert EditedInput(document).edited(edits).text.splitlines() == kept
