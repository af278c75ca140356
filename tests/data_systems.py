# SPDX-License-Identifier: LGPL-3.0-or-later
"""Small systems of training data, in folders and in HDF5 files, and inputs that name them."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from small_inputs import single

FRAMES = 3
TYPES = "001011"
ATOMS = len(TYPES)


def arrays_of(atoms: int = ATOMS, frames: int = FRAMES) -> dict[str, np.ndarray]:
    """Give random atoms in a box of 6 Angstrom, with random energies, forces and virials."""
    rng = np.random.default_rng(1)
    return {
        "coord": rng.uniform(0, 6, (frames, atoms * 3)),
        "box": np.tile(np.eye(3).ravel() * 6, (frames, 1)),
        "energy": rng.normal(size=(frames, 1)),
        "force": rng.normal(size=(frames, atoms * 3)),
        "virial": rng.normal(size=(frames, 9)),
    }


def write_system(
    folder: Path,
    *,
    types: str = "\n".join(TYPES),
    type_map: str | None = "O\nH\n",
    sets: Sequence[str] = ("set.000",),
    without: Sequence[str] = (),
    **extra: Any,
) -> Path:
    """Write a system; `extra` arrays are added or put in the place of the usual ones."""
    folder.mkdir(parents=True)
    (folder / "type.raw").write_text(types)
    if type_map is not None:
        (folder / "type_map.raw").write_text(type_map)
    for name in sets:
        (folder / name).mkdir()
        for label, array in {**arrays_of(), **extra}.items():
            if label not in without:
                np.save(folder / name / f"{label}.npy", array)
    return folder


def write_hdf5(file: Path, group: str = "g", without: Sequence[str] = ()) -> Path:
    """Write the same into a group of an HDF5 file."""
    with h5py.File(file, "w") as opened:
        system = opened.require_group(group)
        system["type.raw"] = np.array([int(each) for each in TYPES])
        system["type_map.raw"] = np.array(["O", "H"], dtype="S")
        for label, array in arrays_of().items():
            if label not in without:
                system[f"set.000/{label}.npy"] = array
    return file


def input_of(
    systems: Any = ("sys",), *, fitting: Any = None, loss: Any = None, training: Any = None,
    data: Any = None, **model: Any,
) -> dict[str, Any]:  # fmt: skip
    """Give an input of one model on these systems, whose loss has energies, forces and virials."""
    config = single(**model)
    config["model"]["fitting_net"] = {"neuron": [4]} | (fitting or {})
    config["loss"] = {"start_pref_v": 1, "limit_pref_v": 1} if loss is None else copy.deepcopy(loss)
    named = systems if isinstance(systems, str) else list(systems)
    config["training"]["training_data"] = {"systems": named, "batch_size": 1} | (data or {})
    config["training"] |= {"numb_steps": 2, "disp_freq": 1, "seed": 1} | (training or {})
    return config
