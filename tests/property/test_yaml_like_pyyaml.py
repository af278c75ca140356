# SPDX-License-Identifier: LGPL-3.0-or-later
"""YAML is read from events; the values are those of PyYAML's loader, aliases and merges too."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dp_multitask.errors import DocumentError
from dp_multitask.text.yaml_reader import YamlReader
from example_counts import examples

SCALARS = st.sampled_from(
    ["1", "0.5", "1e-3", "1.0e-3", "yes", "~", "", "null", "x y", "'1'", '"a\\tb"', "0x1f", "017",
     "1:30", ".inf", "-.INF", "1_000", "+2", "!!str 3", "!!float 4", "!!int '5'", "! 6", "é", "*"]
)  # fmt: skip
KEYS = st.sampled_from(["a", "b", "'c d'", "é", "<<", "=", "1", "!!str 2"])


@st.composite
def flows(draw: st.DrawFn, depth: int = 3) -> str:
    """Draw YAML in flow style: anchors, aliases and merge keys at random, right or wrong."""
    anchor = draw(st.sampled_from(["", "", "&x ", "&y ", "&z "]))
    kind = draw(st.sampled_from(["scalar", "alias", "list", "map", "map"]))
    if depth == 0 or kind == "scalar":
        return anchor + draw(SCALARS)
    if kind == "alias":
        return "*" + draw(st.sampled_from("xyz")) + " "
    inner = draw(st.lists(flows(depth - 1), max_size=4))
    if kind == "list":
        return f"{anchor}[{', '.join(inner)}]"
    return f"{anchor}{{{', '.join(f'{draw(KEYS)}: {each}' for each in inner)}}}"


@settings(max_examples=examples(18, 1_500), deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcd"), flows()), min_size=1, max_size=4))
def test_the_values_are_those_of_pyyaml(pairs: list[tuple[str, str]]) -> None:
    text = "".join(f"{key}: {value}\n" for key, value in pairs)
    try:
        expected = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, TypeError):
        with pytest.raises(DocumentError):
            YamlReader(text, "x.yaml").read()
        return
    try:
        found = YamlReader(text, "x.yaml").read()
    except DocumentError as err:  # what JSON cannot hold, and an alias within itself
        if "keys must be strings" in err.message or "within the value" in err.message:
            return
        raise
    assert repr(found) == repr(expected)
