# SPDX-License-Identifier: LGPL-3.0-or-later
"""SARIF 2.1.0 (OASIS), which code hosts show as alerts beside the lines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dp_multitask.cli.output import printable
from dp_multitask.cli.reporters.report import FileReport, fingerprints
from dp_multitask.diagnostics import Diagnostic, Span
from dp_multitask.errors import format_path

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(reports: Sequence[FileReport], coloured: bool) -> str:
    """Write one run with a result a finding; never coloured."""
    from dp_multitask import __version__
    from dp_multitask.checks.codes import all_codes

    codes = all_codes()
    used = sorted({each.code for report in reports for each in report.findings})
    rules = [
        {
            "id": code,
            "shortDescription": {"text": codes[code].title},
            "help": {"text": codes[code].explanation, "markdown": codes[code].explanation},
            "defaultConfiguration": {"level": codes[code].severity},
        }
        for code in used
        if code in codes
    ]
    ranks = {str(rule["id"]): rank for rank, rule in enumerate(rules)}
    results = [
        _result(report.name, each, mark, ranks)
        for report in reports
        for each, mark in zip(report.findings, fingerprints(report), strict=True)
    ]
    failures = [
        {
            "level": "error",
            "message": {"text": printable(report.failure.message)},
            "locations": [{"physicalLocation": {"artifactLocation": _artifact(report.name)}}],
        }
        for report in reports
        if report.failure is not None
    ]
    run = {
        "tool": {
            "driver": {"name": "dp-multitask", "version": __version__, "rules": rules},
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {"executionSuccessful": not failures, "toolExecutionNotifications": failures}
        ],
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _result(name: str, finding: Diagnostic, mark: str, ranks: dict[str, int]) -> dict[str, Any]:
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": _artifact(name)}}
    if finding.span:
        location["physicalLocation"]["region"] = _region(finding.span)
    if finding.path:
        location["logicalLocations"] = [
            {"fullyQualifiedName": printable(format_path(finding.path))}
        ]
    hint = f"\n{finding.hint}" if finding.hint else ""
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "level": finding.severity,
        "message": {"text": printable(finding.message) + hint},
        "locations": [location],
        "partialFingerprints": {"finding/v1": mark},
    }
    if finding.code in ranks:
        result["ruleIndex"] = ranks[finding.code]
    if finding.fix:
        result["properties"] = {"fix": finding.fix.title, "safety": finding.fix.safety}
    return result


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _artifact(name: str) -> dict[str, str]:
    from urllib.parse import quote

    return {"uri": quote(name.replace("\\", "/").encode(errors="surrogateescape"))}
