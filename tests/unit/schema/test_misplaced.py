# SPDX-License-Identifier: LGPL-3.0-or-later
"""A key in the wrong section is told where it belongs, once, and nothing else is said of it."""

from __future__ import annotations

from typing import Any

import pytest

from dp_multitask import check
from rule_cases import DELETE, ICE, SE_A, SHARED, SINGLE, VALID, WATER, Case

FIT = {"neuron": [16, 16], "dim_case_embd": 2}

MISPLACED: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    (VALID, {"learning_rate/numb_steps": 3}, "learning_rate/numb_steps", "'training/numb_steps'"),
    (VALID, {"learning_rate/numb_steps": 3, "training/numb_steps": DELETE},
     "learning_rate/numb_steps", "'training/numb_steps'"),
    (VALID, {"learning_rate/stop_batch": 3}, "learning_rate/stop_batch", "'training/stop_batch'"),
    (VALID, {"numb_steps": 3}, "numb_steps", "'training/numb_steps'"),
    (VALID, {"model_prob": {"water": 1}}, "model_prob", "'training/model_prob'"),
    (VALID, {"start_lr": 1e-3}, "start_lr", "'learning_rate/start_lr'"),
    (VALID, {"training/decay_steps": 5}, "training/decay_steps", "'learning_rate/decay_steps'"),
    (VALID, {"training/loss_dict": {}}, "training/loss_dict", "'loss_dict'"),
    (VALID, {"training/batch_size": 1}, "training/batch_size",
     "'training/data_dict/<branch>/training_data/batch_size'"),
    (VALID, {f"{WATER}/training_data": {}}, f"{WATER}/training_data",
     "'training/data_dict/water/training_data'"),
    (VALID, {f"{ICE}/dim_case_embd": 2}, f"{ICE}/dim_case_embd",
     f"'{SHARED}/fit/dim_case_embd' (the fitting_net)"),
    (VALID, {f"{ICE}/fitting_net": FIT, f"{ICE}/neuron": [8]}, f"{ICE}/neuron",
     f"'{SHARED}/des/neuron' (the descriptor) or '{ICE}/fitting_net/neuron'"),
    (VALID, {f"{SHARED}/des/type_map": ["O"]}, f"{SHARED}/des/type_map",
     "'model/model_dict/<branch>/type_map'"),
    (VALID, {f"{SHARED}/des/finetune_head": "x"}, f"{SHARED}/des/finetune_head",
     "'model/model_dict/<branch>/finetune_head'"),
    (VALID, {"loss_dict/ice/batch_size": 4}, "loss_dict/ice/batch_size",
     "'training/data_dict/ice/training_data/batch_size'"),
    (SINGLE, {"modifier": {"type": "dipole_charge"}}, "modifier", "'model/modifier'"),
    (SINGLE, {"descriptor": SE_A}, "descriptor", "'model/descriptor'"),
    (SINGLE, {"training/systems": ["a"]}, "training/systems", ""),
    (SINGLE, {"model/rcut": 6.0}, "model/rcut", "'model/descriptor/rcut'"),
    (SINGLE, {"model/fitting_net/sel": [4, 4]}, "model/fitting_net/sel", "'model/descriptor/sel'"),
    (SINGLE, {"model/numb_steps": 4}, "model/numb_steps", "'training/numb_steps'"),
    (SINGLE, {"loss/start_lr": 1.0}, "loss/start_lr", "'learning_rate/start_lr'"),
]


@pytest.mark.parametrize(
    ("base", "edits", "place", "hint"), MISPLACED, ids=[each[2] for each in MISPLACED]
)
def test_a_misplaced_key_is_told_where_it_belongs(
    base: dict[str, Any], edits: dict[str, Any], place: str, hint: str
) -> None:
    found = check(Case("DPM011", edits, base=base).input)
    assert ["/".join(map(str, each.path)) for each in found] == [place]
    assert hint in (found[0].hint or "")
    assert "Did you mean" not in (found[0].hint or "")


@pytest.mark.parametrize(
    ("edits", "unwanted"),
    [
        ({"fitting_net_list": {"a": {}}}, "fitting_net"),
        ({"model/descriptor/seeder": {}}, "seed"),
        ({"training/save_freak": "x"}, "save_freq"),
        ({"model/descriptor/neutrons": "x"}, "neuron"),
    ],
)
def test_a_key_of_another_kind_is_not_suggested(edits: dict[str, Any], unwanted: str) -> None:
    found = check(Case("DPM011", edits, base=SINGLE).input)
    hints = [each.hint or "" for each in found if each.code == "DPM011"]
    assert len(hints) == 1
    assert f"Did you mean '{unwanted}'" not in hints[0]


def test_a_key_that_is_given_is_not_suggested() -> None:
    found = check(Case("DPM011", {"model/descriptor/rcutt": 6.0}, base=SINGLE).input)
    assert [each.hint for each in found] == ["'rcut' is given too: remove one of the two"]


@pytest.mark.parametrize(
    ("edits", "meant"),
    [
        ({"model/descriptor/rcut_smt": 0.5}, "'rcut_smth'"),
        ({"model/descriptor/rcut_smt": "half"}, "'rcut_smth'"),
        ({"training/numb_stepz": 3, "training/numb_steps": DELETE}, "'numb_steps'"),
        ({"lerning_rate": {"start_lr": 1.0}, "learning_rate": DELETE}, "'learning_rate'"),
        ({"model/fiting_net": {}, "model/fitting_net": DELETE}, "'fitting_net'"),
    ],
)
def test_a_misspelt_key_is_told_what_was_meant(edits: dict[str, Any], meant: str) -> None:
    found = check(Case("DPM011", edits, base=SINGLE).input)
    hints = [each.hint for each in found if each.code == "DPM011"]
    assert hints == [f"Did you mean {meant}?"]
