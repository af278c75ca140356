# SPDX-License-Identifier: LGPL-3.0-or-later
"""Files of format version 1 are read for ever."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dp_multitask
from dp_multitask.modelfile.tree import flatten

FILES = Path(__file__).parents[2] / "data" / "modelfile" / "v1"
FLAT = Path(__file__).parents[2] / "data" / "models" / "water_se_e2_a" / "model_1.deepmd-kit.dp"
NAMES = ["single.dp", "multitask.dp", "single.yaml", "single_direct.dp", "multitask_direct.dp"]


def as_text(tree: dict[str, Any]) -> dict[str, Any]:
    """Describe a tree in JSON: what is plain as it is, variables by type, shape and bytes."""
    skeleton, variables = flatten(tree)
    described = {}
    for variable in variables:
        array = np.asarray(variable.leaf)
        described[variable.name] = [
            type(variable.leaf).__name__,
            array.dtype.str,
            list(array.shape),
            array.tobytes().hex(),
        ]
    return {"tree": skeleton, "variables": described}


@pytest.mark.parametrize("verify", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_version_1_is_read_as_it_was_written(name: str, verify: bool) -> None:
    expected = json.loads((FILES / f"{name}.json").read_text())
    assert as_text(dp_multitask.load_model(FILES / name, verify=verify)) == expected


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_version_1_is_sound(name: str) -> None:
    problems = dp_multitask.verify_model(FILES / name)
    assert [problem.path for problem in problems] == (
        [] if name.startswith("multitask") else ["model/@variables/half"]  # it holds a NaN
    )


@pytest.mark.parametrize("name", ["multitask.dp", "multitask_direct.dp"])
@pytest.mark.parametrize("branch", ["water", "ice"])
def test_a_branch_of_version_1_is_read(branch: str, name: str) -> None:
    expected = json.loads((FILES / f"{name}.json").read_text())
    loaded = as_text(dp_multitask.load_model(FILES / name, branch))
    assert loaded["tree"]["model"] == json.loads(
        json.dumps(expected["tree"]["model"]["model_dict"][branch]).replace(
            f"model/model_dict/{branch}/", "model/"
        )
    )
    assert len(loaded["variables"]) * 2 == len(expected["variables"])


def test_a_file_that_deepmd_kit_wrote_is_read() -> None:
    tree = dp_multitask.load_model(FLAT)
    assert (tree["software"], tree["version"]) == ("deepmd-kit", "3.2.0")
    assert tree["model"]["descriptor"]["@variables"]["davg"].shape == (3, 142, 4)
    assert type(tree["@variables"]["min_nbor_dist"]) is np.float64
    assert len(flatten(tree)[1]) == 63
