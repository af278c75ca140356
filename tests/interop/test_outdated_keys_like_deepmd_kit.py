# SPDX-License-Identifier: LGPL-3.0-or-later
"""Outdated keys are converted as ``dp train`` converts them before its argument check."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import pytest

from dp_multitask.checks.schema.normalize import normalize
from rule_case import SINGLE

argcheck = pytest.importorskip("deepmd.utils.argcheck", reason="needs an installed DeePMD-kit")

pytestmark = pytest.mark.interop


def single(**training: Any) -> dict[str, Any]:
    config = copy.deepcopy(SINGLE)
    config["training"] |= training
    return config


def version_1() -> dict[str, Any]:
    config = single(stop_batch=100, set_prefix="set", batch_size=2, numb_test=3)
    del config["training"]["numb_steps"]
    config["training"]["systems"] = config["training"].pop("training_data")["systems"]
    config["learning_rate"] = {"type": "exp", "start_lr": 1e-3, "decay_steps": 10,
                               "decay_rate": 0.9}
    return config


CONFIGS = {
    "warm-up": single(warmup_steps=10, warmup_start_factor=0.1),
    "optimizer": single(opt_type="LKF", kf_blocksize=1024),
    "Muon": single(opt_type="AdaMuon", muon_momentum=0.9),
    "numb_test": single(numb_test=5),
    "version 1": version_1(),
    "nothing": single(),
}


def rounded(tree: Any) -> Any:
    """Write numbers with twelve digits: NumPy's exponential differs from the C library's."""
    if isinstance(tree, dict):
        return {key: rounded(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [rounded(value) for value in tree]
    return float(f"{tree:.12g}") if isinstance(tree, float) else tree


def of_deepmd_kit(config: dict[str, Any]) -> dict[str, Any]:
    from deepmd.utils.compat import update_deepmd_input

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        converted = update_deepmd_input(copy.deepcopy(config), warning=False, dump=None)
        result: dict[str, Any] = argcheck.normalize(converted)
    return result


@pytest.mark.parametrize("name", CONFIGS)
def test_normalizing_gives_what_dp_train_makes_of_it(name: str) -> None:
    theirs, ours = of_deepmd_kit(CONFIGS[name]), normalize(CONFIGS[name])
    if "optimizer" not in ours:  # dp train always writes the default one down
        assert theirs.pop("optimizer")["type"] == "Adam"
    assert rounded(ours) == rounded(theirs)


