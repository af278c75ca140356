# SPDX-License-Identifier: LGPL-3.0-or-later
"""Values as text in the style of the text around them: JSON, YAML's brackets, YAML's blocks."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dp_multitask.text.marks import Format

STEP = "  "
_ONE_LINE = 2**30


def inline(value: Any, format: Format, *, like: str = "") -> str:
    """Write a value on one line; `like` is a text whose quotes are kept."""
    if format == "json":
        return _json(value)
    if isinstance(value, dict):
        pairs = (f"{_yaml(key)}: {inline(item, format)}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(inline(item, format) for item in value) + "]"
    return _yaml(value, like[:1])


def in_brackets(value: Any, format: Format, indent: str, step: str, newline: str) -> str:
    """Write a value with one key a line; lists of plain values stay on one line.

    Parameters
    ----------
    value : object
        A tree of JSON values.
    format : {"json", "yaml"}
        The format.
    indent, step : str
        The white space before the line that the value begins on, and what each level adds.
    newline : str
        The line break of the text.
    """
    deeper = indent + step
    if isinstance(value, dict) and value:
        rows: Iterable[str] = (
            f"{inline(key, format)}: {in_brackets(item, format, deeper, step, newline)}"
            for key, item in value.items()
        )
        opening, closing = "{}"
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        rows = (in_brackets(item, format, deeper, step, newline) for item in value)
        opening, closing = "[]"
    else:
        return inline(value, format)
    between = f",{newline}{deeper}"
    return f"{opening}{newline}{deeper}{between.join(rows)}{newline}{indent}{closing}"


def behind_colon(value: Any, indent: str, newline: str) -> str:
    """Write what follows the colon of a YAML block's key, whose line has the indentation."""
    if isinstance(value, dict) and value:
        deeper = indent + STEP
        rows = (
            f"{newline}{deeper}{_yaml(key)}:{behind_colon(item, deeper, newline)}"
            for key, item in value.items()
        )
        return "".join(rows)
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        deeper = indent + STEP
        return "".join(
            f"{newline}{deeper}- {behind_dash(item, deeper, newline)}" for item in value
        )
    return f" {inline(value, 'yaml')}"


def behind_dash(value: Any, indent: str, newline: str) -> str:
    """Write what follows the dash and blank of a YAML block list's item."""
    if isinstance(value, dict) and value:
        return behind_colon(value, indent, newline).lstrip()
    return inline(value, "yaml")


def shifted(text: str, by: int) -> str:
    """Indent every line but the first by more blanks, or by fewer if `by` is negative."""
    first, *rest = text.split("\n")
    return "\n".join([first, *(_shifted(line, by) for line in rest)])


def _shifted(line: str, by: int) -> str:
    if by < 0:
        return line[min(-by, len(line) - len(line.lstrip(" \t"))) :]
    return " " * by + line if line.strip() else line


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        return json.dumps(value)  # half a surrogate pair has no UTF-8 form
    return text


def _yaml(value: Any, quote: str = "") -> str:
    """Write a scalar that is read as `value` in brackets and in blocks."""
    import yaml

    from dp_multitask.text.yaml_dump import PlainDumper

    style = None
    if isinstance(value, str):
        style = '"' if "\n" in value or quote == '"' else "'" if quote == "'" else None
    text: str = yaml.dump(
        [value],
        Dumper=PlainDumper,
        allow_unicode=True,
        default_flow_style=True,
        default_style=style,
        width=_ONE_LINE,
    )
    return text.strip()[1:-1]
