# SPDX-License-Identifier: LGPL-3.0-or-later
"""How ``check`` writes what it found: one module a format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

from dp_multitask.cli.reporters.report import FileReport

REPORT_FORMATS = ("full", "concise", "json", "github", "sarif", "junit", "gitlab")

Reporter = Callable[[Sequence[FileReport], bool], str]
"""Takes the reports and whether to colour, gives the text."""


def reporter(name: str) -> Reporter:
    """Give the reporter of one of `FORMATS`."""
    found: Reporter = import_module(f"dp_multitask.cli.reporters.{name}_text").render
    return found
