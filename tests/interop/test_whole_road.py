# SPDX-License-Identifier: LGPL-3.0-or-later
"""A multitask model's whole life with a real DeePMD-kit: trained, packed, split, used, resumed.

Every descriptor that DeePMD-kit's PyTorch backend shares takes the whole road.
"""

from __future__ import annotations

import json
from collections.abc import Hashable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import multitask_training as mt
from dp_multitask import (
    check,
    load_model,
    preprocess_shared_params,
    save_model,
    split_branch,
    verify_model,
)
from dp_multitask.deepmd_kit.pack import pack
from dp_multitask.deepmd_kit.unpack import unpack
from dp_multitask.errors import CheckpointError
from dp_multitask.modelfile.tree import iter_variables
from torch_checkpoint import load_with_pytorch
from tree_comparison import differences

pytestmark = [
    pytest.mark.interop,
    # DeePMD-kit, PyTorch and JAX warn of things that are none of ours
    pytest.mark.filterwarnings("ignore"),
]

pytest.importorskip("deepmd", reason="needs DeePMD-kit, which trains and evaluates the models")
torch = pytest.importorskip("torch", reason="needs PyTorch, whose checkpoints are packed")

needs_jax = pytest.mark.skipif(find_spec("jax") is None, reason="needs JAX")
needs_vesin = pytest.mark.skipif(
    find_spec("vesin") is None or find_spec("vesin_torch") is None,
    reason="dpa4 needs vesin and vesin-torch for its neighbour list",
)

STEPS = 3
CASES: dict[str, tuple[str, dict[str, int]]] = {
    **{name: (name, {}) for name in mt.DESCRIPTORS},
    "fparam": ("se_e2_a", {"fparam": 2}),
    "aparam": ("se_atten", {"aparam": 1}),
}


