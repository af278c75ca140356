# SPDX-License-Identifier: LGPL-3.0-or-later
"""Train small checkpoints with an older DeePMD-kit, and note what that release says of them.

Not part of the checks: what it makes is kept in ``tests/data/models``. Each release needs an
environment of its own, without DeePMD-kit's C++ operators::

    python3 -m venv old && old/bin/pip install torch==2.13.0
    DP_ENABLE_TENSORFLOW=0 DP_ENABLE_PYTORCH=0 \
        old/bin/pip install --no-binary deepmd-kit deepmd-kit==3.0.3
    old/bin/python tools/train_old_checkpoints.py tests/data/models/release_3.0.3

The folder gets ``multitask.pt`` and ``single.pt`` as ``dp --pt train`` leaves them, ``input.json``
of the former, and ``expected.npz``: energies, forces and virials (eV, Angstrom) of every branch.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import multitask_training as mt

STEPS = 2
FITTING: dict[str, Any] = {"neuron": [4], "seed": 1}
SEED = 5
# fewer nets: what is kept is to be small
SE_A = mt.DESCRIPTORS["se_e2_a"] | {"type_one_side": True}
HYBRID = {"type": "hybrid", "list": [SE_A | {"rcut": 3.5}, mt.DESCRIPTORS["se_e2_r"]]}


def release() -> str:
    """Give the installed DeePMD-kit's version."""
    from deepmd import __version__

    return str(__version__)


def multitask_input(folder: Path) -> dict[str, Any]:
    """Make the input of branches that share a descriptor, its type embedding, or nothing."""
    types = {"type_map": "type_map_all", "fitting_net": FITTING}
    branches: dict[str, dict[str, Any]] = {
        "water": types | {"descriptor": "des"},
        "ice": types | {"descriptor": "des"},
        "gas": types | {"descriptor": "atten"},
        "vapor": types | {"descriptor": "atten:1"},
        "dense": types | {"descriptor": mt.DESCRIPTORS["dpa2"]},
    }
    if not release().startswith("3.0."):
        branches["flow"] = types | {"descriptor": mt.DESCRIPTORS["dpa3"]}
    shared = {"des": SE_A, "atten": mt.DESCRIPTORS["se_atten"]}
    return mt.training_input(folder, branches, shared, steps=STEPS)


def single_input(folder: Path) -> dict[str, Any]:
    """Make the input of a single task whose fitting net takes one parameter a frame."""
    config = mt.training_input(folder, {"Default": {}}, {}, fparam=1, steps=STEPS)
    training = config["training"]
    training |= training.pop("data_dict")["Default"]
    del training["model_prob"]
    model = {
        "type_map": mt.TYPE_MAP,
        "descriptor": HYBRID,
        "fitting_net": FITTING | {"numb_fparam": 1},
    }
    loss = config.pop("loss_dict")["Default"]
    return {**config, "model": model, "loss": loss}


def train(folder: Path, text: str) -> Path:
    """Train an input as a user does; give the checkpoint."""
    (folder / "input.json").write_text(text)
    command = [sys.executable, "-m", "deepmd", "--pt", "train", "input.json"]
    subprocess.run(command, cwd=folder, check=True)
    return folder / f"model.ckpt-{STEPS}.pt"


def expected(checkpoint: Path, head: str | None, given: dict[str, Any]) -> dict[str, np.ndarray]:
    """Evaluate a branch with the release that trained it."""
    from deepmd.infer import DeepPot

    names = ("energy", "force", "virial")
    more = {} if head else {"fparam": given["fparam"]}
    model = DeepPot(str(checkpoint), **({"head": head} if head else {}))
    found = model.eval(given["coord"], given["box"], given["atype"], **more)
    return {
        f"{name}_{head or 'single'}": array for name, array in zip(names, found, strict=True)
    }


def main(target: str) -> None:
    """Fill a folder, which must not be there yet."""
    rng = np.random.default_rng(SEED)
    given: dict[str, Any] = {
        "coord": np.stack([mt.positions(rng).ravel() for _ in range(2)]),
        "box": np.tile(mt.BOX.ravel(), (2, 1)),
        "atype": np.array(mt.ATOM_TYPES),
        "fparam": rng.normal(size=(2, 1)),
    }
    into = Path(target)
    into.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        for name, make in (("multitask", multitask_input), ("single", single_input)):
            folder = Path(scratch) / name
            folder.mkdir()
            # the input is kept: its paths are to be relative ones
            text = json.dumps(make(folder / "data"), indent=2).replace(f"{folder}/", "")
            config = json.loads(text)
            checkpoint = train(folder, text)
            heads = config["model"].get("model_dict", {None: {}})
            for head in heads:
                given |= expected(checkpoint, head, given)
            shutil.copy(checkpoint, into / f"{name}.pt")
            if name == "multitask":
                (into / "input.json").write_text(text + "\n")
    np.savez_compressed(into / "expected.npz", **given)


if __name__ == "__main__":
    main(sys.argv[1])
