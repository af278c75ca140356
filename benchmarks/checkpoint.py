# SPDX-License-Identifier: LGPL-3.0-or-later
"""One branch out of a training checkpoint, against the ways through PyTorch and DeePMD-kit.

1. 8 branches: ``split-branch`` as a command, against a process that loads the checkpoint, builds
   the branch with DeePMD-kit and serialises it. At least 20 times as fast.
2. 31 and 100 branches that share ten million parameters: ``show`` and ``split-branch``, against
   ``torch.load`` alone; seconds and the most memory of each process.

Needs DeePMD-kit 3.2.0 with PyTorch. Run it as ``python benchmarks/checkpoint.py [BRANCHES ...]``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from timing import command_environment, format_seconds, print_table

ROUNDS = 3

THROUGH_DEEPMD_KIT = """
import sys, torch
from deepmd.pt.model.model import get_model
from deepmd.dpmodel.utils.serialization import save_dp_model
source, branch, target = sys.argv[1:]
state = torch.load(source, map_location="cpu", weights_only=True)["model"]
params = state["_extra_state"]["model_params"]["model_dict"][branch]
model = get_model(params)
prefix = f"model.{branch}."
own = {k[len(prefix):]: v for k, v in state.items() if k.startswith(prefix)}
model.load_state_dict(own)
save_dp_model(target, {"model": model.serialize(), "model_def_script": params, "@variables": {}})
"""
# in a process of its own: a child's peak of memory counts from what its parent has
WRITE = """
import sys
from bridge import write_checkpoint
path, count, axis, *neuron = sys.argv[1:]
write_checkpoint(path, int(count), neuron=list(map(int, neuron)), axis_neuron=int(axis))
"""
LOAD_ALONE = """
import sys, torch
torch.load(sys.argv[1], map_location="cpu", weights_only=True)
"""


def measure(command: list[str]) -> tuple[float, float]:
    """Run a command; give its seconds and the most memory that it had, in MB."""
    environment = command_environment()
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        msg = f"failed with {process.returncode}: {command[:4]}"
        raise RuntimeError(msg)
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def compare(title: str, rivals: dict[str, list[str]]) -> None:
    """Run the rivals in turn and print the best of each."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in rivals}
    for _ in range(ROUNDS):
        for name, command in rivals.items():
            found[name].append(measure(command))
    slowest = max(min(seconds for seconds, _ in each) for each in found.values())
    rows = []
    for name, each in found.items():
        seconds, memory = min(s for s, _ in each), max(m for _, m in each)
        rows.append([name, format_seconds(seconds), f"{slowest / seconds:.1f}", f"{memory:.0f} MB"])
    print_table(title, ["", "best", "times as fast", "most memory"], rows)


def main() -> None:
    """Compare on checkpoints of several sizes."""
    counts = [int(each) for each in sys.argv[1:]] or [8, 31, 100]
    with tempfile.TemporaryDirectory() as folder:
        for count in counts:
            checkpoint, target = Path(folder) / f"{count}.pt", str(Path(folder) / "one.dp")
            # axis_neuron, then neuron: as users have them; ten million parameters, a small output
            sizes = [16, 25, 50, 100] if count <= 8 else [1, 256, 2048, 3072]
            write = [sys.executable, "-c", WRITE, str(checkpoint), str(count), *map(str, sizes)]
            subprocess.run(write, cwd=Path(__file__).parent, env=command_environment(), check=True)
            ours = [sys.executable, "-m", "dp_multitask"]
            branch = f"branch_{count - 1}"
            split = [*ours, "split-branch", str(checkpoint), branch, "--force", "-o", target]
            rivals = {
                "dp-multitask split-branch": split,
                "dp-multitask show": [*ours, "show", str(checkpoint)],
                "torch.load alone": [sys.executable, "-c", LOAD_ALONE, str(checkpoint)],
            }
            if count <= 8:
                through = [sys.executable, "-c", THROUGH_DEEPMD_KIT]
                rivals["through DeePMD-kit"] = [*through, str(checkpoint), branch, target]
            size = checkpoint.stat().st_size / 1e6
            compare(f"{count} branches, a checkpoint of {size:.0f} MB", rivals)
            checkpoint.unlink()


if __name__ == "__main__":
    main()