class Road(NamedTuple):
    """A trained model and its model file."""

    name: str
    folder: Path
    input: dict[str, Any]
    checkpoint: Path
    file: Path
    options: dict[str, int]

    @property
    def branches(self) -> list[str]:
        return list(self.input["model"]["model_dict"])


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=needs_vesin if name == "dpa4" else ()) for name in CASES],
)
def road(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Road:
    descriptor, options = CASES[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    config = mt.shared_descriptor_input(folder, descriptor, **options)
    checkpoint = mt.train(folder, config)
    file = folder / "model.dp"
    packed = pack(checkpoint)
    assert packed.warnings == []
    save_model(file, packed.tree)
    return Road(request.param, folder, config, checkpoint, file, options)


def evaluated(file: Path, road: Road, **options: Any) -> list[np.ndarray]:
    """Give energy, force and virial of two frames, from DeePMD-kit."""
    from deepmd.infer import DeepPot

    rng = np.random.default_rng(3)
    coordinates = np.stack([mt.positions(rng).ravel() for _ in range(2)])
    natoms = len(mt.ATOM_TYPES)
    more = {
        "fparam": rng.normal(size=(2, road.options.get("fparam", 0))),
        "aparam": rng.normal(size=(2, natoms, road.options.get("aparam", 0))),
    }
    more = {key: array for key, array in more.items() if array.size}
    model = DeepPot(str(file), **options)
    return model.eval(coordinates, np.tile(mt.BOX.ravel(), (2, 1)), mt.ATOM_TYPES, **more)


def assert_same_physics(found: list[np.ndarray], expected: list[np.ndarray], road: Road) -> None:
    tolerance = {"rtol": 0, "atol": 1e-10}
    if road.name == "float32":
        tolerance = {"rtol": 1e-5, "atol": 1e-6}
    for one, other, what in zip(found, expected, ("energy", "force", "virial"), strict=True):
        np.testing.assert_allclose(one, other, **tolerance, err_msg=what)
    assert np.ptp(expected[1]) > 0  # all-zero forces would equal anything's


def variables(tree: dict[str, Any]) -> dict[tuple[Any, ...], Any]:
    return dict(iter_variables(tree["model"]))


def parts(identities: dict[str, Hashable]) -> set[tuple[str, ...]]:
    """Give the sets of tensors that are one."""
    groups: dict[Hashable, list[str]] = {}
    for name, identity in identities.items():
        groups.setdefault(identity, []).append(name)
    return {tuple(sorted(group)) for group in groups.values()}


def test_the_input_has_no_errors(road: Road) -> None:
    assert [each for each in check(road.input) if each.severity == "error"] == []


def test_links_are_found_again_from_the_stored_tensors(road: Road) -> None:
    _, links = preprocess_shared_params(road.input["model"])
    assert load_model(road.file)["shared_links"] == links


def test_the_file_is_whole_and_stores_shared_variables_once(road: Road) -> None:
    assert verify_model(road.file) == []
    alone = 0
    for branch in road.branches:
        split_branch(road.file, branch, road.folder / "alone.dp")
        arrays = variables(load_model(road.folder / "alone.dp")).values()
        alone += sum(np.asarray(array).nbytes for array in arrays)
    together = {id(array): array for array in variables(load_model(road.file)).values()}
    assert sum(np.asarray(array).nbytes for array in together.values()) < alone


def test_the_file_keeps_what_the_checkpoint_says(road: Road) -> None:
    tree = load_model(road.file)
    held = load_with_pytorch(road.checkpoint)
    assert tree["model_def_script"] == held.params
    assert tree["train_infos"] == held.train_infos
    assert list(tree["model"]["model_dict"]) == road.branches
    for branch in road.branches:
        params = tree["model_def_script"]["model_dict"][branch]
        assert params["info"]["observed_type"] == ["H", "O"]
        distance = tree["branches"][branch]["@variables"]["min_nbor_dist"]
        assert distance == held.state[f"model.{branch}.min_nbor_dist"].item()


def test_split_branches_give_the_checkpoints_energies(road: Road) -> None:
    from deepmd.entrypoints.convert_backend import convert_backend

    for branch in road.branches:
        expected = evaluated(road.checkpoint, road, head=branch, no_jit=True)
        single = road.folder / f"{branch}.dp"
        split_branch(road.checkpoint, branch, single)
        stored = load_model(road.file, branch)["model"]
        assert differences(load_model(single)["model"], stored) == []
        resumed = road.folder / f"{branch}.pt"
        unpack(load_model(single), resumed)
        assert_same_physics(evaluated(resumed, road, no_jit=True), expected, road)
        if road.name == "dpa4":  # its PyTorch form cannot be scripted
            continue
        frozen = road.folder / f"{branch}.pth"
        convert_backend(INPUT=str(single), OUTPUT=str(frozen))
        assert_same_physics(evaluated(frozen, road), expected, road)


def test_unpacking_gives_the_checkpoint_back_bit_for_bit(road: Road) -> None:
    made = road.folder / "unpacked.pt"
    unpack(load_model(road.file), made)
    old, new = load_with_pytorch(road.checkpoint), load_with_pytorch(made)
    assert list(new.state) == list(old.state)
    for name, tensor in old.state.items():
        assert new.state[name].dtype == tensor.dtype, name
        assert torch.equal(new.state[name], tensor), name
    assert (new.params, new.train_infos) == (old.params, old.train_infos)
    # se_e2_r: a resumed job gives every branch statistics of its own
    differ = {name for group in parts(old.identities()) ^ parts(new.identities()) for name in group}
    own = (".mean", ".stddev") if road.name in ("se_e2_r", "hybrid") else ()
    assert {name for name in differ if not name.endswith(own)} == set()


def test_training_resumes_from_the_model_file(road: Road) -> None:
    made = road.folder / "resume.pt"
    unpack(load_model(road.file), made)
    road.input["training"]["numb_steps"] = STEPS + 2
    rows = {}
    for start in (road.checkpoint, made):
        folder = road.folder / f"from_{start.stem}"
        mt.train(folder, road.input, restart=start)
        rows[start] = mt.losses(folder)
    first, second = (found[0] for found in rows.values())
    assert first == second
    assert len(rows[made]) > 1
    assert np.isfinite(rows[made]).all()


@needs_jax
def test_jax_checkpoints_keep_every_array(road: Road) -> None:
    tree = load_model(road.file)
    made = road.folder / "model.jax"
    if road.name == "dpa4":
        with pytest.raises(CheckpointError, match="does not take this model"):
            unpack(tree, made)
        assert not made.exists()
        assert not list(road.folder.glob(".unpack-*"))
        return
    unpack(tree, made)
    again = pack(made).tree
    save_model(road.folder / "again.dp", again)
    back = load_model(road.folder / "again.dp")
    assert verify_model(road.folder / "again.dp") == []
    old, new = variables(tree), variables(back)
    assert list(old) == list(new)
    for path, array in old.items():
        # the JAX backend zeroes the embedding nets of pairs that se_e3 never looks up
        if road.name == "se_e3" and "embeddings" in path and not np.any(new[path]):
            assert path[path.index("networks") + 1] in (1, 2, 5)
            continue
        np.testing.assert_array_equal(array, new[path], strict=True, err_msg=str(path))
    for key in ("shared_links", "branches", "train_infos", "model_def_script"):
        assert json.dumps(back[key], sort_keys=True) == json.dumps(tree[key], sort_keys=True)
