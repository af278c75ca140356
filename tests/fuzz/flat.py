# SPDX-License-Identifier: LGPL-3.0-or-later
"""Flat files as DeePMD-kit writes them, of every version of HDF5: no checksum to begin with."""

from __future__ import annotations

import json
import random
import struct
from pathlib import Path
from typing import Any

import h5py
import numpy as np

import dp_multitask
from dp_multitask.errors import DPMultitaskError
from fuzz.driver import Case
from fuzz.referee import Referee, as_plain

_FROZEN = Path(__file__).parents[1] / "data" / "models" / "water_se_e2_a" / "model_1.deepmd-kit.dp"
_referee = Referee()


def corpus(folder: Path) -> list[Case]:
    """Make files of both kinds of structure, and take one that DeePMD-kit wrote."""
    cases = [Case("deepmd-kit.dp", _FROZEN.read_bytes(), None)]
    for libver in ("earliest", "v110"):
        for count in (3, 40):
            path = folder / f"{libver}-{count}.dp"
            names: dict[str, Any] = {}
            with h5py.File(path, "w", libver=libver) as file:
                for number in range(count):
                    kind = ("f8", "f4", "i4", "?")[number % 4]
                    file[f"variable_{number:04d}"] = np.arange(number + 1).astype(kind)
                    names[str(number)] = f"/variable_{number:04d}"
                file.attrs["json"] = json.dumps({"model": {"@variables": names}})
            cases.append(Case(path.name, path.read_bytes(), None))
    return cases


def damage(case: Case, rng: random.Random) -> bytes:
    """Change bytes and numbers, most of them near what is structure."""
    content = bytearray(case.content)
    marks = [0]
    for signature in (b"TREE", b"SNOD", b"HEAP", b"GCOL", b"OHDR", b"OCHK", b"FRHP", b"BTHD"):
        at = content.find(signature)
        while at >= 0:
            marks.append(at)
            at = content.find(signature, at + 1)
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = min(rng.choice(marks) + rng.randrange(600), len(content) - 9)
        if rng.random() < 0.5:
            content[at] = rng.choice((0, 1, 255, rng.randrange(256)))
        else:
            number = rng.choice((0, 1, 2**64 - 1, 2**63, len(content), *(rng.choice(marks),) * 4))
            width = rng.choice((1, 2, 4, 8, 8))
            content[at : at + width] = struct.pack("<Q", number)[:width]
    return bytes(content)


def judge(path: Path, case: Case) -> str | None:
    """Read it; what is read is what the HDF5 library reads, where it reads it."""
    try:
        loaded = dp_multitask.load_model(path)
    except DPMultitaskError:
        loaded = None
    if loaded is not None:
        is_read, tree = _referee.read(path)
        if is_read and as_plain(loaded) != tree:
            return f"{case.name}: other values than HDF5's"
    dp_multitask.verify_model(path)
    return None
