# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a check has to say about an input, as plain data."""

from __future__ import annotations

from typing import Literal, NamedTuple

from dp_multitask.errors import TreePath

Severity = Literal["error", "warning"]


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
