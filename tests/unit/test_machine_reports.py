# SPDX-License-Identifier: LGPL-3.0-or-later
"""The report formats for code hosts and CI systems are what their schemas say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from dp_multitask.checks.check import check
from dp_multitask.cli.reporters import reporter
from dp_multitask.cli.reporters.report import FileReport
from dp_multitask.diagnostics import Diagnostic, Span
from dp_multitask.errors import FileAccessError
from dp_multitask.text.document import read_document

ROOT = Path(__file__).parents[2]
BROKEN = read_document(ROOT / "examples" / "broken" / "input.json")
ODD = Diagnostic(
    "DPM011", "error", ("a", "\x00<&\">\ud800"), None, "found \x1b[1m & <b> \"q\" \ud800", "a\nb"
)
WARNING = Diagnostic("DPM106", "warning", (), Span(3, 2, 4, 1), "twice", None)
REPORTS = [
    FileReport("./broken input.json", BROKEN.text, check(BROKEN)),
    FileReport("odd/é\udcff.json", None, [ODD, ODD, WARNING]),
    FileReport("fine.json", "{}", []),
    FileReport("gone.json", None, [], FileAccessError("no such file")),
]


TEXT = ()
# Element -> attributes it must have, those it may have, elements in it: ``junit-10.xsd`` of
# Jenkins' xUnit plugin (github.com/jenkinsci/xunit-plugin), as far as we write it.
JUNIT: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "testsuites": ((), ("name", "time", "tests", "failures", "errors"), ("testsuite",)),
    "testsuite": (
        ("name", "tests", "failures", "errors"),
        ("group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log"),
        ("testsuite", "properties", "testcase", "system-out", "system-err"),
    ),
    "testcase": (
        ("name",),
        ("time", "classname", "group"),
        ("skipped", "error", "failure", "system-out", "system-err"),
    ),
    "failure": ((), ("type", "message"), TEXT),
    "error": ((), ("type", "message"), TEXT),
    "system-out": ((), (), TEXT),
}


def schema(name: str) -> Any:
    return json.loads((ROOT / "tests" / "data" / "schemas" / name).read_text())


@pytest.mark.parametrize("reports", [REPORTS, [], REPORTS[:1], REPORTS[2:]])
def test_sarif_is_valid_and_has_a_result_for_each_finding(reports):
    written = json.loads(reporter("sarif")(reports, False))
    jsonschema.Draft202012Validator(schema("sarif-2.1.0-subset.json")).validate(written)
    (run,) = written["runs"]
    findings = [each for report in reports for each in report.findings]
    assert [each["ruleId"] for each in run["results"]] == [each.code for each in findings]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"])
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is not any(report.failure for report in reports)


@pytest.mark.parametrize("reports", [REPORTS, [], REPORTS[:1]])
def test_gitlab_entries_are_valid_and_each_has_a_mark_of_its_own(reports):
    written = json.loads(reporter("gitlab")(reports, False))
    jsonschema.Draft202012Validator(schema("gitlab-code-quality.json")).validate(written)
    assert len(written) == sum(len(report.findings) for report in reports)
    assert len({each["fingerprint"] for each in written}) == len(written)


def test_a_mark_stays_when_lines_are_added_above():
    moved = [each._replace(span=Span(99, 1, 99, 2)) for each in REPORTS[0].findings]
    before = json.loads(reporter("gitlab")(REPORTS[:1], False))
    after = json.loads(reporter("gitlab")([REPORTS[0]._replace(findings=moved)], False))
    assert [each["fingerprint"] for each in before] == [each["fingerprint"] for each in after]


@pytest.mark.parametrize("reports", [REPORTS, [], REPORTS[:1], REPORTS[2:]])
def test_junit_counts_what_it_holds(reports):
    root = ElementTree.fromstring(reporter("junit")(reports, False))
    assert root.tag == "testsuites"
    assert [suite.tag for suite in root] == ["testsuite"] * len(reports)
    for holder in (root, *root):
        assert int(holder.get("tests")) == len(list(holder.iter("testcase")))
        assert int(holder.get("failures")) == len(list(holder.iter("failure")))
        assert int(holder.get("errors")) == len(list(holder.iter("error")))
    errors = [each for report in reports for each in report.findings if each.severity == "error"]
    assert [each.get("type") for each in root.iter("failure")] == [each.code for each in errors]
    for element in root.iter():
        required, allowed, below = JUNIT[element.tag]
        assert set(required) <= set(element.keys()) <= {*required, *allowed}
        assert {each.tag for each in element} <= set(below)
        assert below is TEXT or not (element.text or "").strip()


def test_a_warning_is_no_failure_for_junit():
    text = reporter("junit")([FileReport("a.json", "", [WARNING])], False)
    (case,) = ElementTree.fromstring(text).iter("testcase")
    assert [below.tag for below in case] == ["system-out"]
    assert "twice" in case[0].text
