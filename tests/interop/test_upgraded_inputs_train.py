# SPDX-License-Identifier: LGPL-3.0-or-later
"""Upgraded inputs go the way that a real ``dp train`` takes them, and train."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest

pytest.importorskip("deepmd", reason="needs an installed DeePMD-kit")
pytest.importorskip("torch", reason="trains with PyTorch")

from dp_multitask import check, upgrade
from multitask_training import train, write_system
from outdated_inputs import FLAT_DPA2, SE_A, SEQUENCE, VERSION_0, single, version_1, version_2

pytestmark = [
    pytest.mark.interop,
    pytest.mark.filterwarnings("ignore"),  # what DeePMD-kit warns of is not ours to mend
]


def through_the_pipeline(config):
    """Give what ``dp train`` makes of an input before it builds anything."""
    from deepmd.pt.utils.multi_task import preprocess_shared_params
    from deepmd.utils.argcheck import normalize
    from deepmd.utils.compat import update_deepmd_input

    config = copy.deepcopy(config)
    multitask = "model_dict" in config.get("model", {})
    if multitask:
        config["model"], _ = preprocess_shared_params(config["model"])
    updated = update_deepmd_input(config, warning=False)
    return normalize(updated, multi_task=multitask)


def rounded(tree):
    """Write numbers with twelve digits: NumPy's exponential differs from the C library's."""
    return json.loads(json.dumps(tree), parse_float=lambda text: f"{float(text):.12g}")


def accepted_by_old_and_new():
    numb_test = single()
    numb_test["training"] |= {"numb_test": 3, "warmup_steps": 1}
    optimizer = single()
    optimizer["training"] |= {"opt_type": "LKF", "kf_blocksize": 2048}
    first = version_1()
    del first["with_distrib"], first["training"]["load_ckpt"]  # both stop dp train today
    return {"0": VERSION_0, "1": first, "2": numb_test, "3.1": optimizer}


@pytest.mark.parametrize("name", accepted_by_old_and_new())
def test_dp_train_makes_the_same_of_the_old_input_and_the_new(name):
    old = accepted_by_old_and_new()[name]
    new = upgrade(old)
    assert new.changes
    assert rounded(through_the_pipeline(new.data)) == rounded(through_the_pipeline(old))


@pytest.mark.parametrize(
    "descriptor",
    [FLAT_DPA2, SEQUENCE, {"type": "se_ar", "a": SE_A | {"type": "se_a"}, "r": {
        key: SE_A[key] for key in ("sel", "rcut", "rcut_smth", "neuron")}}],
    ids=["flat dpa2", "sequence", "se_ar"],
)  # fmt: skip
def test_a_descriptor_of_another_form_trains(descriptor, tmp_path):
    system = write_system(tmp_path / "data", 0)
    config = upgrade(single(descriptor=descriptor)).data
    config["training"]["training_data"]["systems"] = [str(system)]
    assert train(tmp_path / "job", config).exists()


def test_the_flat_dpa2_is_the_one_in_sequence_is_the_one_of_today():
    models = [
        through_the_pipeline(upgrade(single(descriptor=each)).data)["model"]
        for each in (FLAT_DPA2, SEQUENCE)
    ]
    for model in models:
        del model["descriptor"]["repinit"]["tebd_dim"]
        del model["descriptor"]["repformer"]
    assert models[0] == models[1]


def test_a_multitask_input_of_version_2_trains(tmp_path):
    system = write_system(tmp_path / "data", 0)
    labels = np.random.default_rng(0).normal(0.0, 0.1, (4, 3))
    np.save(system / "set.000" / "dipole.npy", labels)
    config = upgrade(version_2(str(system))).data
    assert [each for each in check(config) if each.severity == "error"] == []
    checkpoint = train(tmp_path / "job", config)
    import torch

    stored = torch.load(checkpoint, weights_only=True)["model"]["_extra_state"]["model_params"]
    assert list(stored["model_dict"]) == ["water_ener", "water_dipole"]
