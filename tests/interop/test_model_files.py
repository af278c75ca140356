# SPDX-License-Identifier: LGPL-3.0-or-later
"""A real DeePMD-kit reads, evaluates and converts the files that we write."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dp_multitask
from dp_multitask.modelfile.payload import join_payloads
from model_trees import difference, without_metadata

pytest.importorskip("deepmd", reason="needs an installed DeePMD-kit")
pytest.importorskip("torch", reason="needs PyTorch")
pytestmark = [
    pytest.mark.interop,
    pytest.mark.filterwarnings("ignore"),  # what DeePMD-kit warns of is not ours to mend
]

WATER = Path(__file__).parents[1] / "data" / "models" / "water_se_e2_a"


def convert(source: Path, target: Path) -> None:
    """Run ``dp convert-backend`` as a user would."""
    code = "from deepmd.main import main; main()"
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, "convert-backend", source, target],
        check=True,
        capture_output=True,
        timeout=500,
    )


@pytest.fixture(scope="module")
def checkpoint_branches() -> tuple[dict[str, Any], dict[str, Any]]:
    """Give both branches as DeePMD-kit serialises them, and the configuration."""
    import torch
    from deepmd.pt.model.model import get_model
    from deepmd.pt.train.wrapper import ModelWrapper

    state = torch.load(WATER / "model.ckpt.pt", map_location="cpu", weights_only=True)["model"]
    config = state["_extra_state"]["model_params"]
    models = {name: get_model(params) for name, params in config["model_dict"].items()}
    wrapper = ModelWrapper(models)
    wrapper.load_state_dict(state)
    branches = {}
    for name, model in wrapper.model.items():
        distance = model.get_min_nbor_dist()
        branches[name] = {
            "backend": "PyTorch",
            "model": model.serialize(),
            "model_def_script": config["model_dict"][name],
            "@variables": {} if distance is None else {"min_nbor_dist": float(distance)},
        }
    return branches, config


@pytest.fixture(scope="module")
def multitask_file(
    tmp_path_factory: pytest.TempPathFactory,
    checkpoint_branches: tuple[dict[str, Any], dict[str, Any]],
) -> Path:
    """The real two-branch model, saved as a multitask file."""
    import json

    branches, config = checkpoint_branches
    model = json.loads((WATER / "input.json").read_text())["model"]
    links = dp_multitask.preprocess_shared_params(model)[1]
    tree = join_payloads(branches)
    tree["shared_links"] = links
    tree["model_def_script"]["shared_dict"] = config.get("shared_dict", {})
    target = tmp_path_factory.mktemp("multitask") / "multi.dp"
    dp_multitask.save_model(target, tree)
    return target


def test_the_file_is_sound_and_shares_the_descriptor(multitask_file: Path) -> None:
    assert dp_multitask.verify_model(multitask_file) == []
    branches = dp_multitask.load_model(multitask_file)["model"]["model_dict"]
    davg = [tree["descriptor"]["@variables"]["davg"] for tree in branches.values()]
    assert davg[0] is davg[1]


@pytest.mark.parametrize("branch", ["model_1", "model_2"])
def test_a_split_branch_gives_the_energies_and_forces_of_the_checkpoint(
    multitask_file: Path, tmp_path: Path, branch: str
) -> None:
    from deepmd.infer import DeepPot

    target = tmp_path / f"{branch}.dp"
    dp_multitask.split_branch(multitask_file, branch, target)
    convert(target, target.with_suffix(".pth"))
    expected = np.load(WATER / "expected.npz")
    inputs = expected["coord"], expected["box"], expected["atype"]
    # DeePMD-kit's numpy backend evaluates energies only; its forces are NaN for any .dp file
    direct = DeepPot(str(target)).eval(*inputs)
    assert np.abs(direct[0] - expected[f"energy_{branch}"]).max() < 1e-10
    converted = DeepPot(str(target.with_suffix(".pth"))).eval(*inputs)
    assert np.abs(converted[0] - expected[f"energy_{branch}"]).max() < 1e-10
    assert np.abs(converted[1] - expected[f"force_{branch}"]).max() < 1e-10


def test_deepmd_kit_reads_a_multitask_file_to_the_same_tree(multitask_file: Path) -> None:
    from deepmd.dpmodel.utils.serialization import load_dp_model

    theirs = load_dp_model(str(multitask_file))
    ours = dp_multitask.load_model(multitask_file)
    assert difference(theirs["model"], ours["model"]) is None
    assert theirs["shared_links"] == ours["shared_links"]


def test_deepmd_kit_and_h5py_open_a_file_that_is_open_here(
    multitask_file: Path, tmp_path: Path
) -> None:
    import h5py
    from deepmd.dpmodel.utils.serialization import load_dp_model
    from deepmd.infer import DeepPot

    single = tmp_path / "single.dp"
    dp_multitask.split_branch(multitask_file, "model_1", single)
    expected = np.load(WATER / "expected.npz")
    with dp_multitask.open_model(single) as file, dp_multitask.open_model(multitask_file) as both:
        bias = file.tree()["model"]["@variables"]["out_bias"]
        theirs = load_dp_model(str(single))["model"]["@variables"]["out_bias"]
        energies = DeepPot(str(single)).eval(
            expected["coord"], expected["box"], expected["atype"]
        )[0]
        with h5py.File(multitask_file) as opened:
            assert set(opened["model_dict"]) == set(both.branches)
        with h5py.File(single, "r+") as opened:  # to write in, too: nothing here locks it
            assert "model" in opened
        np.testing.assert_array_equal(bias.load(), theirs)
    assert np.abs(energies - expected["energy_model_1"]).max() < 1e-10


def test_a_frozen_file_of_deepmd_kit_loads_as_deepmd_kit_loads_it(tmp_path: Path) -> None:
    from deepmd.dpmodel.utils.serialization import load_dp_model, save_dp_model

    flat = WATER / "model_1.deepmd-kit.dp"
    theirs = load_dp_model(str(flat))
    assert difference(dp_multitask.load_model(flat), theirs) is None
    dp_multitask.save_model(tmp_path / "ours.dp", theirs)
    again = without_metadata(load_dp_model(str(tmp_path / "ours.dp")))
    assert difference(again, without_metadata(theirs)) is None
    save_dp_model(str(tmp_path / "back.dp"), dp_multitask.load_model(tmp_path / "ours.dp"))
    back = without_metadata(dp_multitask.load_model(tmp_path / "back.dp"))
    assert difference(back, without_metadata(theirs)) is None


def test_yaml_means_the_same_to_both(tmp_path: Path) -> None:
    from deepmd.dpmodel.utils.serialization import load_dp_model, save_dp_model

    tree = dp_multitask.load_model(WATER / "model_1.deepmd-kit.dp")
    dp_multitask.save_model(tmp_path / "m.yaml", tree)
    theirs = load_dp_model(str(tmp_path / "m.yaml"))
    assert difference(theirs, dp_multitask.load_model(tmp_path / "m.yaml")) is None
    del theirs["@variables"]["min_nbor_dist"]  # a 0-d array, which DeePMD-kit cannot write back
    save_dp_model(str(tmp_path / "theirs.yaml"), theirs)
    ours = dp_multitask.load_model(tmp_path / "theirs.yaml")
    assert difference(ours["model"], in_order(theirs["model"])) is None


def test_a_split_branch_converts_to_pth_and_back(multitask_file: Path, tmp_path: Path) -> None:
    dp_multitask.split_branch(multitask_file, "model_2", tmp_path / "m.dp")
    convert(tmp_path / "m.dp", tmp_path / "m.pth")
    convert(tmp_path / "m.pth", tmp_path / "back.dp")
    split = dp_multitask.load_model(tmp_path / "m.dp")
    back = dp_multitask.load_model(tmp_path / "back.dp")
    assert difference(back["model"], split["model"]) is None


def test_the_multitask_file_converts_to_jax_and_back(multitask_file: Path, tmp_path: Path) -> None:
    pytest.importorskip("jax", reason="needs JAX")
    pytest.importorskip("orbax.checkpoint", reason="needs Orbax")
    convert(multitask_file, tmp_path / "m.jax")
    convert(tmp_path / "m.jax", tmp_path / "back.dp")
    before = dict(variables(dp_multitask.load_model(multitask_file)["model"]))
    back = dp_multitask.load_model(tmp_path / "back.dp")
    after = dict(variables(back["model"]))
    assert before.keys() == after.keys()
    for path, array in before.items():
        assert np.array_equal(array, after[path]), path
    with dp_multitask.open_model(tmp_path / "back.dp") as file:
        assert file.branches == ("model_1", "model_2")


def in_order(node: Any) -> Any:
    """Sort the keys as DeePMD-kit's YAML does."""
    if isinstance(node, dict):
        return {key: in_order(node[key]) for key in sorted(node)}
    return [in_order(item) for item in node] if isinstance(node, list) else node


def variables(tree: dict[str, Any]) -> list[tuple[Any, np.ndarray]]:
    from dp_multitask.modelfile.tree import iter_variables

    return [(path, np.asarray(leaf)) for path, leaf in iter_variables(tree)]
