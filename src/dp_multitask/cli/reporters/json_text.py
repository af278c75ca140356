# SPDX-License-Identifier: LGPL-3.0-or-later
"""The findings as JSON, for programs; the form is documented in ``docs/check.md``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dp_multitask.cli.reporters.report import FileReport, count
from dp_multitask.diagnostics import Diagnostic, Edit, Fix

FORMAT_VERSION = 1


def render(reports: Sequence[FileReport], coloured: bool) -> str:
    """Write one JSON object; never coloured."""
    result = {
        "version": FORMAT_VERSION,
        "errors": count(reports, "error"),
        "warnings": count(reports, "warning"),
        "files": [
            {
                "file": report.name,
                "failure": None if report.failure is None else report.failure.message,
                "findings": [_as_json(each) for each in report.findings],
                "fixed": [_as_json(each) for each in report.mended.applied]
                if report.mended
                else [],
            }
            for report in reports
        ],
    }
    return json.dumps(result, indent=2) + "\n"


def _as_json(finding: Diagnostic) -> dict[str, Any]:
    span = finding.span
    return {
        "code": finding.code,
        "severity": finding.severity,
        "path": [part if isinstance(part, int) else str(part) for part in finding.path],
        "line": span and span.line,
        "column": span and span.column,
        "end_line": span and span.end_line,
        "end_column": span and span.end_column,
        "message": finding.message,
        "hint": finding.hint or None,
        "fix": None if finding.fix is None else _fix_as_json(finding.fix),
    }


def _fix_as_json(fix: Fix) -> dict[str, Any]:
    return {
        "title": fix.title,
        "safety": fix.safety,
        "edits": [_edit_as_json(each) for each in fix.edits],
    }


def _edit_as_json(edit: Edit) -> dict[str, Any]:
    written: dict[str, Any] = {"kind": edit.kind, "path": list(edit.path)}
    if edit.kind in ("replace", "insert"):
        written["value"] = edit.value
    if edit.key is not None:
        written["after" if edit.kind == "insert" else "key"] = edit.key
    if edit.target:
        written["target"] = list(edit.target)
    return written
