# SPDX-License-Identifier: LGPL-3.0-or-later
"""``pack --config INPUT`` and ``verify --against INPUT`` with the input of another model."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from dp_multitask.cli.main import main

FOLDER = Path(__file__).parents[2] / "data" / "models" / "water_se_e2_a"
INPUT = json.loads((FOLDER / "input.json").read_text())
DPA1 = {"type": "dpa1", "sel": 20, "rcut": 6.0, "neuron": [8, 16], "attn_layer": 0}
DESCRIPTOR = "model/shared_dict/my_descriptor"
FITTING = "model/model_dict/model_1/fitting_net"

OTHERS: dict[str, tuple[str, Any, str]] = {
    "another class": (DESCRIPTOR, DPA1, "the descriptor is a DescrptDPA1 here, a DescrptSeA in"),
    "other numbers of neighbours": (
        f"{DESCRIPTOR}/sel", [47, 92, 4], "sel is [47, 92, 4] here, [46, 92, 4] in the model"),
    "other widths": (
        f"{DESCRIPTOR}/neuron", [8, 12], "neuron is [8, 12] here, [8, 16] in the model"),
    "fewer axes": (
        f"{DESCRIPTOR}/axis_neuron", 4, "axis_neuron is 4 here, 16 in the model"),
    "another fitting net": (
        f"{FITTING}/neuron", [16], "neuron is 16 here, [16, 16] in the model"),
    "frame parameters": (
        f"{FITTING}/numb_fparam", 1, "numb_fparam is 1 here, 0 in the model"),
    "another kind of fitting net": (
        FITTING, {"type": "dos", "neuron": [16, 16]}, "the fitting_net is a DOSFitting here"),
}  # fmt: skip
SETTINGS = {
    "another cutoff": (f"{DESCRIPTOR}/rcut", 5.0, "rcut is 5.0 here, 6.0 in the model"),
    "another activation function": (
        f"{FITTING}/activation_function", "relu", "activation_function is 'relu' here, 'tanh' in"),
}  # fmt: skip


def changed(place: str, value: Any) -> dict[str, Any]:
    config = copy.deepcopy(INPUT)
    *above, last = place.split("/")
    here = config
    for part in above:
        here = here[part]
    here[last] = value
    return config


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("packed") / "model.dp"
    assert main(["pack", str(FOLDER / "model.ckpt.pt"), "-o", str(target)]) == 0
    return target


@pytest.mark.parametrize("name", OTHERS)
def test_another_model_is_refused(name, tmp_path, packed, capsys) -> None:
    place, value, message = OTHERS[name]
    (tmp_path / "input.json").write_text(json.dumps(changed(place, value)))
    source, target = str(FOLDER / "model.ckpt.pt"), tmp_path / "out.dp"
    arguments = ["--config", str(tmp_path / "input.json"), "-o", str(target)]
    assert main(["pack", source, *arguments]) == 1
    assert message in capsys.readouterr().err
    assert not target.exists()
    assert main(["verify", str(packed), "--against", str(tmp_path / "input.json")]) == 1
    assert message in capsys.readouterr().out


@pytest.mark.parametrize("name", SETTINGS)
def test_other_settings_are_told(name, tmp_path, capsys) -> None:
    place, value, message = SETTINGS[name]
    (tmp_path / "input.json").write_text(json.dumps(changed(place, value)))
    source, target = str(FOLDER / "model.ckpt.pt"), tmp_path / "out.dp"
    assert main(["pack", source, "--config", str(tmp_path / "input.json"), "-o", str(target)]) == 0
    assert message in capsys.readouterr().err


def test_its_own_input_is_taken(tmp_path, packed, capsys) -> None:
    assert main(["verify", str(packed), "--against", str(FOLDER / "input.json")]) == 0
    assert "here," not in capsys.readouterr().out
