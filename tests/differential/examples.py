# SPDX-License-Identifier: LGPL-3.0-or-later
"""The example inputs of a DeePMD-kit checkout: what `check` says, and what training does.

Each is checked for the backend that it is for, with the data that the checkout has; those of the
PyTorch backend take two steps::

    PYTHONPATH=src:tests python -m differential.examples ~/deepmd-kit

prints a line of JSON for each; of the inputs whose paths begin with one of more arguments, if there
are any.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from differential import training
from differential.verdicts import said

FOR_TENSORFLOW = (
    *("dprc/", "fparam/train/input_aparam.json", "nopbc/mixed/", "spin/se_e2_a/input_tf.json"),
    *("water/d3/input.json", "water/dplr/", "water/linear/input.json", "water/se_e2_a_tebd/"),
    *("water/ipi/", "zinc_protein/", "nvnmd/"),
)
"""What the paths of inputs begin with that another backend than TensorFlow cannot train."""


SECONDS = 3600
"""How long two steps may take: the examples are whole models."""


class Example(NamedTuple):
    """An input, and what became of it.

    Attributes
    ----------
    name : str
        Its path in the folder ``examples``.
    backend : str
        The backend that it is for.
    refused : str or None
        What DeePMD-kit's argument check says.
    errors : tuple of str
        What ``check --paths`` says.
    failure : str or None
        What training stopped with; None if it did not, or was not tried.
    trained : bool
        Whether training was tried.
    """

    name: str
    backend: str
    refused: str | None
    errors: tuple[str, ...]
    failure: str | None
    trained: bool


def examples(checkout: Path, beginnings: tuple[str, ...] = ("",)) -> Iterator[Example]:
    """Judge the inputs of a checkout whose paths begin with one of these.

    Parameters
    ----------
    checkout : Path
        The folder in which ``examples`` is.
    beginnings : tuple of str
        By default every path has one.
    """
    training.prepare()
    root = checkout / "examples"
    for file in sorted(root.rglob("*.json")):
        name = file.relative_to(root).as_posix()
        config = json.loads(file.read_text()) if name.startswith(beginnings) else None
        if isinstance(config, dict) and "model" in config and "training" in config:
            yield _judged(file, name, config)


def examples_elsewhere(checkout: Path) -> list[Example]:
    """Judge the inputs in a process of its own, in which DeePMD-kit is patched."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "differential.examples", str(checkout)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return [Example(**json.loads(line)) for line in done.stdout.splitlines()]


def _judged(file: Path, name: str, config: dict[str, Any]) -> Example:
    backend = "tf" if name.startswith(FOR_TENSORFLOW) else "pt"
    errors = said(config, file.parent, backend=backend)
    refused = training.refusal(config)
    if backend != "pt" or refused is not None:
        return Example(name, backend, refused, errors, None, trained=False)
    with tempfile.TemporaryDirectory() as folder:
        try:
            quick = _with_less_statistics(_absolute(config, file.parent))
            failure = training.failure(quick, Path(folder) / "run", seconds=SECONDS)
        except training.TooSlowError:
            return Example(name, backend, refused, errors, None, trained=False)
    return Example(name, backend, refused, errors, failure, trained=True)


def _with_less_statistics(config: dict[str, Any]) -> dict[str, Any]:
    """Fit the statistics to one batch of each system, not to ten."""
    model = config["model"]
    for each in model.get("model_dict", {"": model}).values():
        each["data_stat_nbatch"] = 1
    return config


def _absolute(value: Any, folder: Path, key: Any = None) -> Any:
    """Let the systems and tables of an input be found from another folder."""
    if isinstance(value, dict):
        return {name: _absolute(below, folder, name) for name, below in value.items()}
    if key in ("systems", "tab_file", "use_srtab"):
        if isinstance(value, list):
            return [_absolute(each, folder, key) for each in value]
        return str(folder / value)
    if isinstance(value, list):
        return [_absolute(each, folder) for each in value]
    return copy.deepcopy(value)


if __name__ == "__main__":
    folder = Path(sys.argv[1]).expanduser().resolve()
    for example in examples(folder, tuple(sys.argv[2:]) or ("",)):
        print(json.dumps(example._asdict()), flush=True)
