# SPDX-License-Identifier: LGPL-3.0-or-later
"""Training inputs in YAML: words changed, left out, repeated."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import yaml

from fuzz import input_text
from fuzz.driver import Case
from small_inputs import FITTING, multitask, single

_WORD = re.compile(r"\"[^\"\n]*\"|[^\s\[\],:{}]+|[\[\],:{}]|\n *")
_ODD = (
    *(f'"{each}"' for each in (*input_text.REFERENCES, *input_text.NAMES)),
    *("null", "~", "true", "No", "1e-3", "6:1", "0o7", "0x1f", "1_000", ".nan", "-.inf", "1e400"),
    *("[]", "{}", "[1]", "*a", "&a", "&a [*a]", "&a {b: *a}", "*nowhere", "<<", "<<: *a", "? [a]"),
    *("!!bool x", '!!int ""', "!!timestamp x", "!!binary x", "!!set {a}", "!!python/name:os"),
    *("!!float x", "!x y", "!!omap [a: 1]", "!!str", "!!null x", "!!int '9:9'", "!!map [1]"),
    *('"\\ud800"', '"\\0"', "2026-01-01", "2026-13-41", "|", ">", "- - -", "---", "...", "%YAML 9"),
    *("\t", "@x", "`", "'", '"', "#", "-", "?", "\n", "\n  ", "\u2028", "\x85", "\ufeff", "😀"),
    *("[" * 150, "[" * 250, "{a: " * 60, "9" * 5000, "- " * 120),
    "&a [" + "*a, " * 200 + "]",
)


def corpus(folder: Path) -> list[Case]:
    """Write inputs of both kinds, in blocks and in one line, with anchors."""
    inputs = {
        "single": (single(type="standard"), False),
        "multitask": (multitask(level=1), False),
        "flow": (multitask(fitting=FITTING, branches=("water", "ice", "steam")), True),
    }
    cases = [
        Case(f"{name}.yaml", yaml.safe_dump(each, default_flow_style=flow).encode(), None)
        for name, (each, flow) in inputs.items()
    ]
    example = Path(__file__).parents[2] / "examples" / "mend" / "input.yaml"
    return [*cases, Case(example.name, example.read_bytes(), None)]


def damage(case: Case, rng: random.Random) -> bytes:
    """Change words."""
    return input_text.damage(case, rng, _WORD, _ODD)


def judge(path: Path, case: Case) -> str | None:
    """Give it to commands; compare what is read with PyYAML's safe reader."""
    return input_text.judge(path, case, _plain)


def _plain(raw: bytes) -> Any:
    try:
        return yaml.load(raw.decode("utf-8-sig"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except Exception:  # its constructors raise whatever Python does
        return None
