# SPDX-License-Identifier: LGPL-3.0-or-later
"""Each rule speaks where it should, and only there."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest

from dp_multitask.checks.rules import RULES, InputView, run_rules
from dp_multitask.checks.rules.components import components_of
from dp_multitask.checks.rules.rule import rule
from dp_multitask.errors import RegistrationError, format_path
from rule_cases import (
    LINEAR,
    PASSES,
    SE_A,
    SHARED,
    SINGLE,
    TRIPS,
    VALID,
    WATER,
    Case,
    hybrid,
)


def places(case: Case) -> list[str]:
    """Where the case's rule finds something."""
    return [
        format_path(finding.path)
        for rule, finding in run_rules(InputView(case.input, case.backend))
        if rule.code == case.code
    ]


def case_id(case: Case) -> str:
    return f"{case.code}-{'-'.join(case.edits) or 'unchanged'}-{case.backend}"


@pytest.mark.parametrize("case", TRIPS, ids=case_id)
def test_a_rule_speaks_at_the_place_of_the_mistake(case: Case) -> None:
    assert sorted(places(case)) == sorted(case.places)


@pytest.mark.parametrize("case", PASSES, ids=case_id)
def test_a_rule_keeps_silent_about_what_is_fine(case: Case) -> None:
    assert places(case) == []


@pytest.mark.parametrize("data", [VALID, SINGLE, LINEAR], ids=["multitask", "single", "linear"])
def test_no_rule_speaks_about_a_valid_input(data: dict) -> None:
    assert run_rules(InputView(data, "pt")) == []


def test_every_rule_has_cases_of_both_kinds() -> None:
    assert {case.code for case in TRIPS} == set(RULES)
    assert {case.code for case in PASSES} == set(RULES)


def test_findings_say_something_and_what_to_do() -> None:
    for case in TRIPS:
        for _, finding in run_rules(InputView(case.input, case.backend)):
            assert finding.message
            assert finding.hint


@pytest.mark.parametrize("case", TRIPS, ids=case_id)
def test_rules_leave_the_input_alone(case: Case) -> None:
    data = case.input
    before = deepcopy(data)
    run_rules(InputView(data, case.backend))
    # as text, because NaN equals nothing
    assert repr(data) == repr(before)


def test_a_default_of_all_branches_is_reported_once() -> None:
    case = Case("DPM101", {"model/fitting_net": "nix"})
    data = case.input
    for branch in data["model"]["model_dict"].values():
        del branch["fitting_net"]
    found = [finding for rule, finding in run_rules(InputView(data, "pt")) if rule.code == "DPM101"]
    assert [finding.path for finding in found] == [("model", "fitting_net")]


@pytest.mark.parametrize(
    ("edits", "hint"),
    [
        ({"model/model_dict/ice/descriptor": "dse"}, "Did you mean 'des'?"),
        ({"model/model_dict/ice/descriptor": "zzz"}, "its entries: types, des, fit"),
        ({"model/shared_dict": {}}, "add 'model/shared_dict' with this entry"),
    ],
    ids=["near", "far", "none"],
)
def test_an_unknown_entry_comes_with_the_nearest_name(edits: dict, hint: str) -> None:
    found = run_rules(InputView(Case("DPM101", edits).input, "pt"))
    assert hint in {finding.hint for rule, finding in found if rule.code == "DPM101"}


def test_a_copied_shared_entry_is_recognised() -> None:
    descriptor = VALID["model"]["shared_dict"]["des"]
    edits = {f"model/model_dict/{name}/descriptor": descriptor for name in ("water", "ice")}
    found = run_rules(InputView(Case("DPM106", edits).input, "pt"))
    (hint,) = [finding.hint for rule, finding in found if rule.code == "DPM106"]
    assert hint == "branch 'water' holds a copy of it; write 'des' there to share it"


def test_one_mistake_in_each_branch_gives_one_finding_in_each() -> None:
    data = json.loads(json.dumps(VALID))
    data["model"]["model_dict"]["water"]["descriptor"] = "dse"
    data["model"]["model_dict"]["ice"]["descriptor"] = "des:x"
    codes = {(rule.code, finding.path[2]) for rule, finding in run_rules(InputView(data, "pt"))}
    assert {("DPM101", "water"), ("DPM102", "ice")} <= codes


CHAIN = {f"d{index}": hybrid(*[f"d{index + 1}"] * 2) for index in range(25)}


@pytest.mark.parametrize(
    ("shared", "known"),
    [
        ({"d0": hybrid("d0", "d0")}, 1),
        ({"d0": hybrid("d1"), "d1": hybrid("d0", "d1")}, 2),
        ({**CHAIN, "d25": SE_A}, 26),
    ],
    ids=["itself", "each other", "chain"],
)
def test_shared_hybrids_that_name_others_are_looked_at_once(shared: dict, known: int) -> None:
    edits = {f"{SHARED}/{key}": value for key, value in shared.items()}
    data = Case("DPM105", {**edits, f"{WATER}/descriptor": "d0"}).input
    view = InputView(data, "pt")
    assert len(components_of(view, view.by_name["water"], "descriptor")) == known
    assert "DPM105" in {rule.code for rule, _ in run_rules(view)}


def test_no_two_rules_have_one_code() -> None:
    with pytest.raises(RegistrationError, match="unknown-shared-key has the code DPM101 already"):
        rule("DPM101", "error")(lambda view: [])
    assert RULES["DPM101"].name == "unknown-shared-key"
