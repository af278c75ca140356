# SPDX-License-Identifier: LGPL-3.0-or-later
"""``verify FILE --against INPUT``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dp_multitask import save_model

NET = np.arange(4.0)
BRANCH = {"type_map": "types", "descriptor": "des", "fitting_net": {}}
INPUT = {
    "model": {
        "shared_dict": {"types": ["O", "H"], "des": {"type": "dpa2"}},
        "model_dict": {"water": BRANCH, "ice": BRANCH},
    }
}


@pytest.fixture
def written(tmp_path: Path):
    """Write the input, and a model whose second branch has these arrays in its descriptor."""

    def write(type_embedding: np.ndarray, tebd_transform: np.ndarray) -> None:
        def branch(one: np.ndarray, two: np.ndarray) -> dict[str, Any]:
            parts = {"type_embedding": one, "tebd_transform": two}
            held = {name: {"@variables": {"w": array}} for name, array in parts.items()}
            return {"descriptor": {"type": "dpa2"} | held, "fitting": {"type": "ener"}}

        models = {"water": branch(NET, NET), "ice": branch(type_embedding, tebd_transform)}
        link = {"shared_type": "descriptor", "shared_level": 0}
        links = [{"model_key": name} | link for name in models]
        if type_embedding is not NET:
            links = []
        tree = {
            "model": {"model_dict": models},
            "model_def_script": {"model_dict": {name: {} for name in models}},
            "shared_links": {"des": {"type": "DescrptDPA2", "links": links}},
            "@variables": {},
        }
        save_model(tmp_path / "model.dp", tree)
        (tmp_path / "input.json").write_text(json.dumps(INPUT))

    return write


def test_shared_as_declared_with_a_gap_explained(run_command, written) -> None:
    written(NET, NET + 1)
    done = run_command("verify", "model.dp", "--against", "input.json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().splitlines() == [
        "model.dp: des (DescrptDPA2), the descriptor of water:",
        "model.dp:   ice, level 0: 1 of 1 declared variables stored once, 1 of its own",
        "model.dp:     note: different: tebd_transform/@variables/w",
        "model.dp:       DeePMD-kit 3.2.0 does not share the transform of the type embedding at "
        "level 0, so that every branch trains its own; the branches' descriptors differ by it "
        "although the input declares them one",
    ]


def test_not_shared_as_declared(run_command, written) -> None:
    written(NET + 1, NET)
    done = run_command("verify", "model.dp", "--against", "input.json")
    assert done.returncode == 1
    assert "problem: declared shared, but different: type_embedding" in done.stdout.decode()


def test_as_json(run_command, written) -> None:
    written(NET + 1, NET)
    done = run_command("verify", "model.dp", "--against", "input.json", "--json")
    assert done.returncode == 1
    (report,) = json.loads(done.stdout)
    assert report["problems"] == []
    assert report["sharing"]["as_declared"] is False
    (link,) = report["sharing"]["links"]
    assert link["variables"][0] == {
        "name": "type_embedding/@variables/w",
        "cover": "shared",
        "found": "different",
        "why": None,
    }


def test_an_input_that_cannot_be_resolved(run_command, written, tmp_path) -> None:
    written(NET, NET)
    text = (tmp_path / "input.json").read_text().replace('"des"', '"dse"', 1)
    (tmp_path / "input.json").write_text(text)
    done = run_command("verify", "model.dp", "--against", "input.json")
    assert done.returncode == 1
    assert "error: input.json:1:" in done.stderr.decode()
