# SPDX-License-Identifier: LGPL-3.0-or-later
"""YAML models: what cannot be told apart is refused on writing, what does harm on reading."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

import dp_multitask
from dp_multitask.errors import ModelFileError, ModelTreeError

ARRAY = '{"@class": np.ndarray, "@is_variable": true, "@version": 1, dtype: %s, value: %s}'
BOMB = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]\n" for n in range(1, 9))

HOSTILE = {
    "a list": ("[1]", "must hold a mapping"),
    "nothing": ("", "is empty"),
    "no YAML": ("{", "is no YAML"),
    "bytes that are no text": ("a: \0", "is no YAML"),
    "duplicate keys": ("a: 1\na: 2\n", "occurs twice"),
    "merge keys": ("a: &a {b: 1}\nc: {<<: *a}\n", "merge key"),
    "python objects": ("a: !!python/object/apply:os.getcwd []\n", "is no YAML"),
    "a date": ("a: 2026-01-01\n", "as a date"),
    "bytes": ("a: !!binary aGk=\n", "'binary' has no place in a model"),
    "a set": ("a: !!set {b, c}\n", "'set' has no place in a model"),
    "a key that is a number": ("1: 2\n", "keys must be strings"),
    "a key that is a list": ("? [a]\n: 2\n", "is no YAML"),
    "lists without end": ("[" * 200_000, "100 levels|is no YAML"),
    "items without end": ("- " * 200_000, "100 levels"),
    "mappings without end": ("{a: " * 200_000, "100 levels|is no YAML"),
    "an alias of itself": ("a: &a [*a]\n", "within the value that it names"),
    "aliases that multiply": ("x0: &x0 [1]\n" + BOMB, "aliases expand"),
    "aliases that multiply in an array": (
        "x0: &x0 [1]\n" + BOMB + "v: " + ARRAY % ("float64", "*x8"), "aliases expand",
    ),
    "a mark of arrays that is an array": (
        'v: {"@is_variable": ' + ARRAY % ("float64", "[1, 2]") + "}\n", "marks an array",
    ),
    "a mark of arrays that is false": ('v: {"@is_variable": false}\n', "marks an array"),
    "an unknown element type": ("v: " + ARRAY % ("object", "[1]"), "'object' cannot be read"),
    "a list as element type": ("v: " + ARRAY % ("[a]", "[1]"), "cannot be read"),
    "text in an array": ("v: " + ARRAY % ("float64", "[a]"), "values are no float64"),
    "a ragged array": ("v: " + ARRAY % ("float64", "[[1, 2], [3]]"), "values are no float64"),
    "a number too large": ("v: " + ARRAY % ("int8", "[1000]"), "values are no int8"),
    **{
        f"{value} as {name}": ("v: " + ARRAY % (name, value), f"is no {name}|are no {name}")
        for name, value in [
            ("int64", "1.7"), ("int64", "[1, true]"), ("float64", "null"), ("float64", "true"),
            ("float64", "'1'"), ("bool", "'no'"), ("bool", "1"), ("uint8", "300"), ("uint8", "-1"),
            ("float16", "1000000.0"), ("float32", "1.0e+39"), ("float64", "9007199254740993"),
        ]
    },
    **{
        f"the tag {tag}": (f"a: {tag}\n", "is no YAML|no value of a model")
        for tag in ("!!bool x", '!!int ""', "!!float x", "!!timestamp x", "!!binary x")
    },
    "text as a variable": ('"@variables": {x: text}\n', "str is no value"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "says"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_yaml_file_is_refused(tmp_path: Path, text: str, says: str) -> None:
    target = tmp_path / "m.yaml"
    target.write_text(text)
    with pytest.raises(ModelFileError, match=says):
        dp_multitask.load_model(target)
    assert dp_multitask.verify_model(target) != []


def test_an_empty_array_whose_shape_yaml_loses_is_refused(tmp_path: Path) -> None:
    tree = {"model": {"@variables": {"x": np.zeros((0, 3))}}}
    with pytest.raises(ModelTreeError, match=r"x: an empty array of shape \(0, 3\)"):
        dp_multitask.save_model(tmp_path / "m.yaml", tree)
    assert list(tmp_path.iterdir()) == []


def test_text_that_is_no_unicode_is_refused_in_yaml(tmp_path: Path) -> None:
    with pytest.raises(ModelTreeError, match="Unicode"):
        dp_multitask.save_model(tmp_path / "m.yaml", {"model": {"a": "\ud800"}})


@pytest.mark.parametrize(
    ("values", "what"),
    [
        (np.broadcast_to(np.int8(0), (2**29, 1)), "x: the model is longer than 100000000 bytes"),
        (np.full(1_000, 1e-300), None),
    ],
)
def test_a_model_that_no_reader_takes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, values: np.ndarray, what: str | None
) -> None:
    tree = {"model": {"@variables": {"x": values}}}
    if what is None:  # the text as a whole
        monkeypatch.setattr("dp_multitask.modelfile.yaml.MAX_JSON_BYTES", 5_000)
        what = "the model is longer than 5000 bytes in YAML"
    with pytest.raises(ModelTreeError, match=what) as caught:
        dp_multitask.save_model(tmp_path / "m.yaml", tree)
    assert caught.value.hint == "save it as .dp"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("levels", "fits"), [(94, True), (95, False)])
def test_values_too_deep_for_a_reader_are_refused(tmp_path: Path, levels: int, fits: bool) -> None:
    tree: dict = {"@variables": {"x": np.zeros((1, 1, 1))}}  # and the array is a mapping itself
    for _ in range(levels):
        tree = {"model": tree}
    if fits:
        dp_multitask.save_model(tmp_path / "m.yaml", tree)
        dp_multitask.load_model(tmp_path / "m.yaml")
        return
    with pytest.raises(ModelTreeError, match="more than 100 levels deep"):
        dp_multitask.save_model(tmp_path / "m.yaml", tree)


NUMBERS = [1e-7, -1e-7, 5e-324, 1e22, -1.5e-7, 1.25e20, np.nan, np.inf, -np.inf, -0.0, 1e16]


@pytest.mark.parametrize("loader", [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)])
@pytest.mark.parametrize(
    "values",
    [
        *(np.array(number) for number in NUMBERS),
        np.array([NUMBERS, NUMBERS[::-1]]),
        np.array(NUMBERS, "f4"),
        np.array([[[True], [False]]]),
        np.array([-(2**63), 2**63 - 1]),
        np.array(2**64 - 1, "u8"),
        np.zeros(0),
        np.zeros((2, 0)),
    ],
)
def test_yaml_holds_what_deepmd_kits_reader_makes_the_same_array_of(
    tmp_path: Path, values: np.ndarray, loader: type
) -> None:
    dp_multitask.save_model(tmp_path / "m.yaml", {"model": {"@variables": {"x": values}}})
    held = yaml.load((tmp_path / "m.yaml").read_text(), loader)["model"]["@variables"]["x"]
    again = np.array(held["value"], held["dtype"])
    assert (again.dtype, again.shape) == (values.dtype, values.shape)
    np.testing.assert_array_equal(again, values)


def test_every_number_comes_back(tmp_path: Path) -> None:
    numbers = np.array([0.1, -0.0, np.nan, np.inf, 5e-324, 1.7976931348623157e308])
    tree = {"model": {"@variables": {"x": numbers, "y": numbers[:3].astype("f4"), "z": 1e-7}}}
    dp_multitask.save_model(tmp_path / "m.yaml", tree)
    loaded = dp_multitask.load_model(tmp_path / "m.yaml")["model"]["@variables"]
    np.testing.assert_array_equal(loaded["x"], numbers)  # YAML knows only one NaN
    assert np.signbit(loaded["x"][1])
    assert loaded["y"].dtype == np.float32
    np.testing.assert_array_equal(loaded["y"], numbers[:3].astype("f4"))
    assert loaded["z"] == 1e-7
