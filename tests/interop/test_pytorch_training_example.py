# SPDX-License-Identifier: LGPL-3.0-or-later
"""The training example does what its README says, where PyTorch is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.interop

pytest.importorskip("torch", reason="the example trains with PyTorch")

TRAINING = Path(__file__).parents[2] / "examples" / "pytorch_training" / "train.py"

AFTER_TRAINING = """\
water and ice: descriptor.type_embedding identical
water and ice: descriptor.embedding_net identical
water and ice: fitting_net identical
water and organic: descriptor.type_embedding identical
water and organic: descriptor.embedding_net different
water and organic: fitting_net different
ice and organic: descriptor.type_embedding identical
ice and organic: descriptor.embedding_net different
ice and organic: fitting_net different
"""


def run_training(*launcher: str) -> str:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, *launcher, str(TRAINING)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        # PyTorch's gloo threads now and then abort a process that is through and leaves
        if "terminate called without an active exception" not in done.stderr:
            break
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_shared_parameters_stay_identical_and_the_loss_falls():
    output = run_training()
    assert output.endswith(AFTER_TRAINING)
    first, last = (
        float(line.rpartition(" ")[2]) for line in output.splitlines() if line.startswith("step")
    )
    assert last < first / 5


def test_two_processes_resolve_the_same_links_and_train_the_same_parameters():
    output = run_training("-m", "torch.distributed.run", "--nproc-per-node", "2")
    assert output.endswith("2 ranks: same links, same parameters\n" + AFTER_TRAINING)
