# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the check says of a starting point is what DeePMD-kit does with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dp_multitask.checks.check import check
from dp_multitask.deepmd_kit.pack import pack
from dp_multitask.modelfile.trained_model import starting_point
from dp_multitask.modelfile.writing.save import save_model
from multitask_training import shared_descriptor_input, train
from starting_inputs import CASES, Case

pytestmark = [
    pytest.mark.interop,
    # DeePMD-kit and PyTorch warn of things that are none of ours
    pytest.mark.filterwarnings("ignore"),
]
OPTIONS = {"finetune": "finetune", "init-model": "init_model", "restart": "restart"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Descriptor -> input, checkpoint, and what the check knows of it."""
    pytest.importorskip("deepmd.pt")
    made = {}
    for name in sorted({each.descriptor for each in CASES}):
        folder = tmp_path_factory.mktemp(name)
        data = shared_descriptor_input(folder, name, steps=1)
        checkpoint = train(folder, data, skip_neighbor_stat=True)
        save_model(folder / "model.dp", pack(checkpoint).tree)
        made[name] = (data, checkpoint, starting_point(folder / "model.dp"))
    return made


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_training_stops_exactly_where_the_check_has_an_error(trained, case: Case, tmp_path: Path):
    data, checkpoint, point = trained[case.descriptor]
    data = case.of(data)
    if case.options["mode"] == "restart":
        data["training"]["numb_steps"] = 2
    found = check(data, against=point, **case.options)
    errors = [each.message for each in found if each.severity == "error"]
    failure = None
    try:
        train(
            tmp_path,
            data,
            **{
                OPTIONS[case.options["mode"]]: checkpoint
                if case.options["mode"] == "restart"
                else str(checkpoint),
                "model_branch": case.options.get("branch", ""),
                "use_pretrain_script": case.options.get("use_pretrain_script", False),
                "skip_neighbor_stat": not case.counted,
            },
        )
    except Exception as err:  # whatever DeePMD-kit, or PyTorch in it, refuses
        failure = err
    assert bool(errors) == (failure is not None), (errors, failure)
    assert bool(case.errors) == (failure is not None), (case.name, failure)
