# SPDX-License-Identifier: LGPL-3.0-or-later
"""Reading an input: every way in which a text can be wrong, and where."""

import json
import os

import pytest

from dp_multitask.diagnostics import Span
from dp_multitask.errors import (
    DocumentError,
    FileAccessError,
    UnserializableValueError,
    UsageError,
)
from dp_multitask.text.document import dump_data, parse_document, read_document
from dp_multitask.text.positions import position_of
from systems import posix_only

BOMB = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"{new}: &{new} [{', '.join(['*' + old] * 10)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("name", "text", "position", "message"),
    [
        ("a.json", '{"a": 1,\n}', None, "comma"),
        ("a.json", '{"a": [1,]}', None, "comma"),
        ("a.json", "{'a': 1}", (1, 2), "double quotes"),
        ("a.json", '{"a": 1 // one\n}', (1, 9), "JSON has no comments"),
        ("a.json", '{"a": True}', (1, 7), "JSON writes true"),
        ("a.json", '{"a": {"b": 1}', (1, 15), "invalid JSON"),
        ("a.json", '{"a": NaN}', (1, 7), "NaN is no JSON number"),
        ("a.json", '{"b": "NaN",\n "a": -Infinity}', (2, 7), "-Infinity is no JSON number"),
        ("a.json", '{"a": ' + "9" * 5000 + "}", (1, 7), "an integer of 5000 digits is too long"),
        ("a.json", '{"a": ' + "[" * 10_000 + "]" * 10_000 + "}", (1, 206), "200 levels deep"),
        ("a.json", "[1, 2]", (1, 1), "top level must be a mapping, found a list"),
        ("a.json", '"text"', (1, 1), "found the string 'text'"),
        ("a.json", " ", None, "the file is empty"),
        ("a.json", b'{"a":\n "\xff"}', (2, 3), "0xff is not valid UTF-8"),
        ("a.json", '{"a": 1}'.encode("utf-16"), (1, 1), "UTF-16"),
        ("a.json", b"PK\x03\x04\x14\x00", None, "show, verify and split-branch take checkpoints"),
        ("a.json", b"\x89HDF\r\n\x1a\n", None, "show and verify take model files"),
        ("a.yaml", "a: [1, 2", None, "invalid YAML"),
        ("a.yaml", "a:\n\tb: 1", (2, 1), "indent with spaces"),
        ("a.yaml", "a: 1\n---\nb: 2", (2, 1), "invalid YAML"),
        ("a.yaml", 'a: "\x01"', None, "control characters"),
        ("a.yaml", "a: " + "[" * 500 + "]" * 500, (1, 203), "200 levels deep"),
        ("a.yaml", "a: " + "[" * 2_000 + "]" * 2_000, (1, 203), "200 levels deep"),
        ("a.yaml", "a: " + "[" * 10_000 + "]" * 10_000, (1, 203), "200 levels deep"),
        ("a.yaml", "a: " + "[" * 300_000 + "]" * 300_000, (1, 203), "200 levels deep"),
        ("a.yaml", "a: 2020-01-01", (1, 4), "as a date"),
        ("a.yaml", "a: !!binary aGVsbG8=", (1, 4), "no place in a training input"),
        ("a.yaml", "a: !!python/object:os.system {}", (1, 4), "no place in a training input"),
        ("a.yaml", "b: 1\n1: 2", (2, 1), "must be strings"),
        ("a.yaml", "b: 1\nNo: 2", (2, 1), "read as bool"),
        ("a.yaml", "? [1]\n: 2", (1, 3), "must be strings"),
        ("a.yaml", "a: &x [*x]", (1, 4), "within the value that it names"),
        ("a.yaml", BOMB, (5, 4), "aliases expand"),
        ("a.yaml", "", None, "the file is empty"),
        ("a.yaml", "- 1", (1, 1), "found a list"),
        ("a.yaml", "a: " + "9" * 5000, (1, 4), "an integer of 5000 digits is too long"),
    ],
)
def test_bad_text_is_refused_with_its_place(name, text, position, message):
    with pytest.raises(DocumentError) as caught:
        parse_document(text, name=name)
    assert message in str(caught.value)
    if position is not None:
        assert caught.value.position == position
    assert str(caught.value).startswith(name)


