# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the backend ``pt_expt`` trains is read without PyTorch as it would serialise it itself."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

import multitask_training as mt
from dp_multitask import load_model, open_model, preprocess_shared_params, verify_model
from dp_multitask.deepmd_kit.plain import plain_tree
from torch_checkpoint import load_with_pytorch
from tree_comparison import differences

pytestmark = [
    pytest.mark.interop,
    # DeePMD-kit and PyTorch warn of things that are none of ours
    pytest.mark.filterwarnings("ignore"),
]

pytest.importorskip("deepmd", reason="needs DeePMD-kit, which trains")
pytest.importorskip("torch", reason="needs PyTorch, which trains")


def one_sided(node: Any) -> Any:
    """Copy a config with every ``se_e2_r`` one-sided: this backend trains no other."""
    if isinstance(node, dict):
        copied = {key: one_sided(value) for key, value in node.items()}
        return copied | ({"type_one_side": True} if node.get("type") == "se_e2_r" else {})
    return [one_sided(each) for each in node] if isinstance(node, list) else node


def train(folder: Path, name: str) -> tuple[dict[str, Any], Path]:
    """Train two or three branches; give the input and the checkpoint."""
    from deepmd.pt_expt.entrypoints.main import train as dp_train

    config = one_sided(mt.shared_descriptor_input(folder, name))
    if name == "dpa4":  # which this backend cannot share
        own = config["model"]["shared_dict"].pop("des")
        for branch in config["model"]["model_dict"].values():
            branch["descriptor"] = own
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("input.json").write_text(json.dumps(config))
        dp_train("input.json")
    return config, folder / "model.ckpt-3.pt"


@pytest.mark.parametrize("name", mt.DESCRIPTORS)
def test_a_trained_checkpoint_is_what_its_backend_serialises(name: str, tmp_path: Path) -> None:
    from deepmd.pt_expt.model.get_model import get_model

    config, checkpoint = train(tmp_path, name)
    held = load_with_pytorch(checkpoint)
    assert verify_model(checkpoint) == []
    with open_model(checkpoint) as file:
        assert file.shared_links == preprocess_shared_params(config["model"])[1]
    for branch, params in held.params["model_dict"].items():
        model = get_model(copy.deepcopy(params))
        prefix = f"model.{branch}."
        own = {key.removeprefix(prefix): each for key, each in held.state.items() if prefix in key}
        model.load_state_dict(own)
        found = load_model(checkpoint, branch)
        assert differences(found["model"], plain_tree(model.serialize())) == []
        assert found["@variables"]["min_nbor_dist"] == pytest.approx(model.get_min_nbor_dist())
