# SPDX-License-Identifier: LGPL-3.0-or-later
"""Read checkpoints in a process in which PyTorch and DeePMD-kit cannot be imported.

Called with the number of checkpoints in the current folder, ``0.pt``, ``1.pt`` ...; writes what
each holds as a pickle beside it.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

for name in ("torch", "deepmd"):
    sys.modules[name] = None  # type: ignore[assignment]

import dp_multitask  # noqa: E402

for number in range(int(sys.argv[1])):
    tree = dp_multitask.load_model(f"{number}.pt")
    Path(f"{number}.pickle").write_bytes(pickle.dumps(tree["model"]))