@pytest.mark.parametrize(
    ("name", "text", "position"),
    [
        ("a.json", '{"a": 1, "b": 2,\n  "a": 3}', (2, 3)),
        ("a.json", '{"x": [{"a": "}", "b": {"a": 1}, "a": 3}]}', (1, 34)),
        ("a.json", '{"\\u0061": 1, "a": 2}', (1, 15)),
        ("a.yaml", "a: 1\nb: 2\na: 3", (3, 1)),
        ("a.yaml", "x: {a: 1, a: 2}", (1, 11)),
    ],
)
def test_a_repeated_key_is_a_finding_at_its_second_place_and_the_last_value_counts(
    name, text, position
):
    document = parse_document(text, name=name)
    (finding,) = document.warnings
    assert (finding.code, finding.severity) == ("DPM911", "error")
    assert finding.span[:2] == position
    assert "second time, first in line 1" in finding.message
    value = document.data
    for part in finding.path:
        value = value[part]
    assert value == int(text.rstrip("}]")[-1])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"_": 1, "_": 2, "b": [{"_c": 1, "_c": 2}]}'),
        ("a.yaml", "_: 1\n_: 2\nb: [{_c: 1, _c: 2}]"),
    ],
)
def test_comments_may_repeat_at_any_depth(name, text):
    document = parse_document(text, name=name)
    assert document.data == {"_": 2, "b": [{"_c": 2}]}
    assert document.warnings == []


@pytest.mark.parametrize("name", ["a.json", "a.yaml", "noend"])
def test_a_leading_byte_order_mark_is_a_finding_and_the_rest_is_read(name):
    document = parse_document('\ufeff{"a": {"b": 1}}'.encode(), name=name)
    assert document.data == {"a": {"b": 1}}
    assert document.locate(("a", "b")) == (1, 13)
    assert [(each.code, each.severity) for each in document.warnings] == [("DPM913", "error")]


@pytest.mark.parametrize(
    "value",
    ["!!bool x", "!!bool [1]", '!!int ""', "!!int x", "!!float x", "!!timestamp x",
     "!!null [1]", "!!binary x", "!!set {a}", "!!omap [1]", "!!str {a: 1}", "!other x",
     "!!python/object:os.system x"],
)  # fmt: skip
def test_a_tag_that_its_value_does_not_fit_is_refused(value):
    with pytest.raises(DocumentError):
        parse_document(f"a: {value}", name="a.yaml")


def test_a_chain_of_aliases_nests_as_deep_as_what_it_names():
    lines = ["a0: &a0 [1]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 500))]
    with pytest.raises(DocumentError, match="nest more than 200 levels"):
        parse_document("\n".join(lines), name="a.yaml")
    assert parse_document("\n".join(lines[:150]), name="a.yaml").data["a0"] == [1]


@pytest.mark.parametrize("copies", [90, 2000])
def test_aliases_may_write_out_as_much_as_a_text_of_its_size(copies):
    text = f"x: &x [{'1,' * 1000}]\ny: [{'*x,' * copies}]\n"
    if copies == 90:
        assert parse_document(text, name="a.yaml").data["y"][-1] == [1] * 1000
        return
    with pytest.raises(DocumentError, match="aliases expand to more than"):
        parse_document(text, name="a.yaml")


@pytest.mark.parametrize("name", ["a.json", "a.yaml"])
def test_more_values_than_a_text_of_its_size_has_are_refused(name):
    with pytest.raises(DocumentError, match="more values than"):
        parse_document('{"a": [' + "[]," * 1_000_000 + "1]}", name=name)
    long = json.dumps({"a": ["x, y, [z]" * 100] * 5000})
    assert len(parse_document(long, name=name).data["a"]) == 5000


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("No", (1, 1), "top level must be a mapping, found false"),
        ("a: <<", (1, 4), "'merge' has no place in a training input"),
        ("a: 1\nb: \ud800", (2, 4), "half of a surrogate pair"),
        ("a: !!map [1]", (1, 4), "'map' has no place in a training input"),
        ("a: &a 1\nb: &a 2", (2, 4), "the anchor 'a' is given twice"),
    ],
)
def test_yaml_that_pyyaml_refuses_is_refused_at_its_place(text, position, message):
    with pytest.raises(DocumentError, match=message) as caught:
        parse_document(text, name="a.yaml")
    assert caught.value.position == position


@pytest.mark.parametrize(
    "text", ["a: [" + "No, " * 30 + "]", '{"a": {' + '"b": 1, ' * 30 + '"c": 1}}']
)
def test_what_is_told_of_a_text_is_bounded(text, monkeypatch):
    for module in ("json_text", "yaml_text"):
        monkeypatch.setattr(f"dp_multitask.text.{module}.MOST_FINDINGS", 20)
    for name in ("a.yaml", "a.json")[: 1 + text.startswith("{")]:
        assert len(parse_document(text, name=name).warnings) == 20


