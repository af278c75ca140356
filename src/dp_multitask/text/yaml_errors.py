# SPDX-License-Identifier: LGPL-3.0-or-later
"""What PyYAML's parser refuses, in our words and with the place."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import yaml
from yaml import events

from dp_multitask.errors import DocumentError

Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def position(event: Any) -> tuple[int, int]:
    """Give the line and column at which an event begins, both from one."""
    return event.start_mark.line + 1, event.start_mark.column + 1


def nesting_error(name: str, most_levels: int, where: tuple[int, int] | None) -> DocumentError:
    """Say that a text nests too deep."""
    msg = f"mappings and lists nest more than {most_levels} levels deep"
    hint = "training inputs nest under ten, models under thirty"
    return DocumentError(msg, source=name, position=where, hint=hint)


def syntax_error(err: yaml.YAMLError, text: str, name: str, most_levels: int) -> DocumentError:
    """Say what the parser found wrong."""
    where, hint = None, None
    if isinstance(err, yaml.MarkedYAMLError):
        problem = err.problem or err.context or "cannot be read"
        if err.problem_mark is not None:
            where = (err.problem_mark.line + 1, err.problem_mark.column + 1)
            offset = err.problem_mark.index
            if text[offset : offset + 1] == "\t":
                hint = "indent with spaces, not tabs"
    else:
        problem = str(err).split("\n")[0]
        at = getattr(err, "position", None)
        if isinstance(at, int):
            where = (text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
    if "nesting depth" in problem:  # libyaml's own limit since 0.2.6, met while looking ahead
        with suppress(yaml.YAMLError):
            where = _first_too_deep(text, most_levels) or where
        return nesting_error(name, most_levels, where)
    msg = f"invalid YAML: {problem}"
    return DocumentError(msg, source=name, position=where, hint=hint)


def _first_too_deep(text: str, most_levels: int) -> tuple[int, int] | None:
    """Find the place with PyYAML's own parser, which has no limit and does not look ahead."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, events.CollectionStartEvent)
        depth -= isinstance(event, events.CollectionEndEvent)
        if depth > most_levels:
            return position(event)
    return None
