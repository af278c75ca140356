# SPDX-License-Identifier: LGPL-3.0-or-later
"""Composing the branches of an input gives an input with the same branches."""

from __future__ import annotations

import copy
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from dp_multitask.config.branch import branch_input
from dp_multitask.config.branch_names import ALIAS_KEY
from dp_multitask.config.compose import compose
from dp_multitask.config.compose.branches import with_renamed_branch, without_branches
from dp_multitask.config.compose.sharing import Alike
from dp_multitask.config.edited_input import EditedInput, edits_between
from dp_multitask.config.resolve import preprocess_shared_params
from dp_multitask.text.document import parse_document
from example_counts import examples
from strategies import model_sections


def whole(section):
    """Give an input with this model, whose branches all reference the type map."""
    branches = section["model_dict"]
    reference = next(
        each["type_map"] for each in branches.values() if isinstance(each.get("type_map"), str)
    )
    for branch in branches.values():
        branch["type_map"] = reference
    loss = {name: {"type": "ener", "start_pref_e": rank} for rank, name in enumerate(branches)}
    data = {name: {"training_data": {"systems": [name]}} for name in branches}
    return {"model": section, "loss_dict": loss, "training": {"data_dict": data, "numb_steps": 1}}


def resolved(config, **options):
    """Give the branches, without what a single task has no use for and what sharing settles."""
    model, _ = preprocess_shared_params(config["model"], **options)
    for branch in model["model_dict"].values():
        branch.pop(ALIAS_KEY, None)
        for part in ("descriptor", "fitting_net"):
            if part in branch:
                branch[part] = Alike()(part, branch[part])
    return model["model_dict"]


@settings(max_examples=examples(6, 500))
@given(model_sections(), st.sampled_from([[], ["descriptor"], ["descriptor", "fitting_net"]]))
def test_composing_what_was_split_gives_the_same_branches(section, share):
    config = whole(section)
    before = copy.deepcopy(config)
    parts = {name: branch_input(config, name) for name in section["model_dict"]}
    composed = compose(parts, share=share).data
    assert config == before
    assert resolved(composed) == resolved(config)
    assert composed["loss_dict"] == config["loss_dict"]
    assert composed["training"]["data_dict"] == config["training"]["data_dict"]


@settings(max_examples=examples(6, 500))
@given(model_sections(), st.data())
def test_dropping_a_branch_leaves_the_others_as_they_were(section, data):
    config = whole(section)
    names = list(section["model_dict"])
    if len(names) < 2:
        return
    name = data.draw(st.sampled_from(names))
    edits, _ = without_branches(config, [name])
    left = resolved(EditedInput(config).edited(edits).data)
    expected = resolved(config)
    del expected[name]
    assert left == expected


@settings(max_examples=examples(6, 500))
@given(model_sections(), st.data())
def test_renaming_a_branch_there_and_back_changes_nothing(section, data):
    config = whole(section)
    for branch in section["model_dict"].values():
        branch.pop(ALIAS_KEY, None)
    name = data.draw(st.sampled_from(list(section["model_dict"])))
    edits, _ = with_renamed_branch(config, name, "another name")
    there = EditedInput(config).edited(edits)
    assert name not in there.data["model"]["model_dict"]
    edits, _ = with_renamed_branch(there.data, "another name", name)
    assert json.dumps(there.edited(edits).data) == json.dumps(config)


@settings(max_examples=examples(6, 500))
@given(model_sections(), model_sections())
def test_a_text_follows_its_data(one, other):
    document = parse_document(json.dumps({"model": one}, indent=2), format="json")
    edits = list(edits_between(document.data, {"model": other}))
    assert EditedInput(document).edited(edits).data == {"model": other}
