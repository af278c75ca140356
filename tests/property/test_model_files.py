# SPDX-License-Identifier: LGPL-3.0-or-later
"""Any tree that may be saved comes back; splitting undoes merging and merging undoes splitting."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import dp_multitask
from example_counts import examples
from model_trees import difference, without_metadata

ELEMENT_TYPES = [
    np.dtype(name)
    for name in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?")
]
RESERVED = {"@variables", "@is_variable", "@index", "model", "model_dict", "branches"}
METADATA = {"software", "version", "module", "time", "model_def_version", "origin"}

keys = st.text(st.characters(exclude_categories=["Cs"]), max_size=6).filter(
    lambda key: key not in RESERVED | METADATA
)
plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)
arrays = st.sampled_from(ELEMENT_TYPES).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0))
)
leaves = (
    arrays
    | arrays.map(lambda array: array.dtype.type(1))
    | st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
)
variables = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def nodes(draw: st.DrawFn, depth: int = 3) -> dict[str, Any]:
    """A component: plain values, variables, and components in mappings and lists."""
    node: dict[str, Any] = draw(st.dictionaries(keys, plain, max_size=2))
    if draw(st.booleans()):
        node["@variables"] = draw(st.dictionaries(keys, variables, max_size=3))
    if depth:
        node |= draw(st.dictionaries(keys, nodes(depth=depth - 1), max_size=2))
        node["list"] = draw(st.lists(nodes(depth=depth - 1), max_size=2))
    return node


payloads = st.builds(
    lambda model, script, distance: {
        "model": model,
        "model_def_script": script,
        "@variables": distance,
    },
    nodes(),
    st.dictionaries(keys, plain, max_size=2),
    st.dictionaries(keys, leaves, max_size=2),
)
branch_names = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="/.\0"), min_size=1, max_size=6
)


@settings(max_examples=examples(4, 200))
@given(payloads)
def test_any_tree_comes_back(tree: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.dp"
        dp_multitask.save_model(path, tree)
        for verify in (True, False):
            loaded = dp_multitask.load_model(path, verify=verify)
            assert difference(without_metadata(loaded), tree) is None
        finite = all("not finite" in p.message for p in dp_multitask.verify_model(path))
        assert finite


@settings(max_examples=examples(3, 100))
@given(st.dictionaries(branch_names, payloads, min_size=1, max_size=3))
def test_splitting_undoes_merging(branches: dict[str, dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        merged = Path(folder) / "merged.dp"
        dp_multitask.merge_branches(branches, merged, shared_links={})
        with dp_multitask.open_model(merged) as file:
            assert file.branches == tuple(branches)
        parts = {}
        for number, (name, payload) in enumerate(branches.items()):
            parts[name] = Path(folder) / f"{number}.dp"
            dp_multitask.split_branch(merged, name, parts[name])
            loaded = dp_multitask.load_model(parts[name])
            assert difference(without_metadata(loaded), payload) is None
        again = Path(folder) / "again.dp"
        dp_multitask.merge_branches(parts, again, shared_links={})
        assert difference(
            dp_multitask.load_model(again)["model"], dp_multitask.load_model(merged)["model"]
        ) is None


@settings(max_examples=examples(3, 100))
@given(st.dictionaries(branch_names, nodes(), min_size=2, max_size=4), nodes(), nodes())
def test_merged_splits_share_again(
    models: dict[str, dict[str, Any]], descriptor: dict[str, Any], net: dict[str, Any]
) -> None:
    for model in models.values():
        model["descriptor"] = descriptor | {"type": "se_e2_a"}
        model["fitting"] = {"type": "ener", "nets": net}
    links = {
        kind: {
            "type": kind,
            "links": [
                {"model_key": name, "shared_type": kind, "shared_level": 0} for name in models
            ],
        }
        for kind in ("descriptor", "fitting_net")
    }
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "first.dp", Path(folder) / "second.dp"
        branches = {name: {"model": model, "@variables": {}} for name, model in models.items()}
        dp_multitask.merge_branches(branches, first, shared_links=links)
        parts = {name: Path(folder) / f"{i}.dp" for i, name in enumerate(models)}
        for name, part in parts.items():
            dp_multitask.split_branch(first, name, part)
        dp_multitask.merge_branches(parts, second, shared_links=links)
        # among other things, that what is declared shared is stored once and nothing else is
        for path in (first, second):
            problems = dp_multitask.verify_model(path)
            assert all("not finite" in problem.message for problem in problems)
