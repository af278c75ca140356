# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every class's state, read without PyTorch, is what DeePMD-kit serialises, bit for bit.

Each test fills models of random configs with random numbers, saves them as training does, and reads
all of them in one process that has neither PyTorch nor DeePMD-kit.
"""

from __future__ import annotations

import copy
import logging
import os
import pickle
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import model_configs as mc
from component_configs import DESCRIPTORS, descriptor_configs
from dp_multitask import load_model
from dp_multitask.deepmd_kit.pack import pack
from dp_multitask.deepmd_kit.plain import plain_tree
from dp_multitask.errors import UnsupportedError
from example_counts import examples
from tree_comparison import differences

pytestmark = pytest.mark.interop

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pytest.importorskip("deepmd", reason="DeePMD-kit is not installed")
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from deepmd.pt.model.model import get_model as get_pt_model
    from deepmd.pt.train.wrapper import ModelWrapper as PtWrapper
    from deepmd.pt_expt.model.get_model import get_model as get_exportable_model
    from deepmd.pt_expt.train.wrapper import ModelWrapper as ExportableWrapper

BACKENDS = {
    "pt": (get_pt_model, PtWrapper),
    "pt_expt": (get_exportable_model, ExportableWrapper),
}
KEPT = (".tab_info", ".tab_data", ".version_tensor", ".lora_scaling")
"""Tensors that are no matter of training: the table of a file, a mark of the layout, a factor."""

NUMBER = examples(8, 60)
READER = Path(__file__).parent / "read_without_pytorch.py"
SOURCES = Path(__file__).parents[2] / "src"
TABLE = np.column_stack([np.linspace(0.1, 2.0, 20), np.linspace(9.0, 0.0, 20)])
PROPERTY = {
    **{"type": "property", "property_name": "gap", "neuron": [4], "resnet_dt": True},
    **{"precision": "float64", "intensive": False, "activation_function": "tanh"},
}
ENERGY = {
    **{"type": "ener", "neuron": [3], "precision": "float64", "resnet_dt": True},
    **{"atom_ener": [], "activation_function": "tanh"},
}


def with_energies(type_name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a descriptor, with a plain fitting net."""
    return descriptor_configs(type_name).map(
        lambda pair: {"type_map": pair[1], "descriptor": pair[0], "fitting_net": ENERGY}
    )


MODELS = {
    # dpa4c is none of PyTorch's
    **{name: with_energies(name) for name in DESCRIPTORS if not name.startswith("dpa4")},
    "every option of dpa4": descriptor_configs("dpa4").map(
        lambda pair: {
            **{"type": "dpa4", "type_map": pair[1], "descriptor": pair[0]},
            "fitting_net": {"type": "dpa4_ener", "neuron": [4, 0], "atom_ener": []},
        }
    ),
    **{
        f"{name} fitting": mc.standard(name, descriptors)
        for name, descriptors in {
            "ener": mc.ANY,
            "dos": mc.ANY,
            "property": mc.ANY,
            "population": mc.ANY,
            "dipole": mc.EQUIVARIANT,
            "polar": mc.EQUIVARIANT,
        }.items()
    },
    "linear": mc.linear(),
    "spin": mc.spin(),
    "dpa4": mc.dpa4(type="dpa4"),
    "dpa4 bridged": mc.dpa4(type="dpa4", bridging_method="ZBL"),
    "dpa4 property": mc.dpa4(type="dpa4").map(lambda each: {**each, "fitting_net": PROPERTY}),
    "dpa4 spin": mc.dpa4(type="dpa4", spin={"use_spin": [True, False], "virtual_scale": [0.3]}),
    "dpa4 native spin": mc.dpa4(
        type="dpa4", spin={"use_spin": [True, False], "scheme": "native"}
    ),
    "zbl": mc.zbl("table.txt"),
}


PT_ALONE = ("population fitting", "dpa4 property", "dpa4 spin", "dpa4 bridged")
"""What ``pt_expt`` does not train; of the last, see below."""


@pytest.fixture(autouse=True)
def quiet():
    logging.disable(logging.WARNING)  # the table of the tests ends before the cut-off
    yield
    logging.disable(logging.NOTSET)


