# SPDX-License-Identifier: LGPL-3.0-or-later
"""`check` as a whole: what is found together, in what order, at what place."""

from __future__ import annotations

import json
import re
import runpy
from collections import OrderedDict, UserDict
from copy import deepcopy
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from dp_multitask import check
from dp_multitask.checks.codes import GROUPS, all_codes
from dp_multitask.errors import UsageError, format_path
from dp_multitask.text.document import parse_document
from rule_cases import DELETE, DPA1, ICE, SE_A, SHARED, TRIPS, VALID, WATER, Case, hybrid
from small_inputs import single

ROOT = Path(__file__).parents[2]


def codes_of(data: Any, **options: str) -> list[str]:
    return [each.code for each in check(data, **options)]


def found(edits: dict[str, Any]) -> list[tuple[str, str]]:
    """Code and place of what `check` finds in the valid input with these edits."""
    return [(each.code, format_path(each.path)) for each in check(Case("", edits).input)]


def test_a_valid_input_has_no_findings(real_inputs) -> None:
    assert check(VALID) == []
    for file in real_inputs:
        assert check(json.loads(file.read_text())) == []


# What DeePMD-kit 3.2.0 lets through and a user pays for later: mistake -> edits, finding.
MISTAKES = {
    "a level that the class cannot do": (
        {f"{ICE}/descriptor": "des:1"}, ("DPM201", f"{ICE}/descriptor")),
    "an unused shared entry": ({f"{SHARED}/old": SE_A}, ("DPM106", f"{SHARED}/old")),
    "a typo in an unused shared entry": (
        {f"{SHARED}/old": SE_A | {"neurn": [2]}}, ("DPM011", f"{SHARED}/old/neurn")),
    "a typo in a shared entry, at its own place": (
        {f"{SHARED}/des/neurn": [2]}, ("DPM011", f"{SHARED}/des/neurn")),
    "a branch missing from loss_dict": ({"loss_dict/ice": DELETE}, ("DPM501", "loss_dict")),
    "a branch missing from data_dict": (
        {"training/data_dict/ice": DELETE}, ("DPM501", "training/data_dict")),
    "an extra name in loss_dict": ({"loss_dict/ic": {}}, ("DPM502", "loss_dict/ic")),
    "another inline type map": ({f"{ICE}/type_map": ["H", "O"]}, ("DPM205", f"{ICE}/type_map")),
    "a branch without type map": ({f"{ICE}/type_map": DELETE}, ("DPM217", f"{ICE}/type_map")),
    "one key as descriptor and fitting": (
        {f"{ICE}/fitting_net": "des"}, ("DPM103", f"{ICE}/fitting_net")),
    "a descriptor that names a type map": (
        {f"{ICE}/descriptor": "types"}, ("DPM103", f"{ICE}/descriptor")),
    "a descriptor that names an untyped fitting": (
        {f"{ICE}/descriptor": "fit"}, ("DPM103", f"{ICE}/descriptor")),
    "an unknown key": ({f"{ICE}/descriptor": "dse"}, ("DPM101", f"{ICE}/descriptor")),
    "a spin branch at level 1": (
        {f"{SHARED}/des": DPA1, f"{ICE}/descriptor": "des:1", f"{ICE}/spin": {"use_spin": [0]}},
        ("DPM203", f"{ICE}/descriptor")),
    "a shared member of a hybrid": (
        {f"{ICE}/descriptor": hybrid("des", SE_A)}, ("DPM202", f"{ICE}/descriptor/list/0")),
    "a shared fitting where there is none": (
        {f"{WATER}/use_srtab": "table"}, ("DPM208", f"{WATER}/fitting_net")),
    "a shared fitting over other widths": (
        {f"{ICE}/descriptor": SE_A | {"neuron": [4]}}, ("DPM207", f"{ICE}/fitting_net")),
    "automatic sel in a shared descriptor": (
        {f"{SHARED}/des/sel": "auto"}, ("DPM206", f"{SHARED}/des/sel")),
    "too small a case embedding": (
        {f"{SHARED}/fit/dim_case_embd": 1}, ("DPM402", f"{SHARED}/fit/dim_case_embd")),
    "too large a case embedding": (
        {f"{SHARED}/fit/dim_case_embd": 9}, ("DPM403", f"{SHARED}/fit/dim_case_embd")),
    "a shared fitting without case embedding": (
        {f"{SHARED}/fit/dim_case_embd": 0}, ("DPM404", f"{SHARED}/fit")),
    "a duplicate alias": (
        {f"{ICE}/model_branch_alias": ["H2O"]}, ("DPM306", f"{ICE}/model_branch_alias/0")),
    "an alias equal to another branch": (
        {f"{ICE}/model_branch_alias": ["water"]}, ("DPM307", f"{ICE}/model_branch_alias/0")),
    "a branch called almost as a head": (
        {f"{ICE}/finetune_head": "Water"}, ("DPM601", WATER)),
    "a branch name with a dot": ({"model/model_dict/a.b": {}}, ("DPM304", "model/model_dict/a.b")),
    "an empty branch name": ({"model/model_dict/": {}}, ("DPM304", "model/model_dict/")),
    "a branch called as an attribute": (
        {"model/model_dict/descriptor": {}}, ("DPM304", "model/model_dict/descriptor")),
    "a base with probability zero": (
        {"training/model_prob/water": 0, f"{SHARED}/fit/numb_fparam": 1},
        ("DPM505", "training/model_prob/water")),
    "a loss of another kind": (
        {"loss_dict/ice": {"type": "dos"}}, ("DPM405", "loss_dict/ice/type")),
    "a type that no class registers": (
        {f"{SHARED}/des/type": "se_t"}, ("DPM212", f"{SHARED}/des/type")),
}


