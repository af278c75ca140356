# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checkpoints of DeePMD-kit 3.0.3 and 3.1.2 carried into the installed release.

What ``tools/train_old_checkpoints.py`` made is read without those releases; the installed one
evaluates it to the numbers that they gave, trains on, fine-tunes and freezes it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import multitask_training as mt
from dp_multitask import load_model, open_model, save_model, split_branch, verify_model
from dp_multitask.deepmd_kit.pack import pack
from dp_multitask.deepmd_kit.unpack import unpack

pytestmark = [
    pytest.mark.interop,
    # DeePMD-kit and PyTorch warn of things that are none of ours
    pytest.mark.filterwarnings("ignore"),
]

pytest.importorskip("deepmd", reason="needs DeePMD-kit, which evaluates and trains on")
pytest.importorskip("torch", reason="needs PyTorch, which evaluates and trains on")

MODELS = Path(__file__).parents[1] / "data" / "models"
RELEASES = ["3.0.3", "3.1.2"]
BRANCHES = ["water", "ice", "gas", "vapor", "dense"]
TRAINED = [
    (release, branch)
    for release in RELEASES
    for branch in [*BRANCHES, *(["flow"] if release == "3.1.2" else []), None]
]
EXACT: dict[str, Any] = {"rtol": 0, "atol": 1e-14}
"""What PyTorch compiles first may add up in another order."""


def folder_of(release: str) -> Path:
    return MODELS / f"release_{release}"


def checkpoint_of(release: str, branch: str | None) -> Path:
    return folder_of(release) / ("single.pt" if branch is None else "multitask.pt")


def assert_expected(file: Path, release: str, branch: str | None, **options: Any) -> None:
    """Compare energy, force and virial with what the old release gave."""
    from deepmd.infer import DeepPot

    given = np.load(folder_of(release) / "expected.npz")
    more = {} if branch else {"fparam": given["fparam"]}
    found = DeepPot(str(file), **options).eval(given["coord"], given["box"], given["atype"], **more)
    for array, name in zip(found, ("energy", "force", "virial"), strict=True):
        np.testing.assert_allclose(array, given[f"{name}_{branch or 'single'}"], **EXACT)
    assert np.ptp(found[1]) > 0


@pytest.mark.parametrize(("release", "branch"), TRAINED)
def test_a_branch_gives_the_numbers_of_the_release_that_trained_it(
    release: str, branch: str | None, tmp_path: Path
) -> None:
    from deepmd.entrypoints.convert_backend import convert_backend

    single = tmp_path / "one.dp"
    split_branch(checkpoint_of(release, branch), branch or "Default", single)
    assert verify_model(single) == []
    convert_backend(INPUT=str(single), OUTPUT=str(tmp_path / "one.pth"))
    assert_expected(tmp_path / "one.pth", release, branch)


@pytest.fixture(scope="module", params=RELEASES)
def carried(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pack and unpack a multitask checkpoint; give the folder with it and its input."""
    release: str = request.param
    folder = tmp_path_factory.mktemp(release)
    packed = pack(checkpoint_of(release, "water"))
    assert packed.warnings == []
    save_model(folder / "all.dp", packed.tree)
    unpack(load_model(folder / "all.dp"), folder / "carried.pt")
    (folder / "release").write_text(release)
    config = json.loads((folder_of(release) / "input.json").read_text())
    for number, name in enumerate(config["model"]["model_dict"]):
        system = mt.write_system(folder / f"data_{name}", number)
        config["training"]["data_dict"][name]["training_data"]["systems"] = [str(system)]
    (folder / "input.json").write_text(json.dumps(config))
    return folder


def read_input(folder: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((folder / "input.json").read_text())
    return config


def test_every_head_of_what_is_carried_over_is_the_same(carried: Path) -> None:
    release = (carried / "release").read_text()
    with open_model(carried / "all.dp") as file:
        branches = file.branches
    for branch in branches:
        assert_expected(carried / "carried.pt", release, branch, head=branch, no_jit=True)


def test_training_goes_on(carried: Path) -> None:
    config = read_input(carried)
    config["training"]["numb_steps"] += 3
    made = mt.train(carried / "restarted", config, restart=carried / "carried.pt")
    rows = mt.losses(carried / "restarted")
    assert len(rows) > 1
    assert np.isfinite(rows).all()
    with open_model(made) as file:
        assert file.shared_links == load_model(carried / "all.dp")["shared_links"]


def test_a_head_is_fine_tuned(carried: Path) -> None:
    config = read_input(carried)
    branches = config["model"]["model_dict"]
    gas = {**branches["gas"], "finetune_head": "gas"}
    config["model"]["model_dict"] = {"new": gas}
    training, losses = config["training"], config["loss_dict"]
    training["data_dict"] = {"new": training["data_dict"]["gas"]}
    training["model_prob"] = {"new": 1.0}
    config["loss_dict"] = {"new": losses["gas"]}
    start = str(carried / "carried.pt")
    made = mt.train(carried / "tuned", config, finetune=start)
    with open_model(made) as file:
        assert file.branches == ("new",)
    assert np.isfinite(mt.losses(carried / "tuned")).all()


def test_a_head_is_frozen(carried: Path) -> None:
    from deepmd.pt.entrypoints.main import freeze

    release = (carried / "release").read_text()
    frozen = carried / "frozen.pth"
    freeze(model=str(carried / "carried.pt"), output=str(frozen), head="dense")
    assert_expected(frozen, release, "dense")
