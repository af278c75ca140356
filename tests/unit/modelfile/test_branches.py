# SPDX-License-Identifier: LGPL-3.0-or-later
"""Branches: opened, split off, merged, and what they share."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import dp_multitask
from dp_multitask.components.sharing.coverage import covers, find_component
from dp_multitask.errors import (
    ModelFileError,
    ModelTreeError,
    SharingError,
    UnknownBranchError,
    UsageError,
)
from dp_multitask.modelfile.writing.stored_once import different_variables
from model_trees import LINKS, difference, model, multitask, single, without_metadata
from systems import posix_only

DAVG = ("descriptor", "@variables", "davg")


def variable(tree: dict[str, Any], branch: str, *path: str) -> Any:
    node: Any = tree["model"]["model_dict"][branch]
    for key in path:
        node = node[key]
    return node


@pytest.fixture
def merged(tmp_path: Path) -> Path:
    target = tmp_path / "merged.dp"
    branches = {
        "water": single(1, aliases=("H2O", "both")),
        "ice": single(2, aliases=("solid", "both")),
    }
    dp_multitask.merge_branches(branches, target, shared_links=LINKS)
    return target


def test_a_file_tells_its_branches_aliases_and_links(merged: Path) -> None:
    with dp_multitask.open_model(merged) as file:
        assert file.branches == ("water", "ice")
        assert file.aliases == {"H2O": ["water"], "both": ["water", "ice"], "solid": ["ice"]}
        assert file.shared_links == LINKS


@pytest.mark.parametrize("verify", [True, False])
def test_a_shared_variable_is_one_array_object(merged: Path, verify: bool) -> None:
    tree = dp_multitask.load_model(merged, verify=verify)
    assert variable(tree, "water", *DAVG) is variable(tree, "ice", *DAVG)
    own = ("@variables", "out_std")  # equal in both, but not declared
    assert variable(tree, "water", *own) is not variable(tree, "ice", *own)


def test_sharing_is_a_hard_link_and_only_what_is_declared_is_linked(merged: Path) -> None:
    with h5py.File(merged) as file:
        water, ice = file["model_dict/water/model"], file["model_dict/ice/model"]
        assert water["descriptor/@variables/davg"] == ice["descriptor/@variables/davg"]
        assert water["@variables/out_std"] != ice["@variables/out_std"]


@pytest.mark.parametrize("name", ["ice", "solid"])
def test_a_branch_is_opened_by_name_or_alias(merged: Path, name: str) -> None:
    loaded = dp_multitask.load_model(merged, name)
    expected = single(2, aliases=("solid", "both"))
    assert difference(without_metadata(loaded), expected) is None


def test_variables_are_lazy_until_they_are_asked_for(merged: Path) -> None:
    with dp_multitask.open_model(merged) as file:
        lazy = file.branch("ice")["model"]["descriptor"]["@variables"]["davg"]
        assert (lazy.shape, lazy.dtype, lazy.size, lazy.ndim, lazy.nbytes) == (
            (2, 3, 4), np.float64, 24, 3, 192,
        )  # fmt: skip
        assert "2x3x4 float64" in repr(lazy)
        loaded = lazy.load()
        assert np.array_equal(np.asarray(lazy), loaded)
    assert np.array_equal(loaded, model(2)["descriptor"]["@variables"]["davg"])
    with pytest.raises(ModelFileError, match="closed"):
        lazy.load()


def test_opening_a_branch_does_not_read_the_others(tmp_path: Path, merged: Path) -> None:
    data = bytearray(merged.read_bytes())
    with h5py.File(merged) as file:
        at = file["model_dict/water/model/fitting/@variables/bias_atom_e"].id.get_offset()
    data[at] ^= 1
    merged.write_bytes(data)
    assert dp_multitask.load_model(merged, "ice")["model"]["type"] == "standard"
    with pytest.raises(ModelFileError, match="bias_atom_e"):
        dp_multitask.load_model(merged)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("wate", r"Did you mean 'water'\?"),
        ("solld", r"Did you mean 'solid'\?"),
        ("xyz", "branches: water, ice; aliases: H2O, both, solid"),
        ("both", "alias of several branches: water, ice"),
        ("a/b", "no branch 'a/b'"),
        ("..", r"no branch '\.\.'"),
    ],
)
def test_an_unknown_or_ambiguous_branch_is_answered_with_the_list(
    merged: Path, tmp_path: Path, name: str, says: str
) -> None:
    with pytest.raises(UnknownBranchError, match=says):
        dp_multitask.load_model(merged, name)
    with pytest.raises(UnknownBranchError, match=says):
        dp_multitask.split_branch(merged, name, tmp_path / "out.dp")
    assert not (tmp_path / "out.dp").exists()


def test_a_single_model_has_no_branches(tmp_path: Path) -> None:
    dp_multitask.save_model(tmp_path / "m.dp", single())
    with pytest.raises(UnknownBranchError, match="single model"):
        dp_multitask.load_model(tmp_path / "m.dp", "water")
    with dp_multitask.open_model(tmp_path / "m.dp") as file:
        assert (file.branches, file.aliases, file.shared_links) == ((), {}, {})


def test_a_split_branch_is_the_branch(merged: Path, tmp_path: Path) -> None:
    before = merged.read_bytes()
    dp_multitask.split_branch(merged, "solid", tmp_path / "ice.dp")
    loaded = dp_multitask.load_model(tmp_path / "ice.dp")
    assert difference(without_metadata(loaded), single(2, aliases=("solid", "both"))) is None
    assert loaded["origin"]["software"] == "dp-multitask"
    assert dp_multitask.verify_model(tmp_path / "ice.dp") == []
    assert merged.read_bytes() == before


def test_splits_merge_into_the_same_model_and_share_again(merged: Path, tmp_path: Path) -> None:
    parts = {name: tmp_path / f"{name}.dp" for name in ("water", "ice")}
    for name, part in parts.items():
        dp_multitask.split_branch(merged, name, part)
    dp_multitask.merge_branches(parts, tmp_path / "again.dp", shared_links=LINKS)
    again = dp_multitask.load_model(tmp_path / "again.dp")
    once = dp_multitask.load_model(merged)
    assert variable(again, "water", *DAVG) is variable(again, "ice", *DAVG)
    assert difference(again["model"], once["model"]) is None
    assert again["shared_links"] == once["shared_links"]


def test_a_multitask_tree_that_was_loaded_can_be_saved_again(merged: Path, tmp_path: Path) -> None:
    tree = dp_multitask.load_model(merged)
    dp_multitask.save_model(tmp_path / "again.dp", tree)
    again = dp_multitask.load_model(tmp_path / "again.dp")
    assert difference(without_metadata(again), without_metadata(tree)) is None
    ice = without_metadata(dp_multitask.load_model(tmp_path / "again.dp", "ice"))
    assert difference(ice, single(2, aliases=("solid", "both"))) is None


def test_a_multitask_payload_with_nearest_distances_keeps_them(tmp_path: Path) -> None:
    tree = multitask()
    tree["min_nbor_dist"] = {"water": 0.5, "ice": None}
    dp_multitask.save_model(tmp_path / "m.dp", tree)
    assert dp_multitask.load_model(tmp_path / "m.dp")["min_nbor_dist"] == tree["min_nbor_dist"]
    assert dp_multitask.load_model(tmp_path / "m.dp", "water")["@variables"] == {
        "min_nbor_dist": 0.5
    }
    assert dp_multitask.load_model(tmp_path / "m.dp", "ice")["@variables"] == {}


@posix_only
def test_source_and_target_must_differ(merged: Path, tmp_path: Path) -> None:
    (tmp_path / "link.dp").symlink_to(merged)
    with pytest.raises(UsageError, match="same file"):
        dp_multitask.split_branch(merged, "ice", tmp_path / "link.dp")
    with pytest.raises(UsageError, match="same file"):
        dp_multitask.merge_branches({"a": merged}, merged, shared_links={})


def test_merging_needs_single_models(merged: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelTreeError, match="one model"):
        dp_multitask.merge_branches({"a": merged}, tmp_path / "x.dp", shared_links={})
    with pytest.raises(UsageError, match="no branch to merge"):
        dp_multitask.merge_branches({}, tmp_path / "x.dp", shared_links={})


def changed(links: dict[str, Any], **values: Any) -> dict[str, Any]:
    links = copy.deepcopy(links)
    links["my_descriptor"]["links"][1].update(values)
    return links


def test_declared_but_different_is_refused_and_named(tmp_path: Path) -> None:
    tree = multitask()
    tree["model"]["model_dict"]["ice"]["descriptor"]["@variables"]["davg"][0, 0, 0] += 1
    with pytest.raises(SharingError, match="ice/descriptor/@variables/davg") as caught:
        dp_multitask.save_model(tmp_path / "m.dp", tree)
    assert "dstd" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_different_variables_can_be_kept_apart_by_name(tmp_path: Path) -> None:
    tree = multitask()
    tree["model"]["model_dict"]["ice"]["descriptor"]["@variables"]["davg"][0, 0, 0] += 1
    tree["unshared_variables"] = different_variables(tree)
    assert tree["unshared_variables"] == ["model/model_dict/ice/descriptor/@variables/davg"]
    dp_multitask.save_model(tmp_path / "m.dp", tree)
    loaded = dp_multitask.load_model(tmp_path / "m.dp")
    assert variable(loaded, "ice", *DAVG)[0, 0, 0] == variable(loaded, "water", *DAVG)[0, 0, 0] + 1
    dstd = ("descriptor", "@variables", "dstd")
    assert variable(loaded, "ice", *dstd) is variable(loaded, "water", *dstd)
    assert dp_multitask.verify_model(tmp_path / "m.dp") == []


def negative_zero(tree: dict[str, Any]) -> None:
    for branch, sign in (("water", 0.0), ("ice", -0.0)):
        variable(tree, branch, "descriptor", "@variables")["dstd"][0, 0, 0] = sign


def missing(tree: dict[str, Any]) -> None:
    variable(tree, "ice", "descriptor", "@variables")["dstd"] = None


def other_type(tree: dict[str, Any]) -> None:
    array = variable(tree, "ice", "descriptor", "@variables", "dstd")
    variable(tree, "ice", "descriptor", "@variables")["dstd"] = array.astype("f4")


@pytest.mark.parametrize("change", [negative_zero, missing, other_type])
def test_equal_means_the_same_bits(tmp_path: Path, change: Any) -> None:
    tree = multitask()
    change(tree)
    with pytest.raises(SharingError, match="dstd"):
        dp_multitask.save_model(tmp_path / "m.dp", tree)


@pytest.mark.parametrize(
    ("links", "says"),
    [
        (changed(LINKS, model_key="steam"), "names the branch 'steam'"),
        (changed(LINKS, shared_level=1), "no share level 1"),
        (changed(LINKS, shared_level=-1), "no share level -1"),
        (changed(LINKS, shared_level="x"), "expected model_key"),
        (changed(LINKS, shared_type="descriptor_hybrid_0"), "has no 'descriptor_hybrid_0'"),
        (changed(LINKS, shared_type="type_map"), "has no 'type_map'"),
        ({"my_descriptor": {"links": [{}]}}, "expected model_key"),
        ({"my_descriptor": []}, "expected a mapping"),
        ([], "must be a mapping"),
    ],
)
def test_links_that_do_not_fit_the_model_are_refused(
    tmp_path: Path, links: Any, says: str
) -> None:
    tree = multitask()
    tree["shared_links"] = links
    with pytest.raises(SharingError, match=says):
        dp_multitask.save_model(tmp_path / "m.dp", tree)


def test_components_of_two_types_cannot_be_shared(tmp_path: Path) -> None:
    tree = multitask()
    tree["model"]["model_dict"]["ice"]["descriptor"]["type"] = "se_e3"
    with pytest.raises(SharingError, match="'se_e2_a' in 'water' and 'se_e3' in 'ice'"):
        dp_multitask.save_model(tmp_path / "m.dp", tree)


def test_a_shared_fitting_net_never_shares_bias_and_case(tmp_path: Path) -> None:
    tree = multitask()
    branches = tree["model"]["model_dict"]
    branches["ice"]["fitting"]["nets"] = copy.deepcopy(branches["water"]["fitting"]["nets"])
    for item in tree["shared_links"]["my_descriptor"]["links"]:
        item["shared_type"] = "fitting_net"
    dp_multitask.save_model(tmp_path / "m.dp", tree)
    loaded = dp_multitask.load_model(tmp_path / "m.dp")["model"]["model_dict"]
    nets = [b["fitting"]["nets"]["networks"][0]["layers"][0] for b in loaded.values()]
    assert nets[0]["@variables"]["w"] is nets[1]["@variables"]["w"]
    biases = [b["fitting"]["@variables"]["bias_atom_e"] for b in loaded.values()]
    assert not np.array_equal(*biases)


COVERED = [
    ("se_e2_a", 0, "embeddings/networks/3/layers/0/@variables/w", "shared"),
    ("se_e2_a", 0, "@variables/davg", "shared"),
    ("se_e3", 0, "@variables/davg", "shared"),
    ("se_r", 0, "embeddings/networks/0/layers/0/@variables/b", "shared"),
    ("se_r", 0, "@variables/davg", "sometimes"),
    ("dpa1", 0, "attention_layers/attention_layers/0/x/@variables/w", "shared"),
    ("dpa1", 1, "type_embedding/embedding/layers/0/@variables/w", "shared"),
    ("dpa1", 1, "@variables/davg", None),
    ("se_e3_tebd", 1, "embeddings/networks/0/layers/0/@variables/w", None),
    ("dpa2", 0, "repformers_variable/g2_embd/@variables/w", "shared"),
    ("dpa2", 0, "tebd_transform/@variables/w", None),
    ("dpa2", 1, "repformers_variable/g2_embd/@variables/w", None),
    ("dpa3", 0, "repflow_variable/edge_embd/@variables/w", "shared"),
    ("dpa3", 0, "chg_embedding/embedding/layers/0/@variables/w", None),
    ("SeZM", 0, "@variables/blocks.0.weight", "shared"),
    ("SeZM", 0, "@variables/version_tensor", None),
    ("SeZM", 0, "@variables/mean", None),
    ("SeZM", 1, "@variables/type_embedding.weight", "shared"),
    ("SeZM", 1, "@variables/charge_spin_embedding.x", "shared"),
    ("SeZM", 1, "@variables/blocks.0.weight", None),
    ("a type of a plugin", 0, "anything/@variables/w", "sometimes"),
]


@pytest.mark.parametrize(("type_name", "level", "path", "expected"), COVERED)
def test_a_share_level_covers(type_name: str, level: int, path: str, expected: str | None) -> None:
    assert covers({"type": type_name}, "descriptor", level, path) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("nets/networks/0/layers/0/@variables/w", "shared"),
        ("@variables/fparam_avg", "shared"),
        ("@variables/aparam_inv_std", "shared"),
        ("@variables/bias_atom_e", None),
        ("@variables/case_embd", None),
        ("scale/@variables/x", None),
    ],
)
def test_a_shared_fitting_net_covers(path: str, expected: str | None) -> None:
    assert covers({"type": "ener"}, "fitting_net", 0, path) == expected


def test_a_hybrid_shares_what_its_members_share() -> None:
    hybrid = {"type": "hybrid", "list": [{"type": "se_e2_a"}, {"type": "se_r"}]}
    assert covers(hybrid, "descriptor", 0, "list/0/@variables/davg") == "shared"
    assert covers(hybrid, "descriptor", 0, "list/1/@variables/davg") == "sometimes"
    assert covers(hybrid, "descriptor", 0, "list/2/@variables/davg") is None
    with pytest.raises(SharingError, match="no share level 1"):
        covers(hybrid, "descriptor", 1, "list/0/@variables/davg")


HYBRID = {"type": "hybrid", "list": [{"type": "se_e2_a"}, {"type": "se_r"}]}
WRAPPED = [
    ({"descriptor": HYBRID}, ()),
    ({"type": "spin_ener", "backbone_model": {"descriptor": HYBRID}}, ("backbone_model",)),
    ({"type": "SeZM", "atomic_model": {"descriptor": HYBRID}}, ("atomic_model",)),
    ({"type": "zbl", "models": [{"descriptor": HYBRID}, {"type": "pairtab"}]}, ("models", 0)),
    ({"type": "linear", "models": [{"type": "pairtab"}, {"descriptor": HYBRID}]}, ("models", 1)),
]


@pytest.mark.parametrize(("tree", "place"), WRAPPED)
def test_a_component_is_found_where_a_wrapping_model_keeps_it(
    tree: dict[str, Any], place: tuple[str | int, ...]
) -> None:
    assert find_component(tree, "descriptor") == ((*place, "descriptor"), HYBRID)
    member = find_component(tree, "descriptor_hybrid_1")
    assert member == ((*place, "descriptor", "list", 1), {"type": "se_r"})
    assert find_component(tree, "descriptor_hybrid_2") is None
    assert find_component(tree, "fitting_net") is None
