# SPDX-License-Identifier: LGPL-3.0-or-later
"""One mistake is one finding: what follows from it is not told beside it."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from data_systems import input_of, write_system
from dp_multitask import check
from dp_multitask.checks.data.findings import check_paths
from dp_multitask.diagnostics import Fix
from dp_multitask.errors import format_path
from rule_case import DELETE, DPA1, ENER, ICE, LINEAR, SHARED, SINGLE, VALID, WATER, Case
from value_rule_cases import SPIN

_EPOCHS = {"training/numb_steps": DELETE, "training/num_epoch_dict": {"water": 1}}
_LOSSES = VALID["loss_dict"]
_SE_R = {"type": "se_e2_r", "rcut": 6.0, "neuron": [8]}

CASES = (
    Case("DPM513", _EPOCHS, ("training/num_epoch_dict",), SINGLE),
    Case("DPM021", {"model/descriptor/rcut": -6.0}, ("model/descriptor/rcut",), SINGLE),
    Case("DPM011", {"loss_dict": DELETE, "loss_dicts": _LOSSES}, ("loss_dicts",)),
    Case("DPM011", {"model/type_map": DELETE, "model/tpe_map": ["O", "H"]}, ("model/tpe_map",),
         SINGLE),
    Case("DPM204", {f"{WATER}/type_map": "types:1"}, (f"{WATER}/type_map",)),
    Case("DPM102", {f"{WATER}/type_map": "types:"}, (f"{WATER}/type_map",)),
    Case("DPM013", {"model/spin": SPIN | {"use_spin": [None, False]}}, ("model/spin/use_spin",),
         SINGLE),
    Case("DPM434", {"model/spin": SPIN, "model/descriptor": {"type": "hybrid", "list": [
        _SE_R | {"sel": [46, 92]}]}}, ("model/spin",), SINGLE),
    Case("DPM436", {"model/spin": SPIN, "model/fitting_net": {"type": "dipole"},
                    "loss/type": "ener_spin"}, ("model/spin",), SINGLE),
    Case("DPM414", {f"{ICE}/descriptor": {"type": "hybrid", "list": []},
                    f"{SHARED}/fit": ENER, f"{ICE}/fitting_net": "fit"},
         (f"{ICE}/descriptor/list",)),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code} {case.places[0]}")
def test_a_mistake_is_told_once(case: Case):
    found = [each for each in check(case.input) if each.severity == "error"]
    assert [(each.code, format_path(each.path)) for each in found] == [(case.code, case.places[0])]


def test_the_usual_reference_to_the_type_map_is_the_one_to_write():
    case = Case("DPM204", {f"{WATER}/type_map": "types:1"})
    hints = [each.hint for each in check(case.input) if each.code == "DPM204"]
    assert hints == ["write 'types' in every branch"]


def test_a_key_of_a_member_of_a_sum_is_told_its_number():
    members = [{"descriptor": DPA1, "fitting_net": {"neuron": [16]}}, {"type": "pairtab"}]
    case = Case("", {"model/models": members, "training/axis_neuron": 4}, (), LINEAR)
    hints = [each.hint for each in check(case.input) if each.path == ("training", "axis_neuron")]
    assert hints == ["write it as 'model/models/0/descriptor/axis_neuron'"]


@pytest.mark.parametrize(
    ("place", "text", "number"),
    [
        ("training/training_data/batch_size", "2", 2),
        ("training/training_data/batch_size", "9" * 5000, None),
        ("training/training_data/batch_size", "\N{ARABIC-INDIC DIGIT THREE}", None),
        ("training/training_data/auto_prob", "5", None),
        ("model/descriptor/sel", "120", None),
        ("model/descriptor/activation_function", "5", None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_number_in_quotes_is_mended_where_a_number_may_stand(
    place: str, text: str, number: int | None
):
    data = Case("", {place: text}, (), SINGLE).input
    (found,) = (each for each in check(data) if each.severity == "error")
    edits = found.fix.edits if found.fix else ()
    assert (found.hint == "write the number without quotes") == (number is not None)
    assert [edit.value for edit in edits] == ([] if number is None else [number])
    if number is not None:
        mended = Case("", {place: number}, (), SINGLE).input
        assert [each for each in check(mended) if each.severity == "error"] == []


@pytest.mark.parametrize(
    ("place", "value", "base"),
    [
        ("training/#seed", 1, SINGLE),
        ("training/#disp_freq", 100, VALID),
        ("training///save_freq", 100, SINGLE),
        ("#optimizer", {"type": "Adam"}, SINGLE),
        ("#loss", {"type": "none at all"}, SINGLE),
        ("#model", {"model_dict": {"a": 1}}, SINGLE),
        ("#model", {"model_dict": {"a": 1}}, VALID),
        ("model/#shared_dict", {"des": "none"}, VALID),
    ],
)
def test_what_is_commented_out_stays_so(place: str, value: Any, base: dict[str, Any]):
    section, _, key = place.partition("/")
    path = (section, key) if key else (section,)
    data = deepcopy(base)
    (data[section] if key else data)[path[-1]] = value
    (found,) = (each for each in check(data) if each.severity == "error")
    name = "_" + path[-1].strip("#/")
    assert (found.code, found.path, found.fix) == ("DPM011", path, Fix.rename(path, name, "safe"))


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("loss_dict", "DPM501"),
        ("training/data_dict", "DPM501"),
        ("training/numb_steps", "DPM509"),
        ("model/shared_dict", "DPM101"),
    ],
)
def test_what_a_section_lacks_is_not_what_is_commented_out_there(place: str, code: str):
    *above, last = place.split("/")
    data = deepcopy(VALID)
    section = data[above[0]] if above else data
    section[f"#{last}"] = section.pop(last)
    assert {"DPM011", code} <= {each.code for each in check(data)}


def test_a_comment_in_a_branch_is_no_reference():
    edits = {f"{WATER}/_comment": "des", f"{SHARED}/des/rcut": "6 A"}
    found = [each for each in check(Case("", edits).input) if each.severity == "error"]
    assert [(each.code, format_path(each.path)) for each in found] == [
        ("DPM013", "model/shared_dict/des/rcut")
    ]


@pytest.mark.parametrize("name", ["~\ud800/x", "~\0/x"])
def test_a_name_that_begins_with_no_home_is_that_of_no_file(tmp_path: Path, name: str):
    write_system(tmp_path / "sys")
    config = input_of(training={"stat_file": name, "disp_file": name})
    assert [each.code for each in check_paths(config, str(tmp_path))] == ["DPM714"]
    both = {f"training/data_dict/{each}/stat_file": name for each in ("water", "ice")}
    assert [each.code for each in check(Case("", both).input)] == ["DPM519"]


def test_a_filter_of_many_digits_leaves_the_systems_to_be_judged(tmp_path: Path):
    write_system(tmp_path / "sys")
    config = input_of(training={"training_data": {"systems": "sys", "batch_size": "filter:1"}})
    assert [each.code for each in check_paths(config, str(tmp_path))] == ["DPM704"]
    config["training"]["training_data"]["batch_size"] = "filter:" + "9" * 5000
    assert check_paths(config, str(tmp_path)) == []


def test_a_list_of_another_type_names_its_odd_item():
    case = Case("", {"model/descriptor/neuron": [8, "16", None]}, (), SINGLE)
    message = next(each.message for each in check(case.input) if each.severity == "error")
    assert message.startswith("found a list whose item 1 is the string '16', expected")


@pytest.mark.parametrize(
    "change",
    [
        {"type_map": [True, "H"]},
        {"type_map": [" O", "H"]},
        {"loss": {"type": "dos", "start_pref_dos": 1, "limit_pref_dos": 1}},
        {"loss": {"type": "population"}},
        {"fitting": {"numb_fparam": -1}},
        {"training": {"training_data": {"systems": ""}}},
    ],
)
def test_data_are_not_blamed_for_what_the_input_has_wrong(tmp_path: Path, change: dict[str, Any]):
    write_system(tmp_path / "sys")
    written = {key: value for key, value in change.items() if key != "type_map"}
    config = input_of(**written)
    config["model"]["type_map"] = change.get("type_map", config["model"]["type_map"])
    assert [each for each in check_paths(config, str(tmp_path)) if each.severity == "error"] == []
