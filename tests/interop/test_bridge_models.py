# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every kind of model that DeePMD-kit's PyTorch backend serialises, there and back bit for bit."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

import multitask_training as mt
from dp_multitask import load_model, save_model, verify_model
from dp_multitask.deepmd_kit.pack import pack
from dp_multitask.deepmd_kit.unpack import unpack
from torch_checkpoint import load_with_pytorch

pytestmark = [
    pytest.mark.interop,
    # DeePMD-kit and PyTorch warn of things that are none of ours
    pytest.mark.filterwarnings("ignore"),
]

pytest.importorskip("deepmd", reason="needs DeePMD-kit, whose models are packed")
torch = pytest.importorskip("torch", reason="needs PyTorch, whose checkpoints are packed")

SE_A, SE_ATTEN = mt.DESCRIPTORS["se_e2_a"], mt.DESCRIPTORS["se_atten"]
MIXED = SE_ATTEN | {"attn_layer": 0, "set_davg_zero": True}
ENERGY = {"type": "ener", "neuron": [6], "seed": 1}
SPIN = {"use_spin": [True, False, False], "virtual_scale": [0.3, 0.0, 0.0]}

MODELS: dict[str, dict[str, Any]] = {
    "energy": {"descriptor": SE_A, "fitting_net": ENERGY},
    "excluded types": {
        "descriptor": SE_A | {"exclude_types": [[0, 1]]},
        "fitting_net": ENERGY,
        "atom_exclude_types": [2],
        "pair_exclude_types": [[1, 2]],
    },
    "dos": {"descriptor": SE_A, "fitting_net": {"type": "dos", "numb_dos": 5, "neuron": [6]}},
    "dipole": {"descriptor": SE_A, "fitting_net": {"type": "dipole", "neuron": [6]}},
    "polar": {"descriptor": SE_A, "fitting_net": {"type": "polar", "neuron": [6]}},
    "property": {
        "descriptor": SE_ATTEN,
        "fitting_net": {"type": "property", "property_name": "gap", "task_dim": 2, "neuron": [6]},
    },
    "spin": {"descriptor": SE_A, "fitting_net": ENERGY, "spin": SPIN},
    "linear": {
        "type": "linear_ener",
        "weights": "mean",
        "models": [
            {"type_map": mt.TYPE_MAP, "descriptor": MIXED, "fitting_net": ENERGY},
            {"type_map": mt.TYPE_MAP, "descriptor": MIXED, "fitting_net": ENERGY},
        ],
    },
}


def normal(params: dict[str, Any]) -> dict[str, Any]:
    """Fill in the defaults of DeePMD-kit's argument check."""
    from deepmd.utils.argcheck import normalize

    training = {"training_data": {"systems": ["x"]}, "numb_steps": 1}
    model: dict[str, Any] = normalize({"model": params, "training": training})["model"]
    return model


def write_checkpoint(path: Path, params: dict[str, Any]) -> None:
    """Write a checkpoint of models that were never trained, with noise for parameters."""
    from deepmd.pt.model.model import get_model
    from deepmd.pt.train.wrapper import ModelWrapper

    model = get_model(copy.deepcopy(params))  # with every default filled in, as training does
    generator = torch.Generator().manual_seed(2)
    for tensor in model.state_dict().values():
        if tensor.is_floating_point() and tensor.ndim:
            tensor += torch.rand(tensor.shape, generator=generator, dtype=tensor.dtype)
    torch.save({"model": ModelWrapper(model, model_params=params).state_dict()}, path)


@pytest.mark.parametrize("name", MODELS)
def test_models_come_back_bit_for_bit(name: str, tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "model.pt", normal({"type_map": mt.TYPE_MAP} | MODELS[name]))
    packed = pack(tmp_path / "model.pt")
    assert packed.warnings == []
    save_model(tmp_path / "model.dp", packed.tree)
    assert verify_model(tmp_path / "model.dp") == []
    unpack(load_model(tmp_path / "model.dp"), tmp_path / "back.pt")
    old, new = (load_with_pytorch(tmp_path / f"{file}.pt") for file in ("model", "back"))
    assert list(old.state) == list(new.state)
    differ = [key for key in old.state if not torch.equal(old.state[key], new.state[key])]
    assert differ == []
    assert new.params == old.params
