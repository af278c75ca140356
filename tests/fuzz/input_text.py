# SPDX-License-Identifier: LGPL-3.0-or-later
"""Training inputs as text: what commands make of a text whatever is in it.

`json_inputs` and `yaml_inputs` have the texts and damage them; here is what they share.
"""

from __future__ import annotations

import contextlib
import io
import random
import re
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import dp_multitask.modelfile.yaml  # noqa: F401 - what is no input, `show` reads as a model
from dp_multitask.cli.main import main
from dp_multitask.errors import DPMultitaskError
from dp_multitask.text.document import parse_document
from fuzz.driver import Case

REFERENCES = (
    "des",
    "des:0",
    "des:1",
    "des:-1",
    "des:1.5",
    "des:",
    ":",
    "des:999999999999999999999",
)
NAMES = ("@variables", "type", "descriptor", "fitting_net", "model_dict", "shared_dict", "_comment")

_ALWAYS = (["check", "--output-format", "json"], ["resolve"], ["show"])
_SOMETIMES = (
    ["check", "--output-format", "full"],
    ["check", "--output-format", "sarif", "--backend", "jax"],
    ["check", "--fix", "--diff"],
    ["resolve", "--format", "yaml"],
    ["resolve", "--links-only"],
    ["show", "--json"],
    ["show", "--format", "mermaid"],
    ["upgrade"],
    ["diff", "IT"],
    ["explain", "IT", "model/model_dict/water/descriptor/rcut"],
    ["split-branch", "IT", "water"],
)
_FINE = (0, 1, 2)
_BYTES = (b"\0", b"\xff", b"\xef\xbb\xbf", b"\r", b"")


def damage(case: Case, rng: random.Random, word: re.Pattern[str], odd: Sequence[str]) -> bytes:
    """Put words in the place of others, leave some out, repeat some; or change bytes."""
    text: str = case.content.decode()
    for _ in range(rng.choice((1, 1, 2, 4))):
        found = list(word.finditer(text))
        if not found:
            break
        one, other = rng.choice(found), rng.choice(found)
        put = (rng.choice(odd), rng.choice(odd), other[0], one[0] + other[0], one[0] * 2, "")
        text = text[: one.start()] + rng.choice(put) + text[one.end() :]
    raw = bytearray(text.encode(errors="surrogatepass"))
    if raw and rng.random() < 0.15:
        at = rng.randrange(len(raw))
        raw[at : at + rng.choice((0, 1))] = rng.choice(
            (b"\0", b"\xff", b"\xef\xbb\xbf", b"\r", b"")
        )
    return bytes(raw)


def judge(path: Path, case: Case, plain: Callable[[bytes], Any]) -> str | None:
    """Give it to commands, which end with an exit code; the data are those that others read.

    Parameters
    ----------
    path : Path
        The text.
    case : Case
        What it was.
    plain : callable
        What the usual reader makes of the bytes; None where it refuses them.
    """
    raw = path.read_bytes()
    chosen = (_SOMETIMES[zlib.crc32(raw) % len(_SOMETIMES)],)
    # an undamaged text has every command import what it needs, before memory is counted
    for command in (*_ALWAYS, *(_SOMETIMES if raw == case.content else chosen)):
        arguments = [str(path) if each == "IT" else each for each in command]
        if "IT" not in command or command[0] == "diff":
            arguments.append(str(path))
        code = _run(arguments)
        if code not in _FINE:
            return f"{case.name}: {' '.join(command)} ends with {code}"
    try:
        data = parse_document(raw, name=path.name).data
    except DPMultitaskError:
        return None
    expected = plain(raw)
    if expected is not None and repr(data) != repr(expected):  # repr: NaN is not equal to itself
        return f"{case.name}: other data than the usual reader's"
    return None


def _run(arguments: list[str]) -> Any:
    said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
        try:
            return main(arguments)
        except SystemExit as end:  # of argparse
            return end.code
