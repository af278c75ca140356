# SPDX-License-Identifier: LGPL-3.0-or-later
"""The sharing that an input declares, against what a model's arrays show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dp_multitask.cli.audit_text import audit_lines
from dp_multitask.errors import SharingError
from dp_multitask.modelfile.audit import audit_sharing

NET = np.arange(4.0)


def training_input(descriptor: str = "des", kind: str = "dpa2") -> dict[str, Any]:
    branch = {"type_map": "types", "fitting_net": {}}
    model = {
        "shared_dict": {"types": ["O", "H"], "des": {"type": kind}},
        "model_dict": {
            "water": branch | {"descriptor": "des"},
            "ice": branch | {"descriptor": descriptor},
        },
    }
    return {"model": model}


def model(water: dict[str, Any], ice: dict[str, Any], kind: str = "dpa2") -> dict[str, Any]:
    """Make a model whose branches' descriptors hold these arrays, by their first key."""

    def branch(held: dict[str, Any]) -> dict[str, Any]:
        nested = {name: {"@variables": {"w": array}} for name, array in held.items()}
        return {"descriptor": {"type": kind} | nested, "fitting": {"type": "ener"}}

    return {"model": {"model_dict": {"water": branch(water), "ice": branch(ice)}}}


def test_shared_as_declared() -> None:
    held = {"type_embedding": NET}
    audit = audit_sharing(model(held, held), training_input())
    assert audit.is_as_declared
    (link,) = audit.links
    assert (link.key, link.kind, link.base, link.branch, link.level) == (
        "des",
        "DescrptDPA2",
        "water",
        "ice",
        0,
    )
    assert [(each.name, each.cover, each.found) for each in link.variables] == [
        ("type_embedding/@variables/w", "shared", "one")
    ]


@pytest.mark.parametrize(
    ("ice", "found", "as_declared"),
    [
        ({"type_embedding": NET}, "one", True),
        ({"type_embedding": NET.copy()}, "equal", True),
        ({"type_embedding": NET + 1}, "different", False),
        ({"type_embedding": NET.astype("f4")}, "different", False),
        ({}, "missing", False),
    ],
)
def test_what_the_arrays_show(ice: dict[str, Any], found: str, as_declared: bool) -> None:
    audit = audit_sharing(model({"type_embedding": NET}, ice), training_input())
    assert audit.links[0].variables[0].found == found
    assert audit.is_as_declared is as_declared


@pytest.mark.parametrize(
    ("kind", "part", "says"),
    [
        ("dpa2", "tebd_transform", "does not share the transform of the type embedding"),
        ("dpa3", "chg_embedding", "does not share the charge and spin embedding"),
        ("dpa3", "mix_cs_mlp", "does not share the charge and spin embedding"),
    ],
)
def test_known_gaps_are_explained(kind: str, part: str, says: str) -> None:
    tree = model(
        {"type_embedding": NET, part: NET}, {"type_embedding": NET, part: NET + 1}, kind
    )
    audit = audit_sharing(tree, training_input(kind=kind))
    assert audit.is_as_declared  # it is DeePMD-kit's doing, not the file's
    text = "\n".join(audit_lines(audit))
    assert f"note: different: {part}/@variables/w" in text
    assert says in text


def test_level_1_leaves_the_rest_to_the_branch() -> None:
    tree = model(
        {"type_embedding": NET, "tebd_transform": NET},
        {"type_embedding": NET, "tebd_transform": NET + 1},
    )
    audit = audit_sharing(tree, training_input("des:1"))
    assert list(audit_lines(audit)) == [
        "des (DescrptDPA2), the descriptor of water:",
        "  ice, level 1: 1 of 1 declared variables stored once, 1 of its own",
    ]


def test_a_difference_is_named() -> None:
    tree = model({"type_embedding": NET}, {"type_embedding": NET + 1})
    audit = audit_sharing(tree, training_input())
    assert list(audit_lines(audit))[1:] == [
        "  ice, level 0: 0 of 1 declared variables stored once, 0 of its own",
        "    problem: declared shared, but different: type_embedding/@variables/w",
    ]


def test_sharing_that_the_input_does_not_declare() -> None:
    undeclared = training_input()
    undeclared["model"]["model_dict"]["ice"]["descriptor"] = {"type": "dpa2"}
    held = {"type_embedding": NET}
    audit = audit_sharing(model(held, held), undeclared)
    assert audit.problems == [
        "'water' and 'ice' store variables of their descriptor once, but the input does not share "
        "it between them"
    ]
    assert not audit.is_as_declared
    assert audit_sharing(model(held, {"type_embedding": NET.copy()}), undeclared).is_as_declared


def test_branches_must_be_the_same() -> None:
    tree = model({"type_embedding": NET}, {"type_embedding": NET})
    tree["model"]["model_dict"]["gas"] = tree["model"]["model_dict"].pop("ice")
    problems = audit_sharing(tree, training_input()).problems
    assert "the input has the branch 'ice', the model does not" in problems
    assert "the model has the branch 'gas', the input does not" in problems


def test_a_level_that_the_class_does_not_have() -> None:
    held = {"embeddings": NET}
    with pytest.raises(SharingError, match="has no share level 1"):
        audit_sharing(model(held, held, "se_e2_a"), training_input("des:1", "se_e2_a"))
