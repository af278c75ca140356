# SPDX-License-Identifier: LGPL-3.0-or-later
"""Applying fixes: all that fit, none that leaves the input worse, and twice is once."""

from __future__ import annotations

import pytest

from dp_multitask.checks.mending import mend
from dp_multitask.diagnostics import Diagnostic, Edit, Fix
from dp_multitask.text.document import Document, parse_document


def finding(path, edits, severity="error", safety="safe", title="mend it"):
    message = f"{path} is wrong"
    return Diagnostic("DPM000", severity, path, None, message, None, Fix(title, edits, safety))


def bad_words(document: Document) -> list[Diagnostic]:
    """Finds every key that has a value 'bad', with a fix for most of them."""
    fixes = {
        "a": (Edit.replace(("a",), "good"),),
        "b": (Edit.replace(("b",), "good"), Edit.replace(("c",), "bad")),
        "c": (Edit.replace(("b",), "bad"), Edit.replace(("c",), "good")),
        "d": (Edit.insert(("a",), 1),),
        "e": (Edit.replace(("e",), "good"), Edit.insert(("f",), "bad"), Edit.insert(("g",), "bad")),
    }
    return [
        finding((key,), fixes.get(key, ()))._replace(
            fix=Fix("mend it", fixes[key], "safe") if key in fixes else None
        )
        for key, value in document.data.items()
        if value == "bad"
    ]


@pytest.mark.parametrize(
    ("text", "after", "applied", "reasons"),
    [
        ("a: bad  # 1\n", "a: good  # 1\n", 1, []),
        ("a: good\n", "a: good\n", 0, []),
        ("h: bad\n", "h: bad\n", 0, []),
        ("a: 1\nd: bad\n", "a: 1\nd: bad\n", 0, ["there is a value here already"]),
        ("a: bad\nd: bad\n", "a: good\nd: bad\n", 1, ["there is a value here already"]),
        ("e: bad\n", "e: bad\n", 0, ["the input would be worse: ('f',) is wrong"]),
        ("e: bad\na: bad\n", "e: bad\na: good\n", 1, ["the input would be worse"]),
        ("b: bad\nc: 1\n", "b: bad\nc: 1\n", 0, ["it mends nothing"]),
    ],
)
def test_what_can_be_mended_is_and_what_cannot_is_told(text, after, applied, reasons):
    mended = mend(parse_document(text, format="yaml"), bad_words)
    assert mended.document.text == after
    assert len(mended.applied) == applied
    assert len(mended.refused) == len(reasons)
    for (_, reason), expected in zip(mended.refused, reasons, strict=True):
        assert expected in reason
    again = mend(mended.document, bad_words)
    assert (again.document.text, again.applied) == (after, [])


def test_unsafe_fixes_are_left_alone_unless_asked_for():
    def check(document):
        fix = (Edit.remove(("a",)),)
        return [finding(("a",), fix, safety="unsafe")] if "a" in document.data else []

    document = parse_document('{"a": 1, "b": 2}')
    assert mend(document, check).document.text == document.text
    assert mend(document, check, unsafe=True).document.text == '{"b": 2}'


def test_a_fix_without_edits_writes_the_text_anew():
    found = [finding((), ())]
    mended = mend(parse_document("a: 1"), lambda document: [found.pop()] if found else [])
    assert (len(mended.applied), mended.document.text, mended.findings) == (1, "a: 1", [])


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ('{"a": 1,  "a": 2, "b": 3}', '{"a": 2, "b": 3}'),
        ('{"b": 3, "a": 1, "c": 4, "a": 2}', '{"b": 3, "c": 4, "a": 2}'),
        ('{"a": 1, "a": 2, "a": 3}', '{"a": 3}'),
        ('{"a": {"x": 1, "x": 2}, "a": {"y": 1}}', '{"a": {"y": 1}}'),
        ('{"a": {"x": 1, "x": 2.50}}', '{"a": {"x": 2.50}}'),
        ("a: 1  # old\n# new\na: 2\nb: 3\n", "# new\na: 2\nb: 3\n"),
        ("a:\n  x: 1\n  # why\n  x: 2\nb: {c: 1, c: 2}\n", "a:\n  # why\n  x: 2\nb: {c: 2}\n"),
    ],
)
def test_of_equal_keys_the_last_stays(text, after):
    def repeated(document):
        return [each for each in document.warnings if each.code == "DPM911"]

    document = parse_document(text)
    mended = mend(document, repeated)
    assert (mended.document.text, mended.findings) == (after, [])
    assert mended.document.data == document.data


def test_a_byte_order_mark_is_left_out():
    document = parse_document(b'\xef\xbb\xbf{"a": 1}')
    mended = mend(document, lambda each: each.warnings)
    assert (mended.document.text, mended.findings) == ('{"a": 1}', [])
    assert [each.code for each in mended.applied] == ["DPM913"]
