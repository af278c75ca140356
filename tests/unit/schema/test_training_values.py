# SPDX-License-Identifier: LGPL-3.0-or-later
"""Values that pass DeePMD-kit's argument check and stop the training, and those that do not."""

from __future__ import annotations

from typing import Any

import pytest

from dp_multitask import check
from rule_cases import DELETE, SINGLE, Case

DES, FIT = "model/descriptor", "model/fitting_net"
DATA = "training/training_data"

USABLE: dict[str, list[Any]] = {
    f"{DES}/activation_function": ["tanh", "Tanh", "RELU6", "gelu_tf", "silut", "silut:10.0",
                                   "custom_silu:3", "none", "linear"],
    f"{DES}/precision": ["default", "float32", "half", "double", "bfloat16"],
    f"{DES}/neuron": [[4], [8, 16, 32]],
    f"{DES}/sel": ["auto", "auto:1.1"],
    f"{FIT}/neuron": [[], [8], [8, 0]],
    f"{DATA}/batch_size": [2**62, 1, "auto", "auto:32", "max:10", "filter:10", [2]],
    f"{DATA}/auto_prob": ["prob_uniform", "prob_sys_size", "prob_sys_size;0:1:0.5"],
    "loss/loss_func": ["mse", "mae"],
    "optimizer": [{"type": "Adam", "adam_beta1": 0, "weight_decay": 0.0}, {"type": "AdaMuon"}],
    "training/disp_file": ["out/lcurve.out"],
    "training/save_ckpt": ["a/.", "..", "a/b", "a/"],
}
UNUSABLE: dict[str, list[Any]] = {
    f"{DES}/activation_function": ["tanhh", "", " tanh", "swish", "silut:x"],
    f"{FIT}/activation_function": ["leaky_relu"],
    f"{DES}/precision": ["fp32", "Float32", ""],
    f"{DES}/neuron": [[], [8, -4], [8, 2**31]],
    f"{DATA}/batch_size": ["autox", "auto:x", "auto:0", "max", "filter", "mixed", "AUTO", "4",
                           2**63, [2**63], f"max:{2**63}", f"auto:{2**63}"],
    f"{DATA}/systems": [],
    "training/disp_freq": [0],
    "training/zero_stage": [4, -1],
    "training/numb_steps": [-5],
    "model/data_stat_nbatch": [0],
    "loss/huber_delta": [[0.1], []],
    f"{DES}/sel": [[4, 2**31], [0, 0], [-1, 4], [], "Auto", "auto:", "auto:x", "auto:0", "many"],
    f"{DES}/rcut": [0.0, -6.0, 1e30],
    f"{DES}/axis_neuron": [-1],
    f"{FIT}/numb_fparam": [-1],
    f"{FIT}/neuron": [[8, -1]],
    f"{FIT}/dim_case_embd": [-1, 2**63],
    f"{DATA}/auto_prob": ["uniform", "", "prob_sys_size;", "prob_sys_size;0:1",
                          "prob_sys_size;0:1:-1", "prob_sys_size;0:1:0", "prob_uniformm"],
    "loss/loss_func": ["MSE", "huber"],
    "learning_rate/start_lr": [0.0, -1.0],
    "learning_rate/warmup_ratio": [-1.0],
    "training/disp_file": [""],
    "training/save_ckpt": ["", ".", "./", "/"],
    "training/stat_file": [""],
}


def codes(path: str, value: Any) -> list[tuple[str, str]]:
    found = check(Case("", {path: value}, base=SINGLE).input)
    return [(each.code, "/".join(map(str, each.path))) for each in found]


@pytest.mark.parametrize(
    ("path", "value"), [(path, value) for path, values in USABLE.items() for value in values]
)
def test_nothing_is_said_of_a_value_that_trains(path: str, value: Any) -> None:
    assert ("DPM021", path) not in codes(path, value)


@pytest.mark.parametrize(
    ("path", "value"), [(path, value) for path, values in UNUSABLE.items() for value in values]
)
def test_a_value_that_stops_the_training_is_an_error(path: str, value: Any) -> None:
    assert ("DPM021", path) in codes(path, value)


def test_a_truth_is_a_width_in_a_dpa4_alone() -> None:
    for kind, said in (("ener", True), ("dpa4_ener", False)):
        fitting = {"type": kind, "neuron": [8, True]}
        assert (("DPM021", f"{FIT}/neuron") in codes(FIT, fitting)) is said


@pytest.mark.parametrize("key", ["disp_file", "save_ckpt"])
def test_the_training_of_a_multitask_input_demands_what_that_of_a_single_one_does(key: str) -> None:
    found = check(Case("", {f"training/{key}": ""}).input)
    assert [(each.code, each.path) for each in found] == [("DPM021", ("training", key))]


@pytest.mark.parametrize("value", [0, -1.0])
def test_epochs_are_positive(value: float) -> None:
    data = Case("", {"training/numb_steps": DELETE, "training/num_epoch": value}, base=SINGLE).input
    assert [each.code for each in check(data)] == ["DPM021"]


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        ("Adam", "adam_beta1", 1.0),
        ("AdamW", "adam_beta2", -0.1),
        ("Adam", "weight_decay", -1.0),
        ("LKF", "kf_blocksize", 0),
        ("LKF", "kf_start_pref_f", 0.0),
        ("HybridMuon", "muon_mode", "3d"),
    ],
)
def test_a_setting_that_stops_the_optimizer_is_an_error(kind: str, key: str, value: Any) -> None:
    assert ("DPM021", f"optimizer/{key}") in codes("optimizer", {"type": kind, key: value})


@pytest.mark.parametrize("key", ["neuron", "three_body_neuron"])
@pytest.mark.parametrize("odd", [8.0, "8", None, {}, True])
def test_widths_are_whole_numbers_where_the_argument_check_takes_any_list(key: str, odd: Any):
    place = f"{DES}/repinit/{key}"
    changes = {DES: {"type": "dpa2", "repinit": {"nsel": 9}, "repformer": {}}, place: [4, odd]}
    found = check(Case("", changes, base=SINGLE).input)
    assert ("DPM021", place) in [(each.code, "/".join(each.path)) for each in found]


@pytest.mark.parametrize("rank", [0, -1])
def test_a_low_rank_adaptation_has_a_rank(rank: int):
    changes = {"model": {"type": "dpa4", "type_map": ["O"], "descriptor": {}, "fitting_net": {}}}
    data = Case("", changes | {"model/lora": {"rank": rank}}, base=SINGLE).input
    assert ("DPM021", ("model", "lora", "rank")) in [(e.code, e.path) for e in check(data)]


@pytest.mark.parametrize("key", ["numb_fparam", "numb_aparam", "dim_case_embd"])
def test_a_truth_is_no_size(key: str):
    place = f"{FIT}/{key}"
    (found,) = check(Case("", {place: True}, base=SINGLE).input)
    assert (found.code, found.severity, "/".join(found.path)) == ("DPM021", "error", place)
    assert found.fix is not None
    assert check(Case("", {place: 0}, base=SINGLE).input) == []


def test_a_slip_is_told_what_was_meant() -> None:
    data = Case("", {f"{DES}/activation_function": "tanhh"}, base=SINGLE).input
    assert [each.hint for each in check(data)] == ["Did you mean 'tanh'?"]
