# SPDX-License-Identifier: LGPL-3.0-or-later
"""What findings advise is something that the chosen release takes."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest

from dp_multitask import check
from dp_multitask.checks.schema.table import load_table
from dp_multitask.text.document import parse_document
from dp_multitask.text.edits import apply_edits
from example_counts import examples
from rule_cases import TRIPS
from small_inputs import DESCRIPTOR, multitask, single

EARLIER = ("3.0.3", "3.1.0", "3.1.3", "3.1.2")
REFUSALS = ("DPM011", "DPM014", "DPM024")
NEWEST = load_table("3.2")


def names_in(table: Any) -> set[str]:
    """Give every key and every type that a release has."""
    found: set[str] = set()
    for name in table.names:
        body = table.body(name)
        found.update(body.fields, body.alias)
        for variant in body.variants:
            found.update((variant.flag, *variant.tags))
    return found


def advice(hint: str) -> set[str]:
    """Give what a hint says to write, of the names that a release has."""
    return set(re.findall(r"'([A-Za-z_0-9]+)'", hint)) & names_in(NEWEST)


@pytest.mark.parametrize("release", EARLIER[:: examples(3, 1)])
def test_nothing_is_advised_that_the_release_does_not_have(release) -> None:
    known = names_in(load_table(release)) | {"model_dict", "shared_dict", "model"}
    for case in TRIPS:
        found = check(case.input, schema=release)
        before = sum(each.code in REFUSALS for each in found)
        for each in found:
            assert advice(each.hint or "") <= known, (each.code, each.hint)
            if each.fix is not None:
                document = parse_document(json.dumps(case.input), name="input.json")
                fixed = json.loads(apply_edits(document, each.fix.edits))
                after = [one.code for one in check(fixed, schema=release)]
                assert sum(code in REFUSALS for code in after) <= before, each


def cascading() -> dict[str, Any]:
    config = multitask()
    for branch in config["model"]["model_dict"].values():
        del branch["descriptor"]
    config["model"]["descriptor"] = copy.deepcopy(DESCRIPTOR)
    del config["model"]["shared_dict"]["des"]
    return config


def edited(config: dict[str, Any], section: str, **values: Any) -> dict[str, Any]:
    config.setdefault(section, {}).update(values)
    return {key: value for key, value in config.items() if value is not None}


RELEASES: dict[str, tuple[Any, str, list[str], str]] = {
    "a default of all branches, before 3.2": (cascading(), "3.1", ["DPM211"], "every branch"),
    "a default of all branches, since 3.2": (cascading(), "3.2", ["DPM209"], "shared_dict"),
    "a case embedding, before 3.1": (multitask(fitting={"neuron": [4]}), "3.0", [], ""),
    "a case embedding, since 3.1": (
        multitask(fitting={"neuron": [4]}), "3.1.0", ["DPM404"], "'dim_case_embd': 2"),
    "a warm-up of today": (
        edited(single(), "learning_rate", warmup_steps=3), "3.1.2", ["DPM024"],
        "training/warmup_steps"),
    "a warm-up of yesterday": (edited(single(), "training", warmup_steps=0), "3.1.2", [], ""),
    "an optimizer": (
        edited(single(), "optimizer", type="Adam"), "3.1.1", ["DPM024"], "'training'"),
    "epochs": (
        edited(single(), "training", numb_steps=None, num_epoch=3), "3.1.2",
        ["DPM024"], "write 'numb_steps', or train with 3.1.3 or later"),
    "a type of today": (
        single(descriptor={"type": "dpa4"}), "3.1", ["DPM024"], "3.2.0 or later"),
}  # fmt: skip


@pytest.mark.parametrize("name", RELEASES)
def test_rules_follow_the_release(name) -> None:
    config, release, codes, hint = RELEASES[name]
    config = copy.deepcopy(config)
    training = config["training"]
    config["training"] = {key: value for key, value in training.items() if value is not None}
    found = check(config, schema=release)
    assert sorted(each.code for each in found) == codes
    assert any(hint in (each.hint or "") for each in found) or not codes
