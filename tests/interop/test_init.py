# SPDX-License-Identifier: LGPL-3.0-or-later
"""What ``init`` starts, DeePMD-kit evaluates."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from dp_multitask.checks.fresh_model import fresh_payload
from dp_multitask.modelfile.branches import split_branch
from dp_multitask.modelfile.writing.save import save_model
from dp_multitask.text.document import read_document

pytestmark = pytest.mark.interop

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pytest.importorskip("deepmd", reason="DeePMD-kit is not installed")
    from deepmd.infer.deep_pot import DeepPot

INPUTS = ("water", "water_alias_dpa3", "water_sharefit")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", INPUTS)
def test_every_branch_of_a_real_input_evaluates_after_init_and_split(name, real_inputs, tmp_path):
    path = next(path for path in real_inputs if path.stem == name)
    payload = fresh_payload(read_document(path).data, 1)
    save_model(tmp_path / "model.dp", payload)
    coordinates = np.random.default_rng(1).uniform(0.0, 5.0, (1, 18))
    for branch, tree in payload["model"]["model_dict"].items():
        split_branch(tmp_path / "model.dp", branch, tmp_path / f"{branch}.dp")
        model = DeepPot(tmp_path / f"{branch}.dp")
        assert model.get_type_map() == tree["type_map"]
        energy = model.eval(coordinates, None, [0, 1, 1, 0, 1, 1])[0]  # numpy knows no forces
        assert np.isfinite(energy).all()
        assert energy.item() != 0.0
