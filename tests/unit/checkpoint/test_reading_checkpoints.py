# SPDX-License-Identifier: LGPL-3.0-or-later
"""A training checkpoint in the place of a model file, without PyTorch."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dp_multitask
from dp_multitask.components.models.model import Model
from dp_multitask.errors import (
    CheckpointError,
    ModelTreeError,
    UnknownBranchError,
    UnsupportedError,
)
from torch_archive import View, pickled, write_archive, write_checkpoint
from tree_comparison import differences

MODELS = Path(__file__).parents[2] / "data" / "models"
WATER, OLD = MODELS / "water_se_e2_a", MODELS / "old_3.0.3_dpa2"
CONFIG = {
    "type_map": ["O", "H"],
    "descriptor": {"type": "se_e3", "sel": [3, 3], "neuron": [2, 4]},
    "fitting_net": {"type": "ener", "neuron": [3], "numb_fparam": 1},
}


def arrays_of(config: dict[str, Any], prefix: str = "model.Default.") -> dict[str, np.ndarray]:
    """Give random tensors under PyTorch's names of a model of se_e3 and ener."""
    rng = np.random.default_rng(1)
    shapes = {
        "atomic_model.out_bias": (1, 2, 1),
        "atomic_model.out_std": (1, 2, 1),
        "atomic_model.descriptor.seat.mean": (2, 6, 4),
        "atomic_model.descriptor.seat.stddev": (2, 6, 4),
        "atomic_model.fitting_net.bias_atom_e": (2, 1),
        "atomic_model.fitting_net.fparam_avg": (1,),
        "atomic_model.fitting_net.fparam_inv_std": (1,),
        "min_nbor_dist": (),
    }
    for k in range(4):
        place = f"atomic_model.descriptor.seat.filter_layers.networks.{k}.layers."
        shapes |= {f"{place}0.matrix": (1, 2), f"{place}0.bias": (2,)}
        shapes |= {f"{place}1.matrix": (2, 4), f"{place}1.bias": (4,)}
    for k in range(2):
        place = f"atomic_model.fitting_net.filter_layers.networks.{k}.layers."
        shapes |= {f"{place}0.matrix": (17, 3), f"{place}0.bias": (3,)}
        shapes |= {f"{place}1.matrix": (3, 1), f"{place}1.bias": (1,)}
    width = Model.plan_config(config).fields["fitting"].fields["dim_descrpt"]
    for k in range(2):
        place = f"atomic_model.fitting_net.filter_layers.networks.{k}.layers."
        shapes[f"{place}0.matrix"] = (width + 1, 3)
    return {prefix + name: rng.random(shape) for name, shape in shapes.items()}


@pytest.fixture
def single(tmp_path: Path) -> Path:
    write_checkpoint(tmp_path / "model.pt", arrays_of(CONFIG), CONFIG)
    return tmp_path / "model.pt"


def test_a_branch_is_what_deepmd_kit_serialises() -> None:
    ours = dp_multitask.load_model(WATER / "model.ckpt.pt", "model_1")
    theirs = dp_multitask.load_model(WATER / "model_1.deepmd-kit.dp")
    assert differences(ours["model"], theirs["model"]) == []
    assert ours["model_def_script"] == theirs["model_def_script"]
    assert ours["@variables"]["min_nbor_dist"] == theirs["@variables"]["min_nbor_dist"]


def test_what_was_one_tensor_is_one_array() -> None:
    one, two = dp_multitask.load_model(WATER / "model.ckpt.pt")["model"]["model_dict"].values()
    variables = one["descriptor"]["@variables"]
    assert variables["davg"] is two["descriptor"]["@variables"]["davg"]
    assert one["@variables"]["out_bias"] is not two["@variables"]["out_bias"]


def test_an_open_checkpoint_tells_branches_and_links() -> None:
    with dp_multitask.open_model(WATER / "model.ckpt.pt") as file:
        assert file.branches == ("model_1", "model_2")
        links = file.shared_links["my_descriptor"]
        assert [link["shared_level"] for link in links["links"]] == [0, 0]
        assert file.has_checksums