@posix_only
def test_what_is_no_regular_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name in (tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(FileAccessError, match="is no regular file"):
            read_document(name)


JSON_TEXT = """{
  "model": {"list": [1, "é", {"a\\nb": null}]},
  "end": -1.5e3
}"""
YAML_TEXT = """\
base: &base
  rcut: 6.0
model:
  <<: *base
  list: [1, "é", {"a\\nb": null}]
end: -1.5
"""


@pytest.mark.parametrize(
    ("text", "name", "path", "span", "key_span"),
    [
        (JSON_TEXT, "a.json", ("model", "list", 1), (2, 25, 2, 28), (2, 25, 2, 28)),
        (JSON_TEXT, "a.json", ("model", "list", 2, "a\nb"), (2, 39, 2, 43), (2, 31, 2, 37)),
        (JSON_TEXT, "a.json", ("end",), (3, 10, 3, 16), (3, 3, 3, 8)),
        (JSON_TEXT, "a.json", ("model", "nothing", "here"), (2, 12, 2, 46), (2, 12, 2, 46)),
        (JSON_TEXT, "a.json", (), (1, 1, 4, 2), (1, 1, 4, 2)),
        (YAML_TEXT, "a.yaml", ("model", "list", 1), (5, 13, 5, 16), (5, 13, 5, 16)),
        (YAML_TEXT, "a.yaml", ("model", "list", 2, "a\nb"), (5, 27, 5, 31), (5, 19, 5, 25)),
        (YAML_TEXT, "a.yaml", ("model", "rcut"), (2, 9, 2, 12), (2, 3, 2, 7)),
        (YAML_TEXT, "a.yaml", ("end", "nothing"), (6, 6, 6, 10), (6, 6, 6, 10)),
    ],
)
def test_a_path_has_a_place_in_the_text(text, name, path, span, key_span):
    document = parse_document(text, name=name)
    assert document.span(path) == Span(*span)
    assert document.key_span(path) == Span(*key_span)
    assert document.locate(path) == span[:2]


def test_json_and_yaml_find_every_value_of_a_json_text_at_the_same_place(real_inputs):
    def paths_of(value, path=()):
        yield path
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from paths_of(inner, (*path, key))
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                yield from paths_of(inner, (*path, index))

    for file in real_inputs:
        as_json = parse_document(file.read_text(), name="a.json")
        as_yaml = parse_document(file.read_text(), name="a.yaml")
        for path in paths_of(as_json.data):
            assert as_json.span(path) == as_yaml.span(path), path


@pytest.mark.parametrize(
    ("text", "code", "found", "value"),
    [
        ("a: 1e-3", "DPM901", "1e-3", "1e-3"),
        ("a: 1.0e3", "DPM901", "1.0e3", "1.0e3"),
        ("a: No", "DPM902", "No", False),
        ("a: on", "DPM902", "on", True),
        ("a: 6:1", "DPM903", "6:1", 361),
        ("a: 010", "DPM904", "010", 8),
        ("a: 1_000", "DPM904", "1_000", 1000),
    ],
)
def test_what_yaml_reads_unexpectedly_is_warned_of(text, code, found, value):
    document = parse_document(f"x: 0\n{text}", name="a.yaml")
    assert document.data["a"] == value
    (warning,) = document.warnings
    assert (warning.code, warning.severity, warning.path) == (code, "warning", ("a",))
    assert warning.span == Span(2, 4, 2, 4 + len(found))
    assert found in warning.message


@pytest.mark.parametrize(
    "text",
    ["a: true", "a: 1.0e-3", "a: '1e-3'", "a: 'No'", "a: -5", "a: my_des:1", "a: 0", "a: .5"],
)
def test_ordinary_yaml_is_not_warned_of(text):
    assert parse_document(text, name="a.yaml").warnings == []


@pytest.mark.parametrize(
    ("name", "text", "asked", "read_as"),
    [
        ("a.json", '{"a": 1e-3}', None, "json"),
        ("a.yml", "a: 1", None, "yaml"),
        ("a.YAML", "a: 1", None, "yaml"),
        ("input", ' {"a": 1}', None, "json"),
        ("input", "a: 1", None, "yaml"),
        ("input", '{"a": 1}', "yaml", "yaml"),
        ("a.json", "a: 1", "yaml", "yaml"),
        ("a.json", '{"a": 1e-3}', "yaml", "json"),
        ("a.yaml", "a: 1", "json", "yaml"),
        ("a.yaml", '{"a": 1e-3}', "json", "json"),
    ],
)
def test_the_format_follows_the_suffix_unless_told_otherwise(name, text, asked, read_as):
    document = parse_document(text, name=name, format=asked)
    assert document.format == read_as
    assert document.data["a"] in (1, 0.001)


def test_where_no_format_fits_the_one_asked_for_explains():
    with pytest.raises(DocumentError, match="invalid YAML"):
        parse_document("{'a': [}", name="a.json", format="yaml")


def test_an_unknown_format_is_refused():
    with pytest.raises(UsageError, match="toml"):
        parse_document("a = 1", format="toml")


def test_a_missing_file_names_one_that_is_near(tmp_path):
    (tmp_path / "input.json").write_text("{}")
    with pytest.raises(FileAccessError, match="no such file") as caught:
        read_document(tmp_path / "inptu.json")
    assert "input.json" in caught.value.hint
    assert isinstance(caught.value, OSError)


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(FileAccessError, match="there is no folder"):
        read_document(tmp_path / "nowhere" / "input.json")


def test_a_folder_is_no_input(tmp_path):
    with pytest.raises(FileAccessError, match="cannot be read"):
        read_document(tmp_path)


def test_a_null_character_in_a_name_is_no_traceback():
    with pytest.raises(FileAccessError, match="cannot be read"):
        read_document("a\0b.json")


@pytest.mark.parametrize("format", ["json", "yaml"])
def test_what_is_written_reads_back_the_same(format):
    data = {
        "é": ["1e-3", "No", "6:1", "010", "", " x ", "null", "a\nb", "~", "y", "2020-01-01"],
        "numbers": [1e-5, 1e22, -0.0, 3.51e-08, 10**30, True, None],
        "empty": [{}, []],
    }
    text = dump_data(data, format)
    again = parse_document(text, name=f"a.{format}")
    assert again.data == data
    assert list(again.data) == list(data)
    assert again.warnings == []
    assert "é" in text


def test_half_a_surrogate_pair_survives_as_an_escape():
    text = dump_data({"é": "\ud800"}, "json")
    assert text.isascii()
    assert json.loads(text) == {"é": "\ud800"}


@pytest.mark.parametrize("format", ["json", "yaml"])
def test_values_used_twice_are_written_out_twice(format):
    shared = {"rcut": 6.0}
    again = parse_document(dump_data({"a": shared, "b": shared}, format), name=f"a.{format}")
    assert again.data == {"a": shared, "b": shared}
    assert "&" not in dump_data({"a": shared, "b": shared}, format)


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"a": [1.0, float("nan")]}, ("a", 1)),
        ({"a": {"b": float("-inf")}}, ("a", "b")),
        ({"a": object()}, ("a",)),
        ({"a": {1: 2}}, ("a", 1)),
    ],
)
def test_what_has_no_json_form_is_refused_with_its_path(data, path):
    with pytest.raises(UnserializableValueError) as caught:
        dump_data(data, "json")
    assert caught.value.path == path


