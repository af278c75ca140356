# SPDX-License-Identifier: LGPL-3.0-or-later
"""YAML's merge keys, followed by PyYAML: which of two values wins differs between its releases."""

from __future__ import annotations

from typing import Any

import yaml

TAG = "tag:yaml.org,2002:"
MERGE = f"{TAG}merge"

_MERGE_KEY = yaml.ScalarNode(MERGE, "<<")


def mapping_node(pairs: list[tuple[str | None, Any]]) -> yaml.MappingNode:
    """Make a mapping's node; the values may be of any kind, a key None is the merge key."""
    nodes = [
        (yaml.ScalarNode(f"{TAG}str", key) if key is not None else _MERGE_KEY, value)
        for key, value in pairs
    ]
    return yaml.MappingNode(f"{TAG}map", nodes)


def with_merged(loader: Any, pairs: list[tuple[str | None, Any]]) -> list[tuple[str | None, Any]]:
    """Put what is merged in the place of the merge keys, whose values are nodes."""
    node = mapping_node(pairs)
    loader.flatten_mapping(node)
    return [(key.value, value) for key, value in node.value]
