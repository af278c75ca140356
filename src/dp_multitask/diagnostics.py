# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a check has to say about an input, as plain data."""

from __future__ import annotations

from typing import Literal, NamedTuple

from dp_multitask.errors import TreePath

Severity = Literal["error", "warning"]
Part = Literal["auto", "key", "value"]


class Span(NamedTuple):
    """A stretch of text; lines and columns count from one, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Diagnostic(NamedTuple):
    """One finding.

    Attributes
    ----------
    code : str
        Stable identifier such as ``DPM101``; ``dp-multitask explain CODE`` tells more.
    severity : {"error", "warning"}
        Errors fail a training job or make it wrong; warnings are suspicious.
    path : tuple of str or int
        The place in the config tree.
    span : Span or None
        The place in the text, when the config came from one.
    message : str
        What was found and what was expected.
    hint : str or None
        What to do about it.
    """

    code: str
    severity: Severity
    path: TreePath
    span: Span | None
    message: str
    hint: str | None = None


class Finding(NamedTuple):
    """What is wrong at one place, before it has a code.

    Attributes
    ----------
    path : tuple of str or int
        The place, from the top of the input. It may name a key that is absent.
    message : str
        What was found and what was expected.
    hint : str or None
        What to do about it.
    part : {"auto", "key", "value"}
        What to underline: the key, the value, or the key of a container and else the value.
    covers : tuple of paths
        Where the schema need not repeat the consequences, at these places and below.
    """

    path: TreePath
    message: str
    hint: str | None = None
    part: Part = "auto"
    covers: tuple[TreePath, ...] = ()
