# SPDX-License-Identifier: LGPL-3.0-or-later
"""How findings are written: carets under what is meant, escapes, colour."""

from __future__ import annotations

import io
import json

import pytest

from dp_multitask.cli.output import printable
from dp_multitask.cli.reporters import reporter
from dp_multitask.cli.reporters.report import FileReport, summary
from dp_multitask.cli.terminal import wants_colour
from dp_multitask.diagnostics import Diagnostic, Span
from dp_multitask.errors import FileAccessError


def shown(format: str, text: str | None, span: Span | None, **changes) -> str:
    finding = Diagnostic("DPM101", "error", ("model", 0), span, "what", "do that")
    report = FileReport("in.json", text, [finding._replace(**changes)])
    return reporter(format)([report], False)


def excerpt(text: str, span: Span) -> list[str]:
    """The source line and the line of carets, without the gutter."""
    lines = shown("full", text, span).splitlines()
    gutter = len(str(span.line)) + 3
    return [lines[3][gutter:], lines[4][gutter:]]


def test_a_finding_in_full() -> None:
    assert shown("full", 'a\n  "b": 1\n', Span(2, 3, 2, 6)) == (
        "error[DPM101]: what\n"
        " --> in.json:2:3\n"
        "  |\n"
        '2 |   "b": 1\n'
        "  |   ^^^\n"
        "  = in model/0\n"
        "  = help: do that\n\n"
    )


def test_a_key_of_a_megabyte_is_cut_in_a_line() -> None:
    line = shown("concise", None, None, message="k" * 1_000_000, hint="h" * 1_000_000)
    assert line == f"in.json: error DPM101 {'k' * 1000}... ({'h' * 1000}...)\n"


def test_a_finding_without_place_hint_or_path() -> None:
    text = shown("full", None, None, path=(), hint=None)
    assert text == "error[DPM101]: what\n --> in.json\n\n"
    assert shown("concise", None, None, hint=None) == "in.json: error DPM101 what\n"
    assert shown("github", None, None, path=(), hint=None) == (
        "::error file=in.json,title=DPM101::what\n"
    )


@pytest.mark.parametrize(
    ("line", "span", "expected"),
    [
        ("\tx: yz", Span(1, 5, 1, 7), ["    x: yz", "       ^^"]),
        ("水: yz", Span(1, 4, 1, 6), ["水: yz", "    ^^"]),
        ("x: 水冰", Span(1, 4, 1, 6), ["x: 水冰", "   ^^^^"]),
        ("e\u0301: yz", Span(1, 5, 1, 7), ["e\u0301: yz", "   ^^"]),
        ("ab\r", Span(1, 1, 1, 3), ["ab", "^^"]),
        ("abc", Span(1, 2, 3, 1), ["abc", " ^^"]),
        ("abc", Span(1, 4, 1, 4), ["abc", "   ^"]),
    ],
    ids=["tab", "wide before", "wide", "accent", "carriage return", "to another line", "end"],
)
def test_carets_stand_under_what_is_meant(line, span, expected) -> None:
    assert excerpt(line, span) == expected


def test_a_long_line_is_cut_on_both_sides() -> None:
    line = "x" * 500 + "here" + "y" * 500
    source, carets = excerpt(line, Span(1, 501, 1, 505))
    assert source.startswith("...x")
    assert source.endswith("y...")
    assert len(source) < 110
    assert source[carets.index("^") : carets.rindex("^") + 1] == "here"


def test_github_commands_cannot_be_broken_out_of() -> None:
    finding = Diagnostic("DPM101", "error", ("a\nb",), Span(1, 1, 1, 2), "50%\r\n::x", None)
    text = reporter("github")([FileReport("a,b:c%.json", "x", [finding])], False)
    assert text == (
        "::error file=a%2Cb%3Ac%25.json,line=1,endLine=1,col=1,endColumn=1,title=DPM101"
        "::a%0Ab: 50%25%0D%0A::x\n"
    )


def test_github_gets_no_columns_of_a_span_over_several_lines() -> None:
    assert shown("github", "x", Span(1, 5, 3, 2)).startswith(
        "::error file=in.json,line=1,endLine=3,title=DPM101::"
    )


def test_json_of_a_file_that_could_not_be_read() -> None:
    report = FileReport("gone.json", None, [], FileAccessError("no such file"))
    assert json.loads(reporter("json")([report], False)) == {
        "version": 1,
        "errors": 0,
        "warnings": 0,
        "files": [
            {"file": "gone.json", "failure": "no such file", "findings": [], "fixed": []}
        ],
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\u202eb", "a\\u202eb"),
        ("a\nb", "a\\nb"),
        ("\ud800", "\\ud800"),
        ("wasser_ä 水", "wasser_ä 水"),
    ],
)
def test_only_what_can_be_printed_is_printed(text, expected) -> None:
    assert printable(text) == expected


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ([FileReport("a", "", [])], "0 errors, 0 warnings in 1 file"),
        (
            [
                FileReport("a", "", [Diagnostic("X", "error", (), None, "m")]),
                FileReport("b", "", [Diagnostic("X", "warning", (), None, "m")]),
                FileReport("c", None, [], FileAccessError("gone")),
            ],
            "1 error, 1 warning in 2 files; 1 file could not be read",
        ),
    ],
)
def test_the_summary_counts(reports, expected) -> None:
    assert summary(reports) == expected


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "expected"),
    [
        (Terminal(), {}, True),
        (io.StringIO(), {}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True),
        (io.StringIO(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_who_gets_colour(monkeypatch, stream, environment, expected) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert wants_colour(stream) is expected