def filled(config: dict[str, Any], backend: str) -> Any:
    """Build a model of random numbers."""
    model = BACKENDS[backend][0](copy.deepcopy(config))
    fill(model)
    return model


def fill(model: Any) -> None:
    """Fill a model's state with random numbers."""
    generator = torch.Generator().manual_seed(1)
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point() and not name.endswith(KEPT):
            noise = torch.rand(tensor.shape, generator=generator, dtype=torch.float64)
            tensor.copy_(noise.to(tensor.dtype) + 0.5)


@pytest.mark.parametrize(
    ("backend", "name"),
    [*(("pt", name) for name in MODELS)]
    + [("pt_expt", name) for name in MODELS if name not in PT_ALONE],
)
def test_a_state_is_read_as_deepmd_kit_serialises_it(
    backend: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    np.savetxt("table.txt", TABLE)
    expected: list[Any] = []

    @settings(
        max_examples=NUMBER,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(MODELS[name])
    def save(config: dict[str, Any]) -> None:
        model = filled(config, backend)
        wrapper = BACKENDS[backend][1](model, model_params=copy.deepcopy(config))
        state = wrapper.state_dict()
        torch.save({"model": state}, f"{len(expected)}.pt")
        expected.append(plain_tree(model.serialize()))

    save()
    command = [sys.executable, str(READER), str(len(expected))]
    paths = os.pathsep.join([str(SOURCES), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    for number, tree in enumerate(expected):
        found = pickle.loads(Path(f"{number}.pickle").read_bytes())
        assert differences(found, tree) == []


DPA4 = {
    **{"type": "dpa4", "sel": 6, "rcut": 4.0, "channels": 4, "n_radial": 4, "lmax": 1},
    **{"n_blocks": 1, "seed": 1},
}
DPA4_MODEL = {
    **{"type": "dpa4", "type_map": ["O", "H"], "descriptor": DPA4},
    "fitting_net": {"type": "dpa4_ener", "neuron": [4], "atom_ener": []},
}


def test_adapters_are_refused_by_name_and_merged_by_deepmd_kit(tmp_path: Path) -> None:
    from deepmd.pt.model.descriptor.sezm_nn import (
        apply_lora_to_sezm,
        build_merged_state_dict,
        strip_lora_from_extra_state,
    )

    config = {**DPA4_MODEL, "lora": {"rank": 2, "alpha": 1.0}}
    model = get_pt_model(copy.deepcopy(config))
    apply_lora_to_sezm(model, rank=2, alpha=1.0)
    fill(model)
    wrapper = PtWrapper(model, model_params=copy.deepcopy(config))
    torch.save({"model": wrapper.state_dict()}, tmp_path / "adapted.pt")
    merged = build_merged_state_dict(wrapper)
    merged["_extra_state"] = strip_lora_from_extra_state(merged["_extra_state"])
    torch.save({"model": merged}, tmp_path / "merged.pt")
    with pytest.raises(UnsupportedError, match="LoRA adapters") as caught:
        load_model(tmp_path / "adapted.pt")
    assert "pack merges them" in str(caught.value.hint)
    packed = pack(tmp_path / "adapted.pt")
    assert "LoRA adapters" in packed.warnings[0]
    found = packed.tree["model"]["atomic_model"]
    expected = load_model(tmp_path / "merged.pt")["model"]
    assert differences(found, expected["atomic_model"]) == []
    assert expected["lora"] is None


def test_what_has_no_names_goes_through_deepmd_kit_and_says_so(tmp_path: Path) -> None:
    config = {**DPA4_MODEL, "bridging_method": "ZBL"}
    model = filled(config, "pt_expt")
    state = ExportableWrapper(model, model_params=copy.deepcopy(config)).state_dict()
    torch.save({"model": state}, tmp_path / "model.pt")
    with pytest.raises(UnsupportedError, match="bridging") as caught:
        load_model(tmp_path / "model.pt")
    assert "pack" in str(caught.value.hint)
    packed = pack(tmp_path / "model.pt")
    assert "serialised by the installed DeePMD-kit" in packed.warnings[0]
    assert differences(packed.tree["model"], plain_tree(model.serialize())) == []
