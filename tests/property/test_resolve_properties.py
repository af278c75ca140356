# SPDX-License-Identifier: LGPL-3.0-or-later
"""What holds for every model section that resolves."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from dp_multitask import DPMultitaskError, preprocess_shared_params
from dp_multitask.config.training_input import resolve_input
from dp_multitask.text.document import dump_data, parse_document
from example_counts import examples
from strategies import faulty_sections, model_sections

many = settings(max_examples=examples(local=15, ci=300))
some = settings(max_examples=examples(local=10, ci=300))


def exactly(value: Any) -> str:
    """Write a value so that key order and the kind of every number count."""
    return json.dumps(value)


def containers(value: Any) -> Iterator[dict | list]:
    """Iterate over every mapping and list of a tree, itself included."""
    if isinstance(value, dict | list):
        yield value
        for child in value.values() if isinstance(value, dict) else value:
            yield from containers(child)


def spoil(value: Any) -> None:
    """Change every mapping and list of a tree."""
    for container in list(containers(value)):
        if isinstance(container, dict):
            container["spoilt"] = True
        else:
            container.append("spoilt")


def strings_at_reference_sites(branch: dict[str, Any]) -> Iterator[str]:
    for item in ("type_map", "descriptor", "fitting_net"):
        value = branch.get(item)
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict) and value.get("type") == "hybrid":
            yield from (member for member in value["list"] if isinstance(member, str))


@many
@given(section=model_sections())
def test_the_input_stays_as_it_was(section):
    before = copy.deepcopy(section)
    preprocess_shared_params(section)
    assert exactly(section) == exactly(before)


@some
@given(section=faulty_sections())
def test_the_input_stays_as_it_was_when_it_is_refused(section):
    before = exactly(section)
    with pytest.raises(DPMultitaskError):
        preprocess_shared_params(section)
    assert exactly(section) == before


@many
@given(section=model_sections())
def test_no_two_parts_of_the_result_are_one_object(section):
    resolved, links = preprocess_shared_params(section)
    of_result = [id(part) for part in containers([resolved, links])]
    assert len(of_result) == len(set(of_result))
    assert set(of_result).isdisjoint(id(part) for part in containers(section))


@some
@given(section=model_sections())
def test_to_change_one_branch_changes_nothing_else(section):
    before = exactly(section)
    expected, _ = preprocess_shared_params(section)
    for name in section["model_dict"]:
        resolved, _ = preprocess_shared_params(section)
        spoil(resolved["model_dict"].pop(name))
        rest = {key: part for key, part in expected["model_dict"].items() if key != name}
        assert exactly(resolved) == exactly(expected | {"model_dict": rest})
        assert exactly(section) == before


@many
@given(section=model_sections())
def test_no_reference_is_left(section):
    resolved, links = preprocess_shared_params(section)
    for branch in resolved["model_dict"].values():
        assert not list(strings_at_reference_sites(branch))
    for entry in links.values():
        for link in entry["links"]:
            assert link["model_key"] in resolved["model_dict"]


@many
@given(section=model_sections())
def test_resolving_again_gives_the_same(section):
    assert exactly(preprocess_shared_params(section)) == exactly(preprocess_shared_params(section))


@many
@given(section=model_sections())
def test_what_is_resolved_resolves_to_itself(section):
    resolved, _ = preprocess_shared_params(section)
    again, links = preprocess_shared_params(resolved, require_shared_type_map=False)
    assert exactly(again) == exactly(resolved)
    assert links == {}


@many
@given(section=model_sections())
def test_links_are_in_order_of_level_with_spin_branches_first(section):
    resolved, links = preprocess_shared_params(section)
    for entry in links.values():
        order = [
            ("spin" not in resolved["model_dict"][link["model_key"]], link["shared_level"])
            for link in entry["links"]
        ]
        assert order == sorted(order)


@some
@given(section=model_sections())
@pytest.mark.parametrize("write", ["by us", "by PyYAML"])
def test_json_and_yaml_of_the_same_input_give_the_same(write, section):
    config = {"model": section}
    text = (
        dump_data(config, "yaml")
        if write == "by us"
        else yaml.safe_dump(config, allow_unicode=True, sort_keys=False)
    )
    from_yaml = parse_document(text, name="input.yaml", format="yaml")
    from_json = parse_document(json.dumps(config), name="input.json", format="json")
    assert exactly(resolve_input(from_yaml.data)) == exactly(resolve_input(from_json.data))
