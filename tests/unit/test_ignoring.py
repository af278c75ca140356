# SPDX-License-Identifier: LGPL-3.0-or-later
"""``_dpm_ignore``: what it silences, and what is said of one that silences nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dp_multitask.checks.check import check
from dp_multitask.checks.mending import mend
from dp_multitask.text.document import parse_document


def an_input() -> dict[str, Any]:
    """An input with two unused entries (DPM106) and an unknown key (DPM011)."""
    branch = {"type_map": "types", "descriptor": "des", "fitting_net": {}}
    return {
        "model": {
            "shared_dict": {
                "types": ["O", "H"],
                "des": {"type": "se_e2_a", "sel": [4, 4], "rcutt": 6.0},
                "old": {"type": "dpa1", "sel": 10},
                "older": {"type": "dpa1", "sel": 10},
            },
            "model_dict": {"a": dict(branch), "b": dict(branch)},
        },
        "learning_rate": {"type": "exp", "start_lr": 1e-3},
        "loss_dict": {"a": {"type": "ener"}, "b": {"type": "ener"}},
        "training": {
            "numb_steps": 1,
            "data_dict": {
                "a": {"training_data": {"systems": ["a"]}},
                "b": {"training_data": {"systems": ["b"]}},
            },
        },
    }


def at(data: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        data = data[part]
    return data


@pytest.mark.parametrize(
    ("section", "value", "codes"),
    [
        ((), None, ["DPM011", "DPM106", "DPM106"]),
        ((), ["DPM106"], ["DPM011"]),
        ((), "DPM106", ["DPM011"]),
        ((), ["DPM106", "DPM011"], []),
        (("model", "shared_dict"), ["DPM106"], ["DPM011"]),
        (("model", "shared_dict", "old"), ["DPM106"], ["DPM011", "DPM106"]),
        (("model", "shared_dict", "des"), ["DPM011"], ["DPM106", "DPM106"]),
        (("training",), ["DPM106"], ["DPM011", "DPM106", "DPM106", "DPM920"]),
        (("training",), ["DPM701"], ["DPM011", "DPM106", "DPM106"]),
        ((), ["DPM999", "DPM106"], ["DPM011", "DPM921"]),
        ((), [1, "DPM106"], ["DPM011", "DPM921"]),
        ((), 1, ["DPM011", "DPM106", "DPM106", "DPM921"]),
        ((), ["DPM920"], ["DPM011", "DPM106", "DPM106", "DPM921"]),
        ((), [], ["DPM011", "DPM106", "DPM106"]),
        (("model", "model_dict"), ["DPM106"], ["DPM011", "DPM106", "DPM106", "DPM920", "DPM921"]),
    ],
)
def test_a_code_is_silenced_in_its_section_and_below(section, value, codes):
    data = an_input()
    if value is not None:
        at(data, section)["_dpm_ignore"] = value
    assert sorted(each.code for each in check(data)) == codes
    located = check(parse_document(json.dumps(data, indent=2)))
    assert sorted(each.code for each in located) == codes
    assert all(each.span for each in located)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(["DPM404"], None), ("DPM404", None), (["DPM106", "DPM404"], ["DPM106"])],
)
def test_what_silences_nothing_can_be_removed(value, expected):
    data = an_input()
    data["_dpm_ignore"] = value
    mended = mend(parse_document(json.dumps(data)), check)
    assert mended.document.data.get("_dpm_ignore") == expected
    assert "DPM920" not in {each.code for each in mended.findings}


def test_a_silenced_finding_is_not_mended():
    data = an_input()
    data["_dpm_ignore"] = ["DPM106", "DPM011"]
    mended = mend(parse_document(json.dumps(data)), check, unsafe=True)
    assert (mended.applied, mended.document.data) == ([], data)


def test_the_traps_of_yaml_are_silenced_too():
    text = "_dpm_ignore: [DPM901]\nlearning_rate: {start_lr: 1e-3}\n"
    assert "DPM901" not in {each.code for each in check(parse_document(text, format="yaml"))}
