# SPDX-License-Identifier: LGPL-3.0-or-later
"""Single-task inputs become one multitask model that a real DeePMD-kit trains."""

from __future__ import annotations

import copy

import pytest

pytest.importorskip("deepmd", reason="needs an installed DeePMD-kit")
pytest.importorskip("torch", reason="trains with PyTorch")

from dp_multitask import check, compose
from multitask_training import DESCRIPTORS, TYPE_MAP, train, write_system
from outdated_inputs import single

pytestmark = [
    pytest.mark.interop,
    pytest.mark.filterwarnings("ignore"),  # what DeePMD-kit warns of is not ours to mend
]


def inputs(folder, **model):
    """Give two single-task inputs, each with a system of its own."""
    made = {}
    for seed, name in enumerate(("ice", "gas")):
        made[name] = copy.deepcopy(single(**model))
        system = write_system(folder / f"data_{name}", seed)
        made[name]["training"]["training_data"]["systems"] = [str(system)]
    return made


@pytest.mark.parametrize("share", [["descriptor"], ["descriptor", "fitting_net"]])
@pytest.mark.parametrize("descriptor", ["se_e2_a", "dpa2", "dpa3"])
def test_two_single_task_inputs_become_one_trained_model(descriptor, share, tmp_path):
    made = inputs(tmp_path, descriptor=DESCRIPTORS[descriptor], type_map=TYPE_MAP)
    config = compose(made, share=share, prob={"ice": 1, "gas": 2}).data
    assert [each for each in check(config) if each.severity == "error"] == []
    import torch

    stored = torch.load(train(tmp_path / "job", config), weights_only=True)["model"]
    ice, gas = (
        {key: each for key, each in stored.items() if key.startswith(f"model.{name}.")}
        for name in ("ice", "gas")
    )
    assert len(ice) == len(gas)
    of_net = [key for key in ice if "fitting_net.filter_layers" in key and key.endswith("matrix")]
    same = [torch.equal(ice[key], gas[key.replace("model.ice.", "model.gas.")]) for key in of_net]
    assert of_net
    assert all(same) is ("fitting_net" in share)


def test_inputs_with_other_elements_become_one_trained_model(tmp_path):
    made = inputs(tmp_path, descriptor=DESCRIPTORS["se_e2_a"], type_map=TYPE_MAP)
    made["gas"]["model"] |= {"type_map": ["H", "C", "O", "B"]}
    made["gas"]["model"]["descriptor"] |= {"sel": [8, 4, 6, 2]}
    config = compose(made, unite_type_maps=True).data
    assert config["model"]["shared_dict"]["type_map_all"] == ["O", "H", "B", "C"]
    assert [each for each in check(config) if each.severity == "error"] == []
    assert train(tmp_path / "job", config).exists()
