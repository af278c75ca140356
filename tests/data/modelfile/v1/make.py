# SPDX-License-Identifier: LGPL-3.0-or-later
"""Write the files of format version 1 that a test reads back for ever.

Run it when the way of writing changes, with the names of files that are not there yet: files once
written stay. ``single.dp`` and ``multitask.dp`` were laid out by HDF5 2.0 with its 1.10 format.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

import numpy as np

import dp_multitask
from model_trees import multitask, single

HERE = Path(__file__).parent

if __name__ == "__main__":
    payload = single(aliases=("H2O",))
    payload["model"]["@variables"] |= {
        "half": np.array([0.5, np.nan], "f2"),
        "empty": np.zeros((0, 3), "f4"),
        "flags": np.array([[True, False]]),
        "0-d": np.array(7, "u8"),
        "list": [np.arange(3, dtype="i4"), None, {"a/b": np.ones(2, "f4")}],
        "python": [True, 3, 0.1],
        "numpy": np.float32(0.1),
    }
    branches = multitask()
    branches["model_def_script"]["model_dict"]["ice"]["note"] = "more than a header holds " * 2600
    trees = {"single_direct.dp": payload, "multitask_direct.dp": branches}
    sys.path.insert(0, str(HERE.parents[2] / "unit" / "modelfile"))
    import json

    from test_format_v1 import as_text

    for name in sys.argv[1:]:
        dp_multitask.save_model(HERE / name, trees[name])
        text = json.dumps(as_text(dp_multitask.load_model(HERE / name)), indent=1)
        (HERE / f"{name}.json").write_text(text + "\n")
