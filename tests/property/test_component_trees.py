# SPDX-License-Identifier: LGPL-3.0-or-later
"""Properties of reading component trees: any order of keys, any damage."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from component_configs import DESCRIPTORS, WITHOUT_PEER, descriptor_configs
from dp_multitask.components.core.component import Component
from dp_multitask.components.descriptors.descriptor import Descriptor
from dp_multitask.errors import DPMultitaskError
from example_counts import examples
from tree_comparison import differences

ALL = sorted({**DESCRIPTORS, **WITHOUT_PEER})
NOTHING = [None, "", [], {}]
ODD = [*NOTHING, True, -1, 0, 7, 1.5, "x", [None], ["a", 2], {"@class": "Layer"}, np.ones(2)]


def shuffled(node, random):
    """Put the keys of every mapping in a random order."""
    if isinstance(node, dict):
        keys = list(node)
        random.shuffle(keys)
        return {key: shuffled(node[key], random) for key in keys}
    return [shuffled(each, random) for each in node] if isinstance(node, list) else node


def places(node, path=()):
    """List the path of every value of a tree."""
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, each in items:
        yield (*path, key)
        if isinstance(each, dict | list):
            yield from places(each, (*path, key))


def put(tree, path, value):
    for part in path[:-1]:
        tree = tree[part]
    tree[path[-1]] = value


@pytest.mark.parametrize("type_name", ALL)
def test_any_order_of_keys_comes_back_as_it_was(type_name):
    @settings(max_examples=examples(3, 60))
    @given(descriptor_configs(type_name), st.randoms(use_true_random=False))
    def check(drawn, random):
        tree = shuffled(Descriptor.from_config(*drawn, 1).serialize(), random)
        assert differences(Component.deserialize(tree).serialize(), tree) == []

    check()


@pytest.mark.parametrize("type_name", ALL)
def test_damage_is_refused_in_words_or_does_no_harm(type_name):
    @settings(max_examples=examples(4, 500))
    @given(descriptor_configs(type_name), st.data())
    def check(drawn, data):
        tree = copy.deepcopy(Descriptor.from_config(*drawn, 1).serialize())
        path = data.draw(st.sampled_from(list(places(tree))))
        value = data.draw(st.sampled_from(ODD))
        put(tree, path, value)
        try:
            component = Component.deserialize(tree)
        except DPMultitaskError:
            return
        assert differences(component.serialize(), tree) == []

    check()


@pytest.mark.parametrize("type_name", ALL)
def test_an_odd_value_in_a_config_is_refused_in_words_or_works(type_name):
    @settings(max_examples=examples(4, 500))
    @given(descriptor_configs(type_name), st.data())
    def check(drawn, data):
        config, type_map = copy.deepcopy(drawn)
        path = data.draw(st.sampled_from(list(places(config))))
        put(config, path, data.draw(st.sampled_from(ODD)))
        try:
            component = Descriptor.from_config(config, type_map, 1)
        except DPMultitaskError:
            return
        tree = component.serialize()
        assert differences(Component.deserialize(tree).serialize(), tree) == []

    check()
