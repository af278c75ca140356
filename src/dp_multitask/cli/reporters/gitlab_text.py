# SPDX-License-Identifier: LGPL-3.0-or-later
"""GitLab's code quality report, a subset of Code Climate's, shown in merge requests."""

from __future__ import annotations

import json
from collections.abc import Sequence

from dp_multitask.cli.output import printable
from dp_multitask.cli.reporters.report import FileReport, fingerprints

_SEVERITIES = {"error": "major", "warning": "minor"}


def render(reports: Sequence[FileReport], coloured: bool) -> str:
    """Write a list with an entry a finding; never coloured."""
    entries = []
    for report in reports:
        for each, mark in zip(report.findings, fingerprints(report), strict=True):
            hint = f" ({each.hint})" if each.hint else ""
            entries.append(
                {
                    "description": printable(f"{each.code}: {each.message}{hint}"),
                    "check_name": each.code,
                    "fingerprint": mark,
                    "severity": _SEVERITIES[each.severity],
                    "location": {
                        # GitLab matches paths as they stand in the repository
                        "path": printable(report.name.removeprefix("./")),
                        "lines": {"begin": each.span.line if each.span else 1},
                    },
                }
            )
    return json.dumps(entries, indent=2) + "\n"
