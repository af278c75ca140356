# SPDX-License-Identifier: LGPL-3.0-or-later
"""Shared entries and branches: where they stand, who uses them, and renaming them everywhere."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from dp_multitask.config.resolve import preprocess_shared_params
from dp_multitask.editor.names import Name, name_at, occurrences, renaming, users_of
from dp_multitask.errors import EditError
from dp_multitask.text.document import parse_document
from dp_multitask.text.edits import apply_edits

INPUT = {
    "model": {
        "shared_dict": {"types": ["O"], "des": {"type": "dpa1"}, "fit": {"neuron": [4]}},
        "type_map": "types",
        "model_dict": {
            "ice": {"descriptor": "des", "fitting_net": "fit"},
            "gas": {"descriptor": {"type": "hybrid", "list": ["des:1"]}, "fitting_net": "fit"},
        },
    },
    "loss_dict": {"ice": {}, "gas": {}},
    "training": {"data_dict": {"ice": {}, "gas": {}}, "model_prob": {"ice": 1, "gas": 2}},
}
DES = ("model", "shared_dict", "des")


@pytest.mark.parametrize(
    ("path", "is_key", "name"),
    [
        (DES, True, Name("shared entry", "des")),
        (("model", "model_dict", "ice", "descriptor"), False, Name("shared entry", "des")),
        (("model", "model_dict", "gas", "descriptor", "list", 0), False, ("shared entry", "des")),
        (("model", "type_map"), False, Name("shared entry", "types")),
        (("model", "model_dict", "ice"), True, Name("branch", "ice")),
        (("training", "model_prob", "gas"), True, Name("branch", "gas")),
        (("model", "model_dict", "ice", "descriptor"), True, None),
        (("training",), True, None),
    ],
)
def test_the_name_at_a_place(path: tuple, is_key: bool, name: Name | None):
    assert name_at(INPUT, path, is_key) == name


def test_the_places_of_a_shared_entry_and_of_a_branch():
    paths = [each.path for each in occurrences(INPUT, Name("shared entry", "des"))]
    assert paths == [
        DES,
        ("model", "model_dict", "ice", "descriptor"),
        ("model", "model_dict", "gas", "descriptor", "list", 0),
    ]
    paths = [each.path for each in occurrences(INPUT, Name("branch", "ice"))]
    assert paths == [
        ("model", "model_dict", "ice"),
        ("loss_dict", "ice"),
        ("training", "data_dict", "ice"),
        ("training", "model_prob", "ice"),
    ]


def test_the_users_of_a_shared_entry():
    assert users_of(INPUT, "des") == [("ice", 0), ("gas", 1)]
    assert users_of(INPUT, "types") == [("every branch", 0)]


@pytest.mark.parametrize("form", ["json", "yaml"])
@pytest.mark.parametrize("name", [Name("shared entry", "des"), Name("branch", "gas")])
def test_renaming_changes_every_place_and_keeps_the_levels(form: str, name: Name):
    text = json.dumps(INPUT, indent=1) if form == "json" else yaml.safe_dump(INPUT)
    document = parse_document(text, format=form)
    renamed = apply_edits(document, renaming(document.data, name, "other"))
    expected = re.sub(rf'"{name.text}(?=[":])', '"other', json.dumps(document.data))
    assert json.dumps(parse_document(renamed, format=form).data) == expected
    before = preprocess_shared_params(document.data["model"])[1]
    after = preprocess_shared_params(parse_document(renamed, format=form).data["model"])[1]
    assert len(before) == len(after)


@pytest.mark.parametrize(
    ("name", "new"),
    [
        (Name("shared entry", "des"), "fit"),
        (Name("shared entry", "des"), "a:1"),
        (Name("branch", "ice"), "gas"),
        (Name("branch", "ice"), ""),
    ],
)
def test_a_name_that_is_taken_or_impossible_is_refused(name: Name, new: str):
    with pytest.raises(EditError):
        renaming(INPUT, name, new)
