# SPDX-License-Identifier: LGPL-3.0-or-later
"""JUnit XML: a suite a file, a case a finding; what most CI systems show as test results.

An error is a failure. The format has no warnings: one is a case that passes and says what it has
to say as its output, so that what is shown agrees with the exit code.
"""

from __future__ import annotations

from collections.abc import Sequence

from dp_multitask.cli.output import printable
from dp_multitask.cli.reporters.report import FileReport
from dp_multitask.diagnostics import Diagnostic
from dp_multitask.errors import format_path


def render(reports: Sequence[FileReport], coloured: bool) -> str:
    """Write one ``testsuites`` element; never coloured."""
    suites = [_suite(report) for report in reports]
    body = "".join(text for text, *_ in suites)
    counts = _counts(
        sum(tests for _, tests, _, _ in suites),
        sum(failures for _, _, failures, _ in suites),
        sum(errors for _, _, _, errors in suites),
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="dp-multitask check"{counts}>\n{body}</testsuites>\n'
    )


def _suite(report: FileReport) -> tuple[str, int, int, int]:
    """Give a file's element, and how many cases, failures and errors it has."""
    name = _quoted(report.name)
    cases = [_case(name, each) for each in report.findings]
    failures = sum(each.severity == "error" for each in report.findings)
    errors = 0
    if report.failure is not None:
        message = _quoted(report.failure.message)
        cases.append(
            f"    <testcase name={_quoted('read')} classname={name}>\n"
            f"      <error message={message}/>\n    </testcase>\n"
        )
        errors = 1
    elif not cases:
        cases.append(f"    <testcase name={_quoted('check')} classname={name}/>\n")
    counts = _counts(len(cases), failures, errors)
    text = f"  <testsuite name={name}{counts} file={name}>\n{''.join(cases)}  </testsuite>\n"
    return text, len(cases), failures, errors


def _case(name: str, finding: Diagnostic) -> str:
    title = _quoted(f"{finding.code} {format_path(finding.path)}".rstrip())
    place = f":{finding.span.line}:{finding.span.column}" if finding.span else ""
    hint = f"\nhelp: {finding.hint}" if finding.hint else ""
    text = _escaped(f"{finding.message}\nat {place.lstrip(':') or 'the top'}") + _escaped(hint)
    if finding.severity == "error":
        kind, message = _quoted(finding.code), _quoted(finding.message)
        said = f"<failure type={kind} message={message}>{text}</failure>"
    else:
        said = f"<system-out>{_escaped('warning: ')}{text}</system-out>"
    return (
        f"    <testcase name={title} classname={name}>\n"
        f"      {said}\n    </testcase>\n"
    )


def _counts(tests: int, failures: int, errors: int) -> str:
    return f' tests="{tests}" failures="{failures}" errors="{errors}"'


def _escaped(text: str) -> str:
    """Write text as XML; what XML cannot hold is shown escaped."""
    shown = "\n".join(printable(line) for line in text.split("\n"))
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quoted(text: str) -> str:
    return '"' + _escaped(printable(text)).replace('"', "&quot;") + '"'
