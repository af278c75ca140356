# SPDX-License-Identifier: LGPL-3.0-or-later
"""Training inputs in JSON: words changed, left out, repeated."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

from fuzz import input_text
from fuzz.driver import Case
from small_inputs import FITTING, multitask, single

_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|[-+.\w]+|[\[\]{},:]')
_ODD = (
    *(json.dumps(each) for each in (*input_text.REFERENCES, *input_text.NAMES)),
    *("null", "true", "[]", "{}", "-1", "0", "1.5", "1e400", "1E-3", "-0", "NaN", "-Infinity"),
    *('"auto:32"', '""', '"\\ud800"', '"\\u0000"', '"a/b"', '"~"', "'x'", "// note\n", "/* x */"),
    *("9" * 5000, "1" + "0" * 30, "[" * 150, "[" * 250, '{"a":' * 150, "]" * 3, ",", ":", "\\"),
    '"x": 1,' * 3,
)


def corpus(folder: Path) -> list[Case]:
    """Write inputs of both kinds, laid out in two ways."""
    data = Path(__file__).parents[1] / "data" / "inputs"
    inputs = {
        "single": single(type="standard"),
        "multitask": multitask(level=1),
        "shared-fitting": multitask(fitting=FITTING, branches=("water", "ice", "steam")),
    }
    cases = [
        Case(f"{name}.json", json.dumps(each, indent=indent).encode(), None)
        for indent, (name, each) in zip((2, 4, None), inputs.items(), strict=True)
    ]
    smallest = min(data.glob("*.json"), key=lambda path: path.stat().st_size)
    return [*cases, Case(smallest.name, smallest.read_bytes(), None)]


def damage(case: Case, rng: random.Random) -> bytes:
    """Change words."""
    return input_text.damage(case, rng, _WORD, _ODD)


def judge(path: Path, case: Case) -> str | None:
    """Give it to commands; compare what is read with Python's reader."""
    return input_text.judge(path, case, _plain)


def _plain(raw: bytes) -> Any:
    try:
        return json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
