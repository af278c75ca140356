# SPDX-License-Identifier: LGPL-3.0-or-later
"""An input against the trained model that it starts from."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from dp_multitask.checks.against.findings import judge
from dp_multitask.checks.against.starting_point import StartingPoint
from dp_multitask.checks.check import check
from dp_multitask.checks.fresh_model import fresh_payload
from dp_multitask.errors import FileAccessError
from dp_multitask.modelfile.trained_model import starting_point
from dp_multitask.modelfile.writing.save import save_model
from dp_multitask.text.document import parse_document
from multitask_training import shared_descriptor_input
from small_inputs import single
from starting_inputs import CASES, DES, HEAD, WATER, Case, put


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[dict[str, Any], str]]:
    """Descriptor -> input, and the file of its model."""
    made = {}
    for name in {each.descriptor for each in CASES}:
        folder = tmp_path_factory.mktemp(name)
        data = shared_descriptor_input(folder, name)
        save_model(folder / "model.dp", fresh_payload(data, 1))
        made[name] = (data, str(folder / "model.dp"))
    return made


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_does_not_fit_is_found_before_training(trained, case: Case):
    data, model = trained[case.descriptor]
    data = case.of(data)
    verdict = judge(data, starting_point(model), **case.options)
    said = [each for each, _ in verdict.findings]
    assert {each.code for each in said if each.severity == "error"} == set(case.errors)
    warned = {each.code for each in said if each.severity == "warning"}
    assert warned >= set(case.warnings)
    if not case.errors:
        assert len(verdict.notes) == len(data["model"].get("model_dict", [1]))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_else_is_said_to_stop_it(trained, case: Case):
    data, model = trained[case.descriptor]
    found = check(case.of(data), against=starting_point(model), **case.options)
    assert {each.code for each in found if each.severity == "error"} == set(case.errors)


@pytest.mark.parametrize(
    ("sel", "trained_with", "code"),
    [("auto", 12, "DPM806"), ("auto:1.5", 12, "DPM806"), ("auto", 10, "DPM801")],
)
def test_neighbours_that_are_counted_come_in_fours(tmp_path, sel, trained_with, code):
    data = shared_descriptor_input(tmp_path, "se_atten")
    put(*DES, sel=trained_with)(data)
    save_model(tmp_path / "model.dp", fresh_payload(data, 1))
    put(*DES, sel=sel)(data)
    (found,) = (each for each, _ in judge(data, starting_point(tmp_path / "model.dp")).findings)
    assert (found.code, found.path) == (code, (*DES, "sel"))


SE_A = {"type": "se_e2_a", "rcut": 4.0, "rcut_smth": 0.5, "neuron": [4, 8]}


@pytest.mark.parametrize(
    "descriptor",
    [
        {"type": "dpa1", "sel": "auto", "rcut": 4.0, "rcut_smth": 0.5, "neuron": [4, 8]},
        {"type": "se_e2_r", "sel": "auto", "rcut": 4.0, "rcut_smth": 0.5},
        {"type": "hybrid", "list": [SE_A | {"sel": [4, 4, 4]}, SE_A | {"sel": [4, 4, 4]}]},
        {"type": "hybrid", "list": [SE_A | {"sel": "auto"}, {**SE_A, "type": "dpa1"}]},
        {"type": "dpa3", "repflow": {
            "e_rcut": 4.0, "e_rcut_smth": 3.0, "e_sel": "auto", "a_rcut": 3.0,
            "a_rcut_smth": 2.0, "a_sel": "auto:1.2",
        }},
    ],
    ids=["dpa1", "se_e2_r", "hybrid", "counted hybrid", "counted dpa3"],
)  # fmt: skip
def test_a_descriptor_of_another_type_is_one_finding(trained, descriptor: dict[str, Any]):
    data, model = trained["se_e2_a"]
    data = deepcopy(data)
    data["model"]["shared_dict"]["des"] = descriptor
    (found,) = (each for each, _ in judge(data, starting_point(model)).findings)
    assert (found.code, found.path) == ("DPM801", DES)
    assert "in the model" in found.message


def test_spins_need_a_model_with_spins(trained):
    data, model = trained["se_e2_a"]
    data = deepcopy(data)
    put(*WATER, spin={"use_spin": [True, False, False], "virtual_scale": [0.3]})(data)
    (found,) = (each for each, _ in judge(data, starting_point(model)).findings)
    assert (found.code, found.path) == ("DPM801", (*WATER, "spin"))


def message(trained, name: str) -> str:
    case = next(each for each in CASES if each.name == name)
    data, model = trained[case.descriptor]
    data = case.of(data)
    verdict = judge(data, starting_point(model), **case.options)
    return "\n".join(f"{each.message} ({each.hint})" for each, _ in verdict.findings)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("more neighbours", "sel is 20 here, 12 in the model"),
        ("wider embedding", "neuron is [4, 12] here, [4, 8] in the model"),
        ("fewer edges", "repflow/e_sel is 10 here, 12 in the model"),
        ("a case embedding", "dim_case_embd is 3 here, 2 in the model"),
        ("a head that is not there", "Did you mean 'ice'?"),
        ("another cutoff", "rcut is 3.5 here, 4.0 in the model"),
        ("other elements by pairs", "DescrptSeA takes no other type map"),
        ("a new branch, started anew", "has no branch 'steam'"),
    ],
)
def test_the_message_names_the_key_and_both_values(trained, name, text):
    assert text in message(trained, name)


def test_each_branch_is_told_how_it_starts(trained):
    data, model = trained["se_atten"]
    data = deepcopy(data)
    HEAD(data)
    put("model", "model_dict", "gas", finetune_head="RANDOM")(data)
    assert judge(data, starting_point(model)).notes == [
        "branch 'water' is fine-tuned from 'ice'",
        "branch 'ice' goes on from 'ice'",
        "branch 'gas' starts with a random fitting net, its descriptor from 'water'",
    ]


def test_check_takes_files_and_places_its_findings(trained, tmp_path: Path):
    data, model = trained["se_atten"]
    data = deepcopy(data)
    put(*DES, sel=20)(data)
    file = tmp_path / "input.json"
    file.write_text(json.dumps(data, indent=2))
    (found,) = (each for each in check(file, against=model) if each.code == "DPM801")
    assert found.path == (*DES, "sel")
    assert file.read_text().split("\n")[found.span.line - 1].strip() == '"sel": 20,'
    again = check(parse_document(file.read_text()), against=starting_point(model))
    assert found in again


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("precision", "flaot32"), ("precision", []), ("neuron", "x"), ("neuron", [2**63]),
        ("neuron", [None]), ("neuron", [-1]), ("activation_function", [1]), ("numb_fparam", "1"),
        ("resnet_dt", {}), ("dim_case_embd", None),
    ],
)  # fmt: skip
def test_a_value_of_no_use_is_an_error_and_no_reason_to_stop(trained, key: str, value: Any):
    data, model = trained[CASES[0].descriptor]
    data = json.loads(json.dumps(data))
    data["model"]["model_dict"]["water"]["fitting_net"] = {key: value}
    places = [each.path for each in check(data, against=model) if each.severity == "error"]
    assert ("model", "model_dict", "water", "fitting_net", key) in [each[:5] for each in places]


def test_a_misspelt_head_can_be_fixed(trained):
    data, model = trained["se_atten"]
    data = deepcopy(data)
    put(*WATER, finetune_head="liquidd")(data)
    (found,) = (each for each in check(data, against=model) if each.code == "DPM802")
    assert (found.fix.edits[0].value, found.fix.safety) == ("liquid", "safe")


@pytest.mark.parametrize("data", [None, [], {}, {"model": 1}, {"model": {"model_dict": {}}},
                                  {"model": {"model_dict": {"a": {"descriptor": "x"}}}}])
def test_nothing_is_said_of_what_is_no_input(data):
    point = StartingPoint("m", False, {"Default": {}}, {}, {})
    assert judge(data, point).findings == []
    check(data, against=point)


def test_a_model_that_is_not_there_is_an_error():
    with pytest.raises(FileAccessError):
        check({}, against="absent.dp")


def test_an_empty_descriptor_needs_the_option_that_fills_it(trained):
    data, model = trained[CASES[0].descriptor]
    data = deepcopy(data)
    for branch in data["model"]["model_dict"].values():
        branch["descriptor"] = {}
    data["model"]["shared_dict"].pop(DES[-1], None)

    def severities(**options: Any) -> list[str]:
        return [each.severity for each in check(data, **options) if each.code == "DPM604"]

    branches = len(data["model"]["model_dict"])
    assert severities() == ["warning"] * branches
    assert severities(against=model) == ["error"] * branches
    assert severities(against=model, use_pretrain_script=True) == []


@pytest.mark.parametrize(
    ("mode", "source", "target"),
    [
        ("init-model", ("loss_dict",), ("model", "loss_dict")),
        ("init-model", ("learning_rate",), ("model", "learning_rate")),
        ("init-model", ("training",), ("model", "training")),
        ("init-model", ("training", "data_dict"), ("model", "data_dict")),
        ("init-model", ("learning_rate", "start_lr"), ("model", "start_lr")),
        ("init-model", ("training", "numb_steps"), ("model", "numb_steps")),
        ("init-model", ("training", "numb_steps"), ("model", "model_dict", "numb_steps")),
        ("finetune", ("training", "numb_steps"), (*DES, "numb_steps")),
    ],
)
def test_what_is_missing_elsewhere_is_said_of_replaced_settings(trained, mode, source, target):
    data, model = trained["se_e2_a"]
    data = deepcopy(data)
    here, there = data, data
    for part in source[:-1]:
        here = here[part]
    for part in target[:-1]:
        there = there[part]
    there[target[-1]] = here.pop(source[-1])
    found = check(data, against=model, mode=mode, use_pretrain_script=True)
    assert [(each.code, each.path) for each in found if each.severity == "error"] == [
        ("DPM011", target)
    ]


@pytest.mark.parametrize("place", [("descriptor", "scale"), ("fitting_net", "rcut")])
def test_what_belongs_to_replaced_settings_is_not_said_of_them(trained, place):
    data, model = trained["se_e2_a"]
    data = deepcopy(data)
    put(*WATER, descriptor={"type": "se_e2_a", "sel": [6, 8, 2], "rcut": 4.0})(data)
    data["model"]["model_dict"]["water"][place[0]][place[1]] = 4.0
    found = check(data, against=model, use_pretrain_script=True)
    assert [each for each in found if each.code == "DPM011"] == []
    assert [each for each in check(data, against=model) if each.code == "DPM011"] != []


@pytest.mark.parametrize(
    ("script", "said"),
    [(False, ("DPM012", "descriptor")), (True, ("DPM011", "rcut"))],
)
def test_a_key_beside_a_section_that_is_replaced_is_told_for_itself(trained, script, said):
    model = trained["se_e2_a"][1]
    data = single()
    data["model"] = {"type_map": ["O", "H"], "rcut": 6.0, "fitting_net": {}}
    options = {"branch": "water", "use_pretrain_script": script}
    found = check(data, against=model, **options)
    assert [(each.code, each.path[-1]) for each in found if each.severity == "error"] == [said]
