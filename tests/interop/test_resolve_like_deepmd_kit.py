# SPDX-License-Identifier: LGPL-3.0-or-later
"""`preprocess_shared_params` against the function of DeePMD-kit's PyTorch backend."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings

from dp_multitask import DPMultitaskError, preprocess_shared_params
from example_counts import examples
from strategies import faulty_sections, model_sections

pytestmark = pytest.mark.interop

pytest.importorskip("deepmd", reason="needs DeePMD-kit, whose function is the reference")
multi_task = pytest.importorskip(
    "deepmd.pt.utils.multi_task",
    reason="needs DeePMD-kit's PyTorch backend",
    exc_type=ImportError,
)

many = settings(max_examples=examples(local=200, ci=1000))


def by_deepmd_kit(section: dict[str, Any], **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    config, links = multi_task.preprocess_shared_params(copy.deepcopy(section), **options)
    for link in links.values():
        link["type"] = link["type"].__name__
    return config, links


def exactly(value: Any) -> str:
    """Write a value so that key order and the kind of every number count."""
    return json.dumps(value)


@many
@given(section=model_sections())
def test_equal_in_values_key_order_and_link_order(section):
    assert exactly(preprocess_shared_params(section)) == exactly(by_deepmd_kit(section))


@many
@given(section=model_sections(require_shared_type_map=False))
def test_equal_for_sub_models_of_a_linear_model(section):
    ours = preprocess_shared_params(section, require_shared_type_map=False)
    assert exactly(ours) == exactly(by_deepmd_kit(section, require_shared_type_map=False))


@many
@given(section=faulty_sections())
def test_raises_where_deepmd_kit_raises(section):
    with pytest.raises((AssertionError, AttributeError, KeyError, RuntimeError, ValueError)):
        by_deepmd_kit(section)
    with pytest.raises(DPMultitaskError):
        preprocess_shared_params(section)


@pytest.mark.parametrize(
    "section",
    [
        {},
        {"shared_dict": {"t": ["H"]}},
        {"model_dict": {}},
        {"model_dict": {"a": {"type_map": ["H"]}}},
        {"model_dict": {"a": {"type_map": "t"}}},
        {"model_dict": {"a": {"type_map": "t"}}, "shared_dict": {}},
        {
            "model_dict": {"a": {"type_map": "t"}, "b": {"type_map": "t:0"}},
            "shared_dict": {"t": ["H"]},
        },
    ],
    ids=lambda section: json.dumps(section),
)
def test_raises_on_sections_without_one_shared_type_map(section):
    with pytest.raises(AssertionError):
        by_deepmd_kit(section)
    with pytest.raises(DPMultitaskError):
        preprocess_shared_params(section)


def branches(**parts: Any) -> dict[str, Any]:
    """Give a section of two branches; the second one has the parts in question."""
    shared = {
        "t": ["H"],
        "d": {"type": "dpa1"},
        "f": {},
        "h": {"type": "hybrid", "list": ["d", {"type": "se_e2_a"}]},
    }
    plain = {"type_map": "t", "descriptor": "d", "fitting_net": "f"}
    return {"shared_dict": shared, "model_dict": {"plain": plain, "odd": plain | parts}}


def hybrid(*members: Any) -> dict[str, Any]:
    return {"type": "hybrid", "list": list(members)}


# What DeePMD-kit lets through, and what becomes of it there.
REFUSED_ON_PURPOSE = {
    "a second level is dropped": branches(descriptor="d:1:2"),
    "a third level is not even read": branches(descriptor="d:1:x"),
    "a level of a hybrid member is dropped": branches(descriptor=hybrid("d:1:2")),
    "a negative level becomes the base": branches(descriptor="d:-1"),
    "a fitting net's negative level": branches(fitting_net="f:-1"),
    "a type map is a descriptor": {
        "shared_dict": {"d": {"type": "dpa1"}},
        "model_dict": {"a": {"type_map": "d", "descriptor": {}, "fitting_net": {}}},
    },
    "an untyped fitting net is a se_e2_a descriptor": branches(descriptor="f"),
    "a reference stays text in a shared hybrid": branches(descriptor="h"),
    "a reference stays text in a nested hybrid": branches(descriptor=hybrid(hybrid("d"))),
    "a reference stays text in a shared hybrid member": branches(descriptor=hybrid("h")),
    "a branch is text": branches() | {
        "model_dict": branches()["model_dict"] | {"third": "water"},
    },
    "a branch is a list": branches() | {
        "model_dict": branches()["model_dict"] | {"third": ["water"]},
    },
}  # fmt: skip


@pytest.mark.parametrize("section", REFUSED_ON_PURPOSE.values(), ids=REFUSED_ON_PURPOSE)
def test_refused_though_deepmd_kit_accepts(section):
    by_deepmd_kit(section)
    with pytest.raises(DPMultitaskError):
        preprocess_shared_params(section)


def test_a_branch_that_two_names_share_by_a_yaml_anchor_is_resolved_for_both():
    # DeePMD-kit expands such a branch once and then finds no reference left for the second name.
    branch = {"type_map": "t", "descriptor": "d"}
    section = {
        "shared_dict": {"t": ["H"], "d": {"type": "dpa1"}},
        "model_dict": {"a": branch, "b": branch},
    }
    written_out = json.loads(json.dumps(section))
    assert preprocess_shared_params(section) == preprocess_shared_params(written_out)
    assert exactly(preprocess_shared_params(section)) == exactly(by_deepmd_kit(written_out))
    assert len(by_deepmd_kit(section)[1]["d"]["links"]) == 1


def test_class_of_puts_deepmd_kits_classes_into_the_links():
    section = branches(descriptor="d:1")
    theirs = multi_task.preprocess_shared_params(copy.deepcopy(section))
    assert preprocess_shared_params(section, class_of=multi_task.get_class_name) == theirs