@pytest.mark.parametrize(("edits", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_what_the_reference_lets_through_is_found(edits, expected) -> None:
    assert expected in found(edits)


def test_a_duplicate_key_is_one_finding_and_the_rest_is_checked() -> None:
    document = parse_document('{"model": {}, "model": {"model_dict": {}}}', name="input.json")
    codes = [each.code for each in check(document)]
    assert codes.count("DPM911") == 1
    assert "DPM301" in codes


def test_no_mistake_hides_another() -> None:
    edits: dict[str, Any] = {}
    expected = set()
    for name in (
        "an unknown key", "an extra name in loss_dict", "too small a case embedding",
        "a duplicate alias", "an unused shared entry", "a typo in a shared entry, at its own place",
        "a branch missing from data_dict",
    ):
        edits |= MISTAKES[name][0]
        expected.add(MISTAKES[name][1])
    assert expected <= set(found(edits))


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ({"training/numb_steps": DELETE}, [("DPM509", "training/numb_steps")]),
        ({"training/numb_steps": DELETE, "training/num_epoch": 4},
         [("DPM510", "training/num_epoch")]),
        ({"training/data_dict": DELETE}, [("DPM501", "training/data_dict")]),
        ({f"{ICE}/descriptor": "types"}, [("DPM103", f"{ICE}/descriptor")]),
        ({"learning_rate_dict": {}}, [("DPM514", "learning_rate_dict")]),
        ({"loss": {}}, [("DPM512", "loss")]),
        ({"validating": {"full_validation": True}}, [("DPM518", "validating/full_validation")]),
        ({"training/num_epoch_dict": {"water": 1, "ice": 2}},
         [("DPM508", "training/model_prob"), ("DPM508", "training/numb_steps")]),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "",
)
def test_one_mistake_is_reported_once(edits, expected) -> None:
    assert found(edits) == expected


def test_many_wrong_names_are_not_compared_with_each_other(monkeypatch) -> None:
    compared = []
    monkeypatch.setattr(
        "dp_multitask.checks.rules.entries.suggest", lambda name, _: compared.append(name)
    )
    data = deepcopy(VALID)
    branch, entry = data["model"]["model_dict"]["ice"], data["training"]["data_dict"]["ice"]
    data["model"]["model_dict"] |= {f"b{i}": branch for i in range(100)}
    data["training"]["data_dict"] |= {f"c{i}": entry for i in range(100)}
    data["loss_dict"]["b0x"] = {}
    codes = codes_of(data)
    assert codes.count("DPM501") == 200
    assert codes.count("DPM502") == 101
    # the one wrong name of loss_dict is worth it, the hundred of data_dict are not
    assert set(compared) == {f"b{i}" for i in range(100)} | {"b0x"}


def test_comments_and_the_editor_s_key_are_fine_everywhere() -> None:
    def commented(value: Any) -> Any:
        if isinstance(value, dict):
            return {"_comment": "text", "_more": [1]} | {k: commented(v) for k, v in value.items()}
        return [commented(each) for each in value] if isinstance(value, list) else value

    config = {"$schema": "https://example.org/schema.json"} | commented(VALID)
    # a text in model_dict is no comment beside keys that come down to it (DPM310)
    for key in ("_comment", "_more"):
        config["model"]["model_dict"][key] = {"_comment": "text"}
    assert check(config) == []


def test_findings_are_sorted_by_their_place_in_the_text() -> None:
    edits = {**MISTAKES["an extra name in loss_dict"][0], **MISTAKES["an unknown key"][0],
             **MISTAKES["an unused shared entry"][0], "model/zzz": 1}
    document = parse_document(json.dumps(Case("", edits).input, indent=1), format="json")
    spans = [each.span for each in check(document)]
    assert len(spans) >= 4
    assert spans == sorted(spans)


def test_findings_are_sorted_by_their_place_in_the_tree_without_a_text() -> None:
    edits = {**MISTAKES["an extra name in loss_dict"][0], **MISTAKES["an unknown key"][0]}
    assert [path for _, path in found(edits)] == [f"{ICE}/descriptor", "loss_dict/ic"]


@pytest.mark.parametrize(
    ("edits", "underlined"),
    [
        ({f"{ICE}/descriptor": "dse"}, '"dse"'),
        ({f"{SHARED}/old": SE_A}, '"old"'),
        ({f"{SHARED}/des/neurn": [2]}, '"neurn"'),
        ({"training/numb_steps": DELETE}, '"training"'),
        ({"training/num_epoch": 3}, '"num_epoch"'),
        ({"training/model_prob/ice": -1}, "-1"),
        ({f"{ICE}/type_map": ["H", "O"]}, '"type_map"'),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else value,
)
@pytest.mark.parametrize("format", ["json", "yaml"])
def test_what_is_wrong_is_underlined(edits, underlined, format) -> None:
    # JSON is YAML too, so the same text has the same places
    text = json.dumps(Case("", edits).input, indent=1).replace("1e-08", "1.0e-08")
    document = parse_document(text, format=format)
    first = check(document)[0]
    line = document.text.split("\n")[first.span.line - 1]
    assert line[first.span.column - 1 : first.span.end_column - 1] == underlined


def test_the_schema_s_release_decides_on_keys() -> None:
    data = deepcopy(VALID)
    data["training"]["enable_ema"] = True
    assert check(data, schema="3.2") == []
    assert ("training", "enable_ema") in {each.path for each in check(data, schema="3.0")}


@pytest.mark.parametrize("options", [{"schema": "1.0"}, {"backend": "pytorch"}])
def test_wrong_usage_is_an_error(options) -> None:
    with pytest.raises(UsageError):
        check(VALID, **options)


@pytest.mark.parametrize("data", [None, 1, "text", [], [VALID], {}, {"model": []}])
def test_what_is_no_input_gives_findings(data) -> None:
    assert codes_of(data)


def test_every_code_that_is_found_is_explained() -> None:
    codes = all_codes()
    for case in TRIPS:
        for each in check(case.input, backend=case.backend):
            assert codes[each.code].severity == each.severity or each.code.startswith("DPM01")


def test_every_code_is_stable_in_form_and_says_what_to_do() -> None:
    for code, text in all_codes().items():
        assert re.fullmatch(r"DPM\d{3}", code)
        assert text.group in GROUPS
        assert text.title[0].isupper() or text.title[0] == "`"
        assert not text.title.endswith(".")
        assert len(text.explanation) > 60


def test_the_documentation_of_the_codes_is_current() -> None:
    written = runpy.run_path(str(ROOT / "tools" / "write_rule_docs.py"))["pages"]()
    folder = ROOT / "docs" / "rules"
    assert {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()} == written
    for code in all_codes():
        assert any(f"({code.lower()})=" in page for page in written.values())


def nested(kind, depth=10_000):
    tree = kind()
    for _ in range(depth):
        tree = kind([tree]) if issubclass(kind, list) else kind(model=tree)
    return tree


def within_itself(kind):
    tree = kind()
    tree["model"] = kind(model_dict=tree)
    return tree


@pytest.mark.parametrize("kind", [list, dict, OrderedDict, UserDict], ids=lambda k: k.__name__)
def test_deep_nesting_of_any_kind_of_container_is_a_finding(kind):
    assert [each.code for each in check(nested(kind))] == ["DPM912"]


@pytest.mark.parametrize("kind", [dict, OrderedDict, UserDict], ids=lambda k: k.__name__)
def test_a_mapping_within_itself_is_a_finding(kind):
    assert [each.code for each in check(within_itself(kind))] == ["DPM912"]


def test_any_mapping_is_checked_as_a_dict_is():
    data = {"model": {"model_dict": {"water": {"descriptor": "des"}}}}
    branches = UserDict(water=UserDict(descriptor="des"))
    as_views = MappingProxyType({"model": MappingProxyType({"model_dict": branches})})
    assert check(as_views) == check(data)


@pytest.mark.parametrize(("short", "long"), [("3.2", "3.2.0"), ("3.1", "3.1.3")])
def test_a_release_may_be_named_in_full(short, long):
    data = Case("", {f"{WATER}/descriptro": {}}).input
    assert check(data, schema=long) == check(data, schema=short) != []


def test_references_in_a_linear_model_are_refused_as_resolve_refuses_them():
    parts = {"descriptor": "des:1", "fitting_net": "fit"}
    linear = {"type": "linear_ener", "weights": "mean", "models": [parts]}
    shared = {"types": ["O", "H"], "des": {"type": "se_e2_a"}, "fit": {}}
    data = {"model": {**linear, "shared_dict": shared, "type_map": "types"}}
    refused = {each.path[-1] for each in check(data) if each.code == "DPM107"}
    assert refused == {"type_map", "descriptor", "fitting_net"}


@pytest.mark.parametrize(
    "path",
    [
        "model/descriptor/sel", "model/descriptor/rcut", "model/fitting_net/neuron",
        "model/fitting_net/numb_fparam", "model/type_map", "model/unknown",
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", [10**5000, [-(10**5000)], {10**5000: 1}], ids=["", "list", "key"])
def test_numbers_of_thousands_of_digits_are_told_of(path: str, value: Any) -> None:
    data = single()
    *above, last = path.split("/")
    section: Any = data
    for part in above:
        section = section[part]
    section[last] = value
    found = [each for each in check(data) if each.path[: len(above) + 1] == tuple(path.split("/"))]
    assert found
    assert all(len(each.message) < 200 for each in found)