def test_half_a_surrogate_pair_is_kept_by_json_and_refused_by_yaml():
    document = parse_document(r'{"a": "\ud800"}', name="a.json")
    assert json.loads(dump_data(document.data, "json")) == document.data
    with pytest.raises(UnserializableValueError, match="has no form in YAML"):
        dump_data(document.data, "yaml")


def test_a_number_too_large_for_a_float_is_not_written_as_infinity():
    document = parse_document('{"a": 1e999}', name="a.json")
    with pytest.raises(UnserializableValueError, match="inf"):
        dump_data(document.data, "json")


def test_positions_hold_far_down_a_long_text():
    data = {f"k{i}": {"v": [i, str(i)]} for i in range(500)}
    document = parse_document(json.dumps(data, indent=1), name="a.json")
    line, column = document.locate(("k499", "v", 1))
    assert document.text.split("\n")[line - 1][column - 1 :] == '"499"'


@pytest.mark.parametrize(
    "text", ['{"a":\n 1,\n\n "b": [2,\n3]}', '{\n"a": {"b": "x"}}\n', '{"a": 1}']
)
def test_places_are_those_that_counting_from_the_start_gives(text):
    document = parse_document(text, name="input.json", format="json")
    for path in (("a",), ("b",), ("b", 1), ("a", "b"), ()):
        span = document.span(path)
        line = text.split("\n")[span.line - 1]
        assert 1 <= span.column <= len(line) + 1
        start = sum(len(each) + 1 for each in text.split("\n")[: span.line - 1]) + span.column - 1
        assert position_of(text, start) == (span.line, span.column)


def test_a_row_of_digits_takes_no_time_that_grows_as_its_square():
    digits = "9" * 200_000 + "x"  # minutes where each digit begins the search anew
    document = parse_document(f"a: {digits}\n", name="a.yaml")
    assert document.data == {"a": digits}
    assert document.warnings == []
    assert dump_data(document.data, "yaml") == f"a: {digits}\n"
