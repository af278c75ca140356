# SPDX-License-Identifier: LGPL-3.0-or-later
"""Keys and types that one backend has and another has not."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from dp_multitask import check

INPUT: dict[str, Any] = {
    "model": {
        "type_map": ["O", "H"],
        "descriptor": {"type": "se_e2_a", "sel": [10, 20], "rcut": 4.0, "rcut_smth": 1.0},
        "fitting_net": {"neuron": [8, 8]},
    },
    "learning_rate": {"type": "exp", "start_lr": 1e-3, "stop_lr": 1e-5, "decay_steps": 100},
    "loss": {"type": "ener"},
    "training": {"training_data": {"systems": ["a"]}, "numb_steps": 10},
}


def with_value(path: str, value: Any) -> dict[str, Any]:
    config = deepcopy(INPUT)
    *parents, last = path.split("/")
    node = config
    for part in parents:
        node = node.setdefault(part, {})
    node[last] = value
    return config


@pytest.mark.parametrize(
    ("path", "value", "backend", "code"),
    [
        ("training/mixed_precision", {"compute_prec": "float16"}, "pt", "DPM023"),
        ("training/mixed_precision", {"compute_prec": "float16"}, "tf", None),
        ("training/acc_freq", 4, "pt", "DPM023"),
        ("training/acc_freq", 4, "pd", None),
        ("training/acc_freq", 1, "pt", None),  # the default says nothing
        ("training/enable_ema", True, "pt", None),
        ("training/enable_ema", True, "jax", "DPM023"),
        ("model/srtab_add_bias", False, "pt", "DPM023"),
        ("model/descriptor/env_protection", 0.1, "tf", "DPM023"),
        ("optimizer/type", "LKF", "pt", None),
        ("optimizer/type", "LKF", "tf", "DPM022"),
        ("loss/type", "dens", "tf", "DPM022"),
    ],
)
def test_what_a_backend_lacks_is_named_with_those_that_have_it(
    path: str, value: Any, backend: str, code: str | None
):
    found = check(with_value(path, value), backend=backend)
    told = [each for each in found if each.path == tuple(path.split("/"))]
    told = [each for each in told if each.code in ("DPM022", "DPM023")]
    assert [each.code for each in told] == ([code] if code else [])
    for each in told:
        assert each.severity == ("error" if code == "DPM022" else "warning")
        assert f"backend {backend!r}" in each.message
        assert "check --backend" in str(each.hint)


@pytest.mark.parametrize("schema", ["3.0", "3.1", "3.2"])
def test_the_plain_input_is_fine_for_every_release(schema: str):
    assert check(INPUT, schema=schema) == []