def test_split_and_merge_take_a_checkpoint(tmp_path: Path) -> None:
    checkpoint = WATER / "model.ckpt.pt"
    for branch in ("model_1", "model_2"):
        dp_multitask.split_branch(checkpoint, branch, tmp_path / f"{branch}.dp")
        assert dp_multitask.verify_model(tmp_path / f"{branch}.dp") == []
    parts = {name: tmp_path / f"{name}.dp" for name in ("model_1", "model_2")}
    with dp_multitask.open_model(checkpoint) as file:
        links = file.shared_links
    dp_multitask.merge_branches(parts, tmp_path / "all.dp", shared_links=links)
    merged = dp_multitask.load_model(tmp_path / "all.dp")["model"]
    assert differences(merged, dp_multitask.load_model(checkpoint)["model"]) == []


def test_names_under_a_wrapper_are_those_of_the_model(single: Path, tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "parallel.pt", arrays_of(CONFIG, "module.model.Default."), CONFIG)
    wrapped, plain = (dp_multitask.load_model(each) for each in (tmp_path / "parallel.pt", single))
    assert differences(wrapped["model"], plain["model"]) == []
    assert wrapped["train_infos"] == plain["train_infos"]


def test_a_single_task_checkpoint_is_a_single_model(single: Path, tmp_path: Path) -> None:
    tree = dp_multitask.load_model(single)
    assert tree["train_infos"] == {"lr": 0.001, "step": 7}
    assert tree["model"]["descriptor"]["embeddings"]["networks"][3]["layers"][1]["@variables"][
        "w"
    ].shape == (2, 4)
    again = dp_multitask.load_model(single, "Default")
    packed = dp_multitask.pack(single, ["Default"])
    assert differences(packed.tree["model"], tree["model"]) == []
    with pytest.raises(UnknownBranchError, match="it is the branch 'Default'"):
        dp_multitask.pack(single, ["water"])
    assert differences(again["model"], tree["model"]) == []
    assert dp_multitask.verify_model(single) == []
    with pytest.raises(UnknownBranchError):
        dp_multitask.load_model(single, "water")
    dp_multitask.split_branch(single, "Default", tmp_path / "one.dp")
    assert dp_multitask.verify_model(tmp_path / "one.dp") == []


def test_a_checkpoint_of_3_0_3_lacks_nothing() -> None:
    tree = dp_multitask.load_model(OLD / "model.ckpt.pt")
    assert list(tree["model"]["model_dict"]) == ["water_1", "water_2"]
    assert tree["branches"] == {}  # no smallest distance
    assert dp_multitask.verify_model(OLD / "model.ckpt.pt") == []


@pytest.mark.parametrize("release", ["3.0.3", "3.1.2"])
def test_checkpoints_of_older_releases_are_read(release: str) -> None:
    folder = MODELS / f"release_{release}"
    with dp_multitask.open_model(folder / "multitask.pt") as file:
        assert file.branches[:5] == ("water", "ice", "gas", "vapor", "dense")
        levels = {
            key: [link["shared_level"] for link in entry["links"]]
            for key, entry in file.shared_links.items()
        }
        assert levels == {"des": [0, 0], "atten": [0, 1]}
    single = dp_multitask.load_model(folder / "single.pt")["model"]
    assert [each["type"] for each in single["descriptor"]["list"]] == ["se_e2_a", "se_r"]
    for name in ("multitask", "single"):
        assert dp_multitask.verify_model(folder / f"{name}.pt") == []


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        (lambda a: a.pop("model.Default.atomic_model.out_bias"), CheckpointError, "lacks"),
        (
            lambda a: a.update({"model.Default.atomic_model.out_bias": np.ones(3)}),
            CheckpointError,
            r"has shape \(3,\), expected \(1, 2, 1\)",
        ),
        (
            lambda a: a.update({"model.Default.extra.matrix": np.ones(3)}),
            UnsupportedError,
            "no place in the model",
        ),
        (
            lambda a: a.update({"model.Default.atomic_model.descriptor.act.A_by_l": np.ones(3)}),
            UnsupportedError,
            "LoRA adapters",
        ),
    ],
)
def test_tensors_that_are_not_the_configs(change, error, says, tmp_path: Path) -> None:
    arrays = arrays_of(CONFIG)
    change(arrays)
    write_checkpoint(tmp_path / "model.pt", arrays, CONFIG)
    with pytest.raises(error, match=says) as caught:
        dp_multitask.load_model(tmp_path / "model.pt")
    assert caught.value.source == str(tmp_path / "model.pt")


