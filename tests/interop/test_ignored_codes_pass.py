# SPDX-License-Identifier: LGPL-3.0-or-later
"""DeePMD-kit takes ``_dpm_ignore`` in every section for the comment that it is."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from dp_multitask.checks.check import check
from dp_multitask.checks.ignoring import KEY

pytestmark = pytest.mark.interop

DES = {"type": "se_e2_a", "sel": [4, 8], "rcut": 6.0}
INPUT: dict[str, Any] = {
    "model": {
        "shared_dict": {"types": ["O", "H"], "des": DES, "fit": {"neuron": [4]}},
        "model_dict": {
            "a": {"type_map": "types", "descriptor": "des", "fitting_net": "fit"},
            "b": {
                "type_map": "types",
                "descriptor": {"type": "hybrid", "list": [dict(DES)]},
                "fitting_net": {"neuron": [5]},
            },
        },
    },
    "learning_rate": {"type": "exp", "start_lr": 1e-3, "stop_lr": 1e-8},
    "optimizer": {"type": "Adam"},
    "loss_dict": {"a": {"type": "ener"}, "b": {"type": "ener"}},
    "training": {
        "numb_steps": 1,
        "model_prob": {"a": 1.0, "b": 1.0},
        "data_dict": {
            "a": {"training_data": {"systems": ["a"]}},
            "b": {"training_data": {"systems": ["b"]}},
        },
    },
}


def sections(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(data, dict):
        yield path
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        if isinstance(value, dict | list):
            yield from sections(value, (*path, key))


def as_deepmd_kit_takes(data: dict[str, Any]) -> dict[str, Any]:
    """What ``dp train`` makes of an input before it builds anything; comments taken out."""
    multitask = pytest.importorskip("deepmd.pt.utils.multi_task")
    argcheck = pytest.importorskip("deepmd.utils.argcheck")
    taken = deepcopy(data)
    taken["model"], _ = multitask.preprocess_shared_params(taken["model"])
    taken["model"].pop("shared_dict", None)  # what is left of it is not used
    return argcheck.normalize(taken, multi_task=True)


@pytest.mark.parametrize(
    "path", list(sections(INPUT)), ids=lambda path: "/".join(map(str, path)) or "/"
)
def test_a_silenced_code_does_not_reach_the_training(path):
    data = deepcopy(INPUT)
    here: Any = data
    for part in path:
        here = here[part]
    here[KEY] = ["DPM404"]
    refused = any(each.code == "DPM921" for each in check(data))
    if path == ("model", "model_dict"):
        # a training passes, but fine-tuning asks each branch for its head
        assert refused
        finetune = pytest.importorskip("deepmd.utils.finetune")
        with pytest.raises(AttributeError, match="'list' object has no attribute 'get'"):
            finetune.get_finetune_rules_from_model_params(
                deepcopy(INPUT["model"]), data["model"], change_model_params=False
            )
        return
    assert not refused
    assert as_deepmd_kit_takes(data) == as_deepmd_kit_takes(INPUT)
