# SPDX-License-Identifier: LGPL-3.0-or-later
"""A split branch with frame and atomic parameters, through to a TensorFlow graph.

No test of pytest's: the two halves run in two environments, for DeePMD-kit's PyTorch and TensorFlow
backends want different ones. From the top of the repository::

    # where DeePMD-kit has PyTorch, as for the interop tests
    PYTHONPATH=src:tests python tests/interop/tensorflow_placeholders.py make FOLDER
    # where pip install 'deepmd-kit[cpu]==3.2.0' 'tensorflow-cpu==2.21.*' was run
    PYTHONPATH=tests python tests/interop/tensorflow_placeholders.py check FOLDER
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import multitask_training as mt

FPARAM, APARAM = 2, 1
BRANCHES = ("water", "ice")


def make(folder: Path) -> None:
    """Train, pack and split; keep the energies that PyTorch gives."""
    from deepmd.infer import DeepPot

    from dp_multitask import load_model, save_model, split_branch
    from dp_multitask.deepmd_kit.pack import pack

    config = mt.shared_descriptor_input(folder, "se_e2_a", fparam=FPARAM, aparam=APARAM)
    checkpoint = mt.train(folder, config)
    save_model(folder / "model.dp", pack(checkpoint).tree)
    frames = inputs()
    for branch in BRANCHES:
        split_branch(folder / "model.dp", branch, folder / f"{branch}.dp")
        # TensorFlow multiplies energies by out_std, which the other backends pass over
        tree = load_model(folder / f"{branch}.dp")
        tree["model"]["@variables"]["out_std"][:] = 1.0
        save_model(folder / f"{branch}.dp", tree)
        model = DeepPot(str(checkpoint), head=branch, no_jit=True)
        energy, force, virial = model.eval(**frames)
        np.savez(folder / f"{branch}.npz", energy=energy, force=force, virial=virial)


def check(folder: Path) -> None:
    """Convert to a TensorFlow graph; compare placeholders, energies, forces and virials."""
    import tensorflow as tf
    from deepmd.entrypoints.convert_backend import convert_backend
    from deepmd.infer import DeepPot

    for branch in BRANCHES:
        graph_file = folder / f"{branch}.pb"
        convert_backend(INPUT=str(folder / f"{branch}.dp"), OUTPUT=str(graph_file))
        graph = tf.compat.v1.GraphDef()
        graph.ParseFromString(graph_file.read_bytes())
        placeholders = {node.name for node in graph.node if node.op == "Placeholder"}
        wanted = {"t_fparam", "t_aparam"}
        if not wanted <= placeholders:
            msg = f"{branch}: the graph has no placeholder {sorted(wanted - placeholders)}"
            raise SystemExit(msg)
        model = DeepPot(str(graph_file))
        dimensions = (model.get_dim_fparam(), model.get_dim_aparam())
        if dimensions != (FPARAM, APARAM):
            msg = f"{branch}: the graph takes {dimensions} parameters"
            raise SystemExit(msg)
        expected = np.load(folder / f"{branch}.npz")
        found = dict(zip(("energy", "force", "virial"), model.eval(**inputs()), strict=True))
        for name, array in found.items():
            np.testing.assert_allclose(array, expected[name], rtol=0, atol=1e-10, err_msg=name)
        apart = max(float(np.abs(array - expected[name]).max()) for name, array in found.items())
        print(f"{branch}: {sorted(wanted)} are placeholders, largest difference {apart:.1e}")


def inputs() -> dict[str, np.ndarray | list[int]]:
    """Give two frames with their parameters."""
    rng = np.random.default_rng(5)
    return {
        "coords": np.stack([mt.positions(rng).ravel() for _ in range(2)]),
        "cells": np.tile(mt.BOX.ravel(), (2, 1)),
        "atom_types": mt.ATOM_TYPES,
        "fparam": rng.normal(size=(2, FPARAM)),
        "aparam": rng.normal(size=(2, len(mt.ATOM_TYPES) * APARAM)),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("half", choices=["make", "check"])
    parser.add_argument("folder", type=Path)
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    {"make": make, "check": check}[chosen.half](chosen.folder.resolve())
