# SPDX-License-Identifier: LGPL-3.0-or-later
"""What backends serialise, brought into what a model file and a JAX checkpoint hold."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from dp_multitask.deepmd_kit.jax_extras import restore_extras, with_extras
from dp_multitask.deepmd_kit.pack import pack
from dp_multitask.deepmd_kit.plain import plain_tree
from dp_multitask.errors import CheckpointError
from dp_multitask.modelfile.writing.save import save_model
from model_trees import multitask


class Foreign:
    """An array of another framework."""

    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
        return np.arange(3, dtype="f4")


def test_arrays_outside_variables_become_lists_of_the_same_floats() -> None:
    bias = np.array([0.1, 1e-300, -0.0])
    tree = plain_tree({"preset_out_bias": {"energy": [None, bias]}, "rcut": np.float64(0.1)})
    again = json.loads(json.dumps(tree))["preset_out_bias"]["energy"]
    assert again[0] is None
    assert np.array(again[1]).tobytes() == bias.tobytes()
    assert type(tree["rcut"]) is float


def test_variables_are_kept_as_they_are() -> None:
    w = np.ones((2, 3), "f4")
    distance = np.float64(0.8)
    nested = ({"@variables": {"w": w, "parts": [w, None]}},)
    tree = plain_tree({"a": nested, "@variables": {"d": distance}})
    assert tree["a"][0]["@variables"]["w"] is w
    assert tree["a"][0]["@variables"]["parts"] == [w, None]
    assert tree["@variables"]["d"] is distance


def test_arrays_of_other_frameworks_become_numpys() -> None:
    found = plain_tree({"@variables": {"w": Foreign()}})["@variables"]["w"]
    assert type(found) is np.ndarray
    assert found.dtype == "f4"


def test_a_jax_checkpoint_carries_the_payloads_top_level() -> None:
    tree = {
        "model": {"model_dict": {"a": {}}},
        "model_def_script": {"model_dict": {"a": {"type_map": ["O"]}}},
        "shared_links": {"des": {"type": "DescrptSeA", "links": []}},
        "min_nbor_dist": {"a": 0.75},
        "train_infos": {"step": 3},
        "@variables": {},
    }
    carried = with_extras(tree)
    assert set(carried) == {"model", "model_def_script", "@variables"}
    read_back = {
        "backend": "JAX",
        "model": carried["model"],
        "model_def_script": json.loads(json.dumps(carried["model_def_script"])),
        "@variables": {},
    }
    assert restore_extras(read_back) == tree | {"backend": "JAX"}


def test_the_smallest_distance_of_a_single_model_goes_through_jax() -> None:
    tree = {"model": {}, "model_def_script": {}, "@variables": {"min_nbor_dist": np.float64(0.75)}}
    carried = with_extras(tree)
    assert carried["min_nbor_dist"] == 0.75
    script = carried["model_def_script"] | {"_min_nbor_dist": 0.75}
    read_back = {"model": {}, "model_def_script": script, "@variables": {}, "min_nbor_dist": 0.75}
    assert restore_extras(read_back) == tree


def test_a_jax_checkpoint_of_others_is_left_alone() -> None:
    data = {"model": {}, "model_def_script": {"type_map": ["O"]}, "min_nbor_dist": 0.5}
    assert restore_extras(data) == data


def test_jax_is_told_that_se_e2_r_is_one_sided() -> None:
    member = {"type": "se_e2_r", "type_one_side": False}
    script = {"descriptor": {"type": "hybrid", "list": [{"type": "se_e2_a"}, member]}}
    tree = {"model": {}, "model_def_script": script, "@variables": {}}
    carried = with_extras(tree)
    told = carried["model_def_script"]["descriptor"]["list"]
    assert told == [{"type": "se_e2_a"}, {"type": "se_e2_r", "type_one_side": True}]
    assert member["type_one_side"] is False
    read_back = {"model": {}, "model_def_script": carried["model_def_script"], "@variables": {}}
    assert restore_extras(read_back) == tree


@pytest.mark.parametrize("script", [None, {}, {"model_dict": {"ice": {}}}, {"model_dict": []}])
def test_a_file_whose_script_leaves_branches_out_is_refused(script: object, tmp_path: Path) -> None:
    tree = multitask()
    del tree["model_def_script"]
    if script is not None:
        tree["model_def_script"] = script
    save_model(tmp_path / "model.dp", tree)
    with pytest.raises(CheckpointError, match="'model_def_script' does not say all of them"):
        pack(tmp_path / "model.dp")
