# SPDX-License-Identifier: LGPL-3.0-or-later
"""Links that are found again from which tensors of a checkpoint are one."""

from __future__ import annotations

from typing import Any

import pytest

from dp_multitask.checkpoint.shared_tensors import links_of_tensors, shared_by_more_than_one

SE_ATTEN = {"type": "se_atten", "sel": 12, "neuron": [4, 8]}
SHARED = {"types": ["O", "H"], "des": SE_ATTEN, "fit": {"neuron": [6]}}
NAMES = ("type_embedding.weight", "se_atten.mean", "se_atten.net.0.matrix")


def branch(**more: Any) -> dict[str, Any]:
    descriptor = SE_ATTEN | {"precision": "default"}
    return {"descriptor": descriptor, "fitting_net": {"type": "ener", "neuron": [6]}} | more


def tensors(sharing: dict[str, str], *kinds: str) -> dict[str, dict[str, str]]:
    """Give each branch's tensors: a letter a name, the same letter for tensors that are one."""
    return {
        name: {
            f"atomic_model.{kind}.{tensor}": f"{tensor} {letter}"
            for kind in kinds or ("descriptor",)
            for tensor, letter in zip(NAMES, letters, strict=True)
        }
        for name, letters in sharing.items()
    }


def shape_of(links: dict[str, Any]) -> dict[str, list[tuple[str, int]]]:
    return {
        key: [(link["model_key"], link["shared_level"]) for link in entry["links"]]
        for key, entry in links.items()
    }


@pytest.mark.parametrize(
    ("sharing", "expected"),
    [
        ({"a": "xxx", "b": "yyy"}, {}),
        ({"a": "xxx", "b": "xxx"}, {"des": [("a", 0), ("b", 0)]}),
        ({"a": "xxx", "b": "xxx", "c": "xyy"}, {"des": [("a", 0), ("b", 0), ("c", 1)]}),
        ({"c": "xyy", "a": "xxx", "b": "xxx"}, {"des": [("a", 0), ("b", 0), ("c", 1)]}),
        ({"a": "xxx", "b": "xyy", "c": "xzz"}, {"des": [("a", 0), ("b", 1), ("c", 1)]}),
        ({"a": "xyx", "b": "xzx"}, {"des": [("a", 0), ("b", 0)]}),
        ({"a": "xxx", "b": "yyy", "c": "xxx"}, {"des": [("a", 0), ("c", 0)]}),
        (
            {"a": "xxx", "b": "yyy", "c": "xxx", "d": "yyy"},
            {"des": [("a", 0), ("c", 0)], "shared_descriptor_1": [("b", 0), ("d", 0)]},
        ),
    ],
)
def test_levels_and_bases(sharing: dict[str, str], expected: dict[str, Any]) -> None:
    links = links_of_tensors(tensors(sharing), {name: branch() for name in sharing}, SHARED)
    assert shape_of(links) == expected


def test_links_carry_what_resolving_gives() -> None:
    names = tensors({"a": "xxx", "b": "xxx"}, "descriptor", "fitting_net")
    links = links_of_tensors(names, {"a": branch(), "b": branch()}, SHARED)
    assert links["des"]["type"] == "DescrptDPA1"
    assert links["fit"] == {
        "type": "EnergyFittingNet",
        "links": [
            {"model_key": "a", "shared_type": "fitting_net", "shared_level": 0},
            {"model_key": "b", "shared_type": "fitting_net", "shared_level": 0},
        ],
    }


def test_spin_branches_come_first() -> None:
    params = {"a": branch(), "b": branch(spin={})}
    links = links_of_tensors(tensors({"a": "xxx", "b": "xxx"}), params, SHARED)
    assert shape_of(links) == {"des": [("b", 0), ("a", 0)]}


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ({"type": "dpa1", "neuron": [4, 8]}, True),  # an alias
        ({"type": "se_atten", "sel": "auto", "neuron": [4, 8]}, True),  # found by the job
        ({"type": "se_atten", "neuron": [4, 8], "_comment": "ours"}, True),
        ({"type": "se_atten", "neuron": [4, 9]}, False),
        ({"type": "se_e2_a", "neuron": [4, 8]}, False),
        ({"type": "se_atten", "sel": 13, "neuron": [4, 8]}, False),
    ],
)
def test_the_entry_that_agrees_gives_the_name(entry: dict[str, Any], named: bool) -> None:
    identities = tensors({"a": "xxx", "b": "xxx"})
    links = links_of_tensors(identities, {"a": branch(), "b": branch()}, {"mine": entry})
    assert list(links) == (["mine"] if named else ["shared_descriptor_1"])


def test_entries_that_several_branches_look_like() -> None:
    assert shared_by_more_than_one({"a": branch(), "b": branch()}, SHARED) == ["des", "fit"]
    assert shared_by_more_than_one({"a": branch()}, SHARED) == []
