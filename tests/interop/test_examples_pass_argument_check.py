# SPDX-License-Identifier: LGPL-3.0-or-later
"""The example inputs, once resolved, pass DeePMD-kit's own argument check."""

from __future__ import annotations

from pathlib import Path

import pytest

from dp_multitask import preprocess_shared_params
from dp_multitask.text.document import read_document

pytestmark = pytest.mark.interop

argcheck = pytest.importorskip(
    "deepmd.utils.argcheck", reason="needs DeePMD-kit, whose argument check is the reference"
)

WATER = Path(__file__).parents[2] / "examples" / "water"


@pytest.mark.parametrize("name", ["input.json", "input.yaml"])
def test_water_passes(name):
    config = dict(read_document(str(WATER / name)).data)
    config["model"], links = preprocess_shared_params(config["model"])
    normalized = argcheck.normalize(config, multi_task=True)
    assert list(normalized["model"]["model_dict"]) == [
        "liquid",
        "ice",
        "surface",
        "hydronium",
        "hydroxide",
    ]
    assert [link["shared_level"] for link in links["dpa1_local"]["links"]] == [0, 0, 1]
    assert links["near_and_far"]["type"] == "DescrptHybrid"
