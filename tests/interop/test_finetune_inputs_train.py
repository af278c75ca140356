# SPDX-License-Identifier: LGPL-3.0-or-later
"""What `finetune_input` writes trains, from a checkpoint of a real DeePMD-kit."""

from __future__ import annotations

import pytest

pytest.importorskip("deepmd", reason="needs an installed DeePMD-kit")
pytest.importorskip("torch", reason="trains with PyTorch")

from dp_multitask import check, finetune_input, save_model
from dp_multitask.deepmd_kit.pack import pack
from multitask_training import DESCRIPTORS, shared_descriptor_input, train, write_system

pytestmark = [
    pytest.mark.interop,
    pytest.mark.filterwarnings("ignore"),  # what DeePMD-kit warns of is not ours to mend
]


@pytest.fixture(scope="module", params=sorted(DESCRIPTORS))
def pretrained(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    config = shared_descriptor_input(folder, request.param)
    checkpoint = train(folder / "job", config)
    save_model(folder / "model.dp", pack(checkpoint).tree)
    return folder, config, checkpoint


def trained(folder, config, checkpoint):
    config["training"] |= {"numb_steps": 2, "disp_freq": 1, "save_freq": 100}
    assert [each for each in check(config) if each.severity == "error"] == []
    return train(folder, config, finetune=str(checkpoint), use_pretrain_script=False)


def test_a_single_task_input_fine_tunes(pretrained, tmp_path):
    folder, _, checkpoint = pretrained
    system = write_system(tmp_path / "new", 5)
    result = finetune_input(folder / "model.dp", str(system), start_from="solid")
    assert trained(tmp_path / "job", result.data, checkpoint).exists()


def test_a_new_branch_fine_tunes_beside_an_old_one(pretrained, tmp_path):
    import torch

    folder, config, checkpoint = pretrained
    system = write_system(tmp_path / "new", 5)
    cases = config["model"]["shared_dict"].get("fit", {}).get("dim_case_embd")
    keep = ["water"] if cases is None or cases > 1 else []
    result = finetune_input(
        folder / "model.dp",
        str(system),
        start_from="ice",
        name="snow",
        keep=keep,
        trained_with=config,
    )
    stored = torch.load(trained(tmp_path / "job", result.data, checkpoint), weights_only=True)
    params = stored["model"]["_extra_state"]["model_params"]["model_dict"]
    assert list(params) == [*keep, "snow"]
    assert params["snow"]["descriptor"] == params["water"]["descriptor"]
