# SPDX-License-Identifier: LGPL-3.0-or-later
"""YAML text of a training input: its values, repeated keys, and the traps of YAML 1.1."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from dp_multitask.diagnostics import Diagnostic, Edit, Fix, Span
from dp_multitask.errors import TreePath
from dp_multitask.text.json_text import repeated_key
from dp_multitask.text.limits import MOST_FINDINGS
from dp_multitask.text.yaml_merging import TAG
from dp_multitask.text.yaml_reader import YamlReader

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\Z")
_PLAIN_INTEGER = re.compile(r"[-+]?(0|[1-9]\d*)\Z")


def parse(text: str, name: str) -> tuple[Any, list[Diagnostic]]:
    """Read YAML 1.1 as PyYAML and DeePMD-kit do, and note where that surprises people.

    Parameters
    ----------
    text : str
        The text, without a byte order mark.
    name : str
        The file's name, for errors.

    Returns
    -------
    data : object
        The values; of a key that is given twice the last one, as in DeePMD-kit.
    warnings : list of Diagnostic
        The keys that are given twice, then what YAML 1.1 reads as something else.

    Raises
    ------
    DocumentError
        As `YamlReader.read`.
    """
    reader = _InputReader(text, name)
    data = reader.read()
    return data, [*reader.repeated, *reader.traps]


class _InputReader(YamlReader):
    """Notes what a person should know."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__(text, name)
        self.repeated: list[Diagnostic] = []
        self.traps: list[Diagnostic] = []

    def met_plain(self, text: str, tag: str, event: Any) -> None:
        if tag != f"{TAG}null" and len(self.traps) < MOST_FINDINGS:
            self.traps.extend(_traps(text, tag.removeprefix(TAG), tuple(self.path), event))

    def met_repeated(self, key: str, event: Any, first: int) -> None:
        in_comment = any(str(part).startswith("_") for part in self.path)
        if not in_comment and len(self.repeated) < MOST_FINDINGS:
            self.repeated.append(repeated_key(key, tuple(self.path), _span(event), first))


def _span(event: Any) -> Span:
    start, end = event.start_mark, event.end_mark
    return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _traps(text: str, kind: str, path: TreePath, event: Any) -> Iterator[Diagnostic]:
    """Find out whether a plain scalar is read as something else than it looks like."""
    fix: Fix | None
    quoted = Fix(f"write '{text}'", (Edit.replace(path, text, spelling=f"'{text}'"),), "safe")
    if kind == "str" and _NUMBER.match(text):
        code, message = "DPM901", f"YAML 1.1 reads {text} as the text {text!r}, not as a number"
        spelling = _as_yaml_float(text)
        hint = f"write {spelling}, or '{text}' if text is meant"
        fix = _respelt(path, float(text), spelling)
    elif kind == "bool" and text.lower() not in ("true", "false"):
        meant = "true" if text.lower() in ("yes", "on") else "false"
        code, message = "DPM902", f"YAML 1.1 reads {text} as {meant}"
        hint = f"write '{text}' if text is meant, or {meant}"
        # in a list it is a name, such as nobelium's; behind a key the switch that it reads as
        in_list = isinstance(path[-1], int) if path else False
        fix = quoted if in_list else _respelt(path, meant == "true", meant)
    elif kind in ("int", "float") and ":" in text:
        value = 0.0
        for part in text.lstrip("+-").replace("_", "").split(":"):
            value = value * 60 + float(part)
        shown = f"{-value if text[0] == '-' else value:g}"
        code, message = "DPM903", f"YAML 1.1 reads {text} as the base-60 number {shown}"
        hint = f"write '{text}' if a reference or other text is meant"
        fix = quoted
    elif kind == "int" and not _PLAIN_INTEGER.match(text):
        code, message = "DPM904", f"YAML 1.1 reads {text} as an integer in another notation"
        hint = f"write the decimal number, or '{text}' if text is meant"
        value = yaml.safe_load(text)
        fix = None if text.lstrip("+-")[:1] == "0" else _respelt(path, value, str(value))
    else:
        return
    if not path:
        fix = None
    yield Diagnostic(code, "warning", path, _span(event), message, hint, fix)


def _respelt(path: TreePath, value: Any, spelling: str) -> Fix:
    return Fix(f"write {spelling}", (Edit.replace(path, value, spelling=spelling),), "safe")


def _as_yaml_float(text: str) -> str:
    mantissa, _, exponent = text.lower().partition("e")
    if "." not in mantissa:
        mantissa += ".0"
    return f"{mantissa}e{exponent if exponent[:1] in '+-' else '+' + exponent}"
