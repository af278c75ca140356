# SPDX-License-Identifier: LGPL-3.0-or-later
"""The JSON Schema for editors accepts what is right and marks what is wrong, at its place."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from jsonschema import Draft202012Validator

from dp_multitask.checks.schema.cross_section import ARGUMENT_CHECK
from dp_multitask.checks.schema.json_schema import json_schema
from dp_multitask.checks.schema.releases import RELEASES
from dp_multitask.errors import UsageError
from example_counts import examples
from schema_samples import BRANCH_A, CHANGES, MULTITASK, SE_E2_A, SHARED, SINGLE_TASK, changed

# Relations between keys and outdated keys are for `check`; a schema of an editor has no words
# for them, and no outdated keys to complete.
ONLY_CHECKED = {"DPM017", "DPM018", *ARGUMENT_CHECK}  # outdated keys are valid, and deprecated


@pytest.fixture(scope="module")
def validator():
    return Draft202012Validator(json_schema())


def marked(validator, config):
    return sorted(
        {"/".join(map(str, error.absolute_path)) for error in validator.iter_errors(config)}
    )


@pytest.mark.parametrize("version", list(RELEASES)[: examples(1, 99)])
def test_the_schema_is_a_valid_schema(version):
    schema = json_schema(version)
    Draft202012Validator.check_schema(schema)
    assert schema["title"].endswith(RELEASES[version])


@pytest.mark.parametrize("version", RELEASES)
def test_every_pointer_leads_to_a_definition(version):
    schema = json_schema(version)
    text = json.dumps(schema)
    pointers = {part.split('"')[0] for part in text.split('"$ref": "')[1:]}
    assert pointers == {f"#/$defs/{name}" for name in schema["$defs"]}


def test_real_inputs_are_valid(validator, real_inputs):
    for path in real_inputs:
        assert marked(validator, json.loads(path.read_text())) == []


@pytest.mark.parametrize("version", RELEASES)
@pytest.mark.parametrize("config", [MULTITASK, SINGLE_TASK])
def test_right_inputs_are_valid(version, config):
    assert marked(Draft202012Validator(json_schema(version)), config) == []


@pytest.mark.parametrize(("place", "value", "code", "at"), CHANGES)
def test_a_change_that_check_reports_is_marked(validator, place, value, code, at):
    config = changed(MULTITASK, place, value)
    expected = code is not None and code not in ONLY_CHECKED
    assert bool(marked(validator, config)) == expected


@pytest.mark.parametrize(
    ("place", "value", "where"),
    [
        (f"{SHARED}/des/rcut", "6.0", f"{SHARED}/des/rcut"),
        (f"{SHARED}/des/rcutt", 6.0, f"{SHARED}/des"),
        (f"{SHARED}/des/type", "se_a2", f"{SHARED}/des/type"),
        (f"{BRANCH_A}/descriptor", 3, f"{BRANCH_A}/descriptor"),
        (f"{BRANCH_A}/descriptor", "des:x", f"{BRANCH_A}/descriptor"),
        ("training/ema_decay", 1.0, "training/ema_decay"),
        ("training/stop_batch", 5, "training/numb_steps"),
        ("loss_dict/a/start_pref_e", None, "loss_dict/a/start_pref_e"),
    ],
)
def test_a_mistake_is_marked_at_its_place_and_nowhere_else(validator, place, value, where):
    assert marked(validator, changed(MULTITASK, place, value)) == [where]


def test_references_may_stand_only_where_they_are_expanded(validator):
    hybrid = {"type": "hybrid", "list": ["des", SE_E2_A]}
    assert marked(validator, changed(MULTITASK, f"{BRANCH_A}/descriptor", hybrid)) == []
    assert marked(validator, changed(MULTITASK, f"{SHARED}/des", hybrid)) == [
        f"{SHARED}/des/list/0"
    ]
    assert marked(validator, changed(SINGLE_TASK, "model/descriptor", "des")) == [
        "model/descriptor"
    ]


def test_a_branch_must_have_what_does_not_come_from_above(validator):
    without = changed(MULTITASK, f"{BRANCH_A}/descriptor")
    assert marked(validator, without) == [BRANCH_A]
    assert marked(validator, changed(without, "model/descriptor", "des")) == []
    assert marked(validator, changed(without, "model/descriptr", "des")) == ["model"]


def test_completion_gets_defaults_and_our_words():
    definitions = json_schema()["$defs"]
    training = definitions["multitask.training"]["properties"]
    assert training["disp_freq"]["default"] == 1000
    assert training["model_prob"]["description"].startswith("How often each branch is trained")
    assert training["stop_batch"]["deprecated"] is True


def test_the_schema_does_not_depend_on_hashes():
    code = (
        "import json; from dp_multitask.checks.schema.json_schema import json_schema;"
        "print(json.dumps(json_schema()))"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1


def test_an_unknown_schema_is_refused():
    with pytest.raises(UsageError, match="unknown schema"):
        json_schema("1.0")


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ("training", "warmup_steps"), ("training", "opt_type"), ("training", "numb_test"),
        ("training", "systems"), ("multitask.training", "kf_blocksize"),
        ("training.training_data", "set_prefix"),
    ],
)
def test_outdated_keys_are_marked_deprecated(section, key):
    assert json_schema("3.2")["$defs"][section]["properties"][key]["deprecated"] is True


def test_words_that_training_knows_are_offered():
    properties = json_schema("3.2")["$defs"]["model:standard.descriptor:se_e2_a"]["properties"]
    assert "float32" in properties["precision"]["enum"]
