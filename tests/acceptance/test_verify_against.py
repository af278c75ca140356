# SPDX-License-Identifier: LGPL-3.0-or-later
"""``verify FILE --against INPUT``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dp_multitask import save_model
from dp_multitask.checks.fresh_model import fresh_payload
from small_inputs import multitask

DPA2 = {
    "type": "dpa2",
    "repinit": {"rcut": 6.0, "rcut_smth": 0.5, "nsel": 4, "neuron": [2, 4], "axis_neuron": 2},
    "repformer": {"rcut": 4.0, "rcut_smth": 0.5, "nsel": 3, "nlayers": 1, "g1_dim": 4, "g2_dim": 2},
    "add_tebd_to_repinit_out": True,
}
INPUT = multitask(descriptor=DPA2)
TYPE_EMBEDDING = "type_embedding/embedding/layers/0/@variables/w"


@pytest.fixture
def written(tmp_path: Path):
    """Write the input and a fresh model of it, whose type embeddings are one or differ."""

    def write(*, one_type_embedding: bool) -> None:
        tree = fresh_payload(INPUT, 1)
        if not one_type_embedding:
            tree["shared_links"]["des"]["links"] = []
            layer = tree["model"]["model_dict"]["ice"]["descriptor"]["type_embedding"]["embedding"]
            variables = layer["layers"][0]["@variables"]
            variables["w"] = variables["w"] + 1.0
        save_model(tmp_path / "model.dp", tree)
        (tmp_path / "input.json").write_text(json.dumps(INPUT))

    return write


def test_shared_as_declared_with_a_gap_explained(call_command, written) -> None:
    written(one_type_embedding=True)
    done = call_command("verify", "model.dp", "--against", "input.json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().splitlines() == [
        "model.dp: des (DescrptDPA2), the descriptor of water:",
        "model.dp:   ice, level 0: 21 of 21 declared variables stored once, 1 of its own",
        "model.dp:     note: different: tebd_transform/@variables/w",
        "model.dp:       DeePMD-kit 3.2.0 does not share the transform of the type embedding at "
        "level 0, so that every branch trains its own; the branches' descriptors differ by it "
        "although the input declares them one",
    ]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"repformer": DPA2["repformer"] | {"nlayers": 2}}, "repformer/nlayers is 2 here, 1 in"),
        ({"repinit": DPA2["repinit"] | {"rcut": 5.0}}, "repinit/rcut is 5.0 here, 6.0 in"),
        (None, "the descriptor is a DescrptSeA here, a DescrptDPA2 in the model"),
    ],
)
def test_an_input_of_another_model_is_told(call_command, written, tmp_path, change, text) -> None:
    written(one_type_embedding=True)
    other = {"type": "se_e2_a", "sel": [4, 4]} if change is None else DPA2 | change
    (tmp_path / "other.json").write_text(json.dumps(multitask(descriptor=other)))
    done = call_command("verify", "model.dp", "--against", "other.json")
    assert done.returncode == 1
    assert f"problem: model/shared_dict/des{'' if change is None else '/'}" in done.stdout.decode()
    assert text in done.stdout.decode()


def test_what_an_input_leaves_to_a_trained_model_is_not_compared(
    call_command, written, tmp_path
) -> None:
    written(one_type_embedding=True)
    data = multitask(descriptor=DPA2)
    for branch in data["model"]["model_dict"].values():
        branch["fitting_net"] = {}
    (tmp_path / "open.json").write_text(json.dumps(data))
    done = call_command("verify", "model.dp", "--against", "open.json")
    assert done.returncode == 0, done.stdout


def test_not_shared_as_declared(call_command, written) -> None:
    written(one_type_embedding=False)
    done = call_command("verify", "model.dp", "--against", "input.json")
    assert done.returncode == 1
    assert f"problem: declared shared, but different: {TYPE_EMBEDDING}" in done.stdout.decode()


def test_as_json(call_command, written) -> None:
    written(one_type_embedding=False)
    done = call_command("verify", "model.dp", "--against", "input.json", "--json")
    assert done.returncode == 1
    (report,) = json.loads(done.stdout)
    assert report["problems"] == []
    assert report["sharing"]["as_declared"] is False
    (link,) = report["sharing"]["links"]
    assert link["variables"][0] == {
        "name": TYPE_EMBEDDING,
        "cover": "shared",
        "found": "different",
        "why": None,
    }


def test_an_input_that_cannot_be_resolved(call_command, written, tmp_path) -> None:
    written(one_type_embedding=True)
    text = (tmp_path / "input.json").read_text().replace('"des"', '"dse"', 1)
    (tmp_path / "input.json").write_text(text)
    done = call_command("verify", "model.dp", "--against", "input.json")
    assert done.returncode == 1
    assert "error: input.json:1:" in done.stderr.decode()
