# SPDX-License-Identifier: LGPL-3.0-or-later
"""Packing a trained model, against what DeePMD-kit alone needs for it.

1. In one process: `pack` and saving, against loading the checkpoint and serialising every branch
   with DeePMD-kit. The file should cost at most 0.3 of the work that is DeePMD-kit's own.
2. As commands: ``dp-multitask pack``, against ``dp --pt freeze`` and ``dp convert-backend`` for
   every branch, the way to native files today. At least five times as fast on eight branches.

Needs DeePMD-kit 3.2.0 with PyTorch. Run it as ``python benchmarks/bridge.py [BRANCHES]``.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

from timing import SOURCE_FOLDER, format_seconds, print_table, python, time_commands, time_functions

sys.path.insert(0, str(SOURCE_FOLDER))

DESCRIPTOR = {
    "type": "se_atten",
    "sel": 120,
    "rcut": 6.0,
    "rcut_smth": 0.5,
    "neuron": [25, 50, 100],
    "axis_neuron": 16,
    "attn": 128,
    "attn_layer": 2,
    "seed": 1,
}
FITTING = {"type": "ener", "neuron": [240, 240, 240], "seed": 1}


def write_checkpoint(path: Path, count: int, **keys: Any) -> None:
    """Write a checkpoint of branches that share their descriptor, as a training job does."""
    import torch
    from deepmd.pt.model.model import get_model

    descriptor = DESCRIPTOR | keys
    branch = {"type_map": ["O", "H"], "descriptor": descriptor, "fitting_net": FITTING}
    names = [f"branch_{number}" for number in range(count)]
    params = {"shared_dict": {"des": descriptor}, "model_dict": dict.fromkeys(names, branch)}
    held = get_model(_copy(branch)).state_dict().items()
    state: dict[str, Any] = {
        f"model.{name}.{key}": tensor if ".descriptor." in key else tensor.clone()
        for name in names
        for key, tensor in held
    }
    state["_extra_state"] = {"model_params": params, "train_infos": {"lr": 1e-3, "step": 1}}
    torch.save({"model": state, "optimizer": {}}, path)


def serialise_with_deepmd_kit(path: Path) -> list[dict[str, Any]]:
    """Load and serialise every branch as DeePMD-kit does for a single one."""
    import torch
    from deepmd.pt.model.model import get_model

    state = torch.load(path, map_location="cpu", weights_only=True)["model"]
    trees = []
    for name, params in state["_extra_state"]["model_params"]["model_dict"].items():
        model = get_model(_copy(params))
        prefix = f"model.{name}."
        own = {key[len(prefix) :]: held for key, held in state.items() if key.startswith(prefix)}
        model.load_state_dict(own)
        trees.append(model.serialize())
    return trees


def _copy(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _copy(value) for key, value in node.items()}
    return [_copy(value) for value in node] if isinstance(node, list) else node


def freeze_and_convert(path: Path, count: int) -> list[str]:
    """Give one shell command that makes a native file of every branch with DeePMD-kit."""
    dp = f"{sys.executable} -m deepmd"
    steps = []
    for number in range(count):
        made = path.parent / f"branch_{number}"
        steps.append(f"{dp} --pt freeze -c {path} --head branch_{number} -o {made}.pth")
        steps.append(f"{dp} convert-backend {made}.pth {made}.dp")
    return ["sh", "-ec", "\n".join(steps)]


def main() -> None:
    """Time both and print the tables."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    from dp_multitask import save_model
    from dp_multitask.deepmd_kit.pack import pack

    with tempfile.TemporaryDirectory() as folder:
        checkpoint, file = Path(folder) / "model.pt", Path(folder) / "model.dp"
        write_checkpoint(checkpoint, count)
        inside = time_functions(
            {
                "DeePMD-kit: load, serialise": lambda: serialise_with_deepmd_kit(checkpoint),
                "dp-multitask: pack, save": lambda: save_model(file, pack(checkpoint).tree),
            },
            rounds=5,
        )
        outside = time_commands(
            {
                "dp freeze, dp convert-backend": freeze_and_convert(checkpoint, count),
                "dp-multitask pack": python(
                    *("-m", "dp_multitask", "pack", str(checkpoint), "--force", "-o", str(file))
                ),
            },
            rounds=1,
            warm_up=0,
        )
        sizes = [(Path(folder) / f"branch_{i}.dp").stat().st_size for i in range(count)]
        print(f"{count} branches: one file of {file.stat().st_size / 1e6:.1f} MB, ", end="")
        print(f"separate files of {sum(sizes) / 1e6:.1f} MB\n")
    for title, timings in (("in one process", inside), ("as commands", outside)):
        names = list(timings.seconds)
        rows = [
            [name, format_seconds(timings.median(name)), f"{timings.ratio(name, names[0]):.2f}"]
            for name in names
        ]
        print_table(title, ["", "median", "of the first"], rows)


if __name__ == "__main__":
    main()