def test_weights_alone_need_a_config(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "model.pt", arrays_of(CONFIG), {})
    with pytest.raises(CheckpointError, match="weights alone") as caught:
        dp_multitask.load_model(tmp_path / "model.pt")
    assert "--config" in str(caught.value.hint)


def test_weights_alone_are_packed_with_a_config(tmp_path: Path, single: Path) -> None:
    from dp_multitask.cli.main import main

    write_checkpoint(tmp_path / "weights.pt", arrays_of(CONFIG), {})
    (tmp_path / "input.json").write_text(json.dumps({"model": CONFIG, "training": {}}))
    arguments = ["pack", str(tmp_path / "weights.pt"), "-o", str(tmp_path / "model.dp")]
    assert main([*arguments, "--config", str(tmp_path / "input.json")]) == 0
    packed = dp_multitask.load_model(tmp_path / "model.dp")
    assert differences(packed["model"], dp_multitask.load_model(single)["model"]) == []


@pytest.mark.parametrize("whole", [True, False])
def test_offsets_and_strides_are_honoured(whole: bool, tmp_path: Path) -> None:
    config = copy.deepcopy(CONFIG)
    arrays = arrays_of(config)
    name = "model.Default.atomic_model.descriptor.seat.filter_layers.networks.0.layers.1.matrix"
    held = np.arange(30.0)
    shape, strides = (2, 4), (1, 2)
    offset = 0 if whole else 3
    view = View("x", "DoubleStorage", 30, offset, shape, strides)
    write_checkpoint(tmp_path / "plain.pt", arrays, config)
    storages = {str(i): array.tobytes() for i, array in enumerate(arrays.values())}
    state: dict[str, Any] = {}
    for i, (each, array) in enumerate(arrays.items()):
        steps = tuple(int(np.prod(array.shape[k + 1 :])) for k in range(array.ndim))
        state[each] = View(str(i), "DoubleStorage", array.size, 0, array.shape, steps)
    state[name] = view
    state["_extra_state"] = {"model_params": config, "train_infos": {}}
    storages["x"] = held.tobytes()
    write_archive(tmp_path / "model.pt", pickled({"model": state}), storages)
    tree = dp_multitask.load_model(tmp_path / "model.pt")
    found = tree["model"]["descriptor"]["embeddings"]["networks"][0]["layers"][1]["@variables"]["w"]
    expected = np.lib.stride_tricks.as_strided(held[offset:], shape, (8, 16))
    assert np.array_equal(found, expected)
    dp_multitask.split_branch(tmp_path / "model.pt", "Default", tmp_path / "one.dp")
    stored = dp_multitask.load_model(tmp_path / "one.dp")
    assert differences(stored["model"], tree["model"]) == []


def test_bfloat16_is_told_apart(tmp_path: Path) -> None:
    arrays = arrays_of(CONFIG)
    state: dict[str, Any] = {}
    for i, (each, array) in enumerate(arrays.items()):
        steps = tuple(int(np.prod(array.shape[k + 1 :])) for k in range(array.ndim))
        state[each] = View(str(i), "BFloat16Storage", array.size, 0, array.shape, steps)
    storages = {str(i): bytes(2 * array.size) for i, array in enumerate(arrays.values())}
    del state["model.Default.min_nbor_dist"]
    state["_extra_state"] = {"model_params": CONFIG, "train_infos": {}}
    write_archive(tmp_path / "model.pt", pickled({"model": state}), storages)
    with dp_multitask.open_model(tmp_path / "model.pt") as file:
        variable = file.tree()["model"]["@variables"]["out_bias"]
        assert variable.dtype.name == "bfloat16"
    with pytest.raises(UnsupportedError, match="bfloat16"):
        dp_multitask.load_model(tmp_path / "model.pt")
    with pytest.raises(ModelTreeError, match="bfloat16"):
        dp_multitask.split_branch(tmp_path / "model.pt", "Default", tmp_path / "one.dp")
    assert not (tmp_path / "one.dp").exists()


def test_parameters_that_describe_no_model_are_a_problem_of_the_file(tmp_path: Path) -> None:
    config = copy.deepcopy(CONFIG)
    config["descriptor"]["neuron"] = "tanh"
    write_checkpoint(tmp_path / "model.pt", arrays_of(CONFIG), config)
    [problem] = dp_multitask.verify_model(tmp_path / "model.pt")
    assert "neuron" in problem.message
