# SPDX-License-Identifier: LGPL-3.0-or-later
"""Edits of a text, one example of each kind and of each thing that stands in the way."""

from __future__ import annotations

import pytest

from dp_multitask.errors import EditError
from dp_multitask.text.document import parse_document
from dp_multitask.text.edits import Edit, apply_edits

JSON = """\
{
    "_comment": "1.00 and 1E-3 stay as they are",
    "model": {
        "type_map": ["O", "H"],
        "descriptor": {"type": "se_e2_a", "rcut": 6.00, "sel": [46, 92]}
    },
    "learning_rate": {
        "start_lr": 1E-3
    }
}
"""

YAML = """\
# an input
model:
  type_map: [O, H]  # water
  descriptor:
    # smooth
    type: se_e2_a
    rcut: 6.00   # in angstrom
    sel: [46, 92]
  list:
  - a: 1  # first
    # second
    b: 2
  - se_e2_r
training:
  numb_steps: 1_000
  warmup_steps: 5  # short
"""

DES = ("model", "descriptor")


@pytest.mark.parametrize(
    ("edit", "old", "new"),
    [
        (Edit.replace((*DES, "rcut"), 5.5), '"rcut": 6.00', '"rcut": 5.5'),
        (Edit.replace((*DES, "rcut"), 5.5, spelling="5.50"), '"rcut": 6.00', '"rcut": 5.50'),
        (Edit.rename((*DES, "sel"), "sell"), '"sel"', '"sell"'),
        (Edit.remove((*DES, "sel")), ', "sel": [46, 92]', ""),
        (Edit.remove((*DES, "type")), '"type": "se_e2_a", ', ""),
        (Edit.remove((*DES, "sel", 0)), "[46, 92]", "[92]"),
        (Edit.remove(("learning_rate", "start_lr")), '{\n        "start_lr": 1E-3\n    }', "{}"),
        (
            Edit.remove(("learning_rate",)),
            ',\n    "learning_rate": {\n        "start_lr": 1E-3\n    }',
            "",
        ),
        (Edit.remove(("_comment",)), '"_comment": "1.00 and 1E-3 stay as they are",\n    ', ""),
        (Edit.insert((*DES, "seed"), 1), "[46, 92]}", '[46, 92], "seed": 1}'),
        (Edit.insert((*DES, "seed"), 1, after="type"), '_a", ', '_a", "seed": 1, '),
        (
            Edit.insert(("learning_rate", "stop_lr"), 1e-08),
            "1E-3\n",
            '1E-3,\n        "stop_lr": 1e-08\n',
        ),
        (
            Edit.insert(("loss", "start_pref_e"), 0.2, after=None),
            "    }\n}",
            '    },\n    "loss": {\n      "start_pref_e": 0.2\n    }\n}',
        ),
        (Edit.insert(("model", "type_map", 2), "C"), '"H"]', '"H", "C"]'),
        (
            Edit.move((*DES, "rcut"), ("learning_rate", "rcut")),
            None,
            JSON.replace(', "rcut": 6.00', "").replace("1E-3\n", '1E-3,\n        "rcut": 6.00\n'),
        ),
        (
            Edit.move(DES, ("descriptor",)),
            None,
            JSON.replace(
                ',\n        "descriptor": {"type": "se_e2_a", "rcut": 6.00, "sel": [46, 92]}', ""
            ).replace(
                "    }\n}",
                '    },\n    "descriptor": {"type": "se_e2_a", "rcut": 6.00, "sel": [46, 92]}\n}',
            ),
        ),
    ],
)
def test_an_edit_of_json_changes_nothing_else(edit, old, new):
    text = apply_edits(parse_document(JSON, format="json"), [edit])
    assert text == (new if old is None else JSON.replace(old, new))


@pytest.mark.parametrize(
    ("edit", "old", "new"),
    [
        (Edit.replace((*DES, "rcut"), 5.5), "6.00   #", "5.5   #"),
        (Edit.replace((*DES, "sel"), "auto"), "[46, 92]", "auto"),
        (Edit.replace((*DES, "sel"), "1e-3"), "[46, 92]", "'1e-3'"),
        (Edit.rename((*DES, "sel"), "No"), "sel:", "'No':"),
        (Edit.remove((*DES, "rcut")), "    rcut: 6.00   # in angstrom\n", ""),
        (Edit.remove(("model", "type_map", 1)), "[O, H]", "[O]"),
        (Edit.remove(("model", "list", 0, "a")), "a: 1  # first\n    #", "#"),
        (Edit.remove(("model", "list", 1)), "  - se_e2_r\n", ""),
        (
            Edit.remove(("training", "numb_steps")),
            "  numb_steps: 1_000\n",
            "",
        ),
        (Edit.insert((*DES, "seed"), 1), "[46, 92]\n", "[46, 92]\n    seed: 1\n"),
        (Edit.insert((*DES, "seed"), 1, after="type"), "_a\n", "_a\n    seed: 1\n"),
        (
            Edit.insert(("loss", "type"), "ener"),
            "# short\n",
            "# short\nloss:\n  type: ener\n",
        ),
        (Edit.insert(("model", "list", 2), {"type": "x", "sel": [1, {}]}), "  - se_e2_r\n",
         "  - se_e2_r\n  - type: x\n    sel:\n      - 1\n      - {}\n"),
        (
            Edit.move(("training", "warmup_steps"), ("model", "warmup_steps")),
            None,
            YAML.replace("  warmup_steps: 5  # short\n", "").replace(
                "- se_e2_r\n", "- se_e2_r\n  warmup_steps: 5  # short\n"
            ),
        ),
        (
            Edit.move(DES, ("descriptor",)),
            None,
            YAML.replace(
                "  descriptor:\n    # smooth\n    type: se_e2_a\n    rcut: 6.00   # in angstrom\n"
                "    sel: [46, 92]\n",
                "",
            )
            + "descriptor:\n  # smooth\n  type: se_e2_a\n  rcut: 6.00   # in angstrom\n"
            "  sel: [46, 92]\n",
        ),
    ],
)
def test_an_edit_of_yaml_changes_nothing_else(edit, old, new):
    text = apply_edits(parse_document(YAML, format="yaml"), [edit])
    assert text == (new if old is None else YAML.replace(old, new))


@pytest.mark.parametrize(
    ("text", "edits", "message"),
    [
        ("a: 1", [Edit.remove(("b",))], "there is no 'b'"),
        ("a: 1", [Edit.remove(())], "the whole input is no key"),
        ("a: [1]", [Edit.remove(("a", 1))], "there is no 1"),
        ("a: [1]", [Edit.rename(("a", 0), "b")], "an item of a list has no key"),
        ("a: 1", [Edit.insert(("a", "b"), 1)], "'b' has no place in 1"),
        ("a: 1", [Edit.insert(("a",), 1)], "there is a value here already"),
        ("a: 1\nb: 2", [Edit.rename(("a",), "b")], "there is a 'b' already"),
        ("a: {b: 1}", [Edit.remove(("a",)), Edit.replace(("a", "b"), 2)], "two edits overlap"),
        ("a: 1", [Edit.rename(("a",), "b"), Edit.insert(("b",), 2)], "two edits overlap"),
        ("a: 1", [Edit.insert(("b",), 1), Edit.insert(("b",), 2)], "two edits overlap"),
        ("a: &x {b: 1}\nc: *x", [Edit.replace(("c", "b"), 2)], "the alias *x"),
        ("a: &x {b: 1}\nc: *x", [Edit.replace(("a", "b"), 2)], "other places too"),
        ("a: &x {b: 1}\nc: *x", [Edit.remove(("a",))], "cannot be made"),
        ("a: &x {b: 1}\nc:\n  <<: *x", [Edit.remove(("c", "b"))], "comes in by a merge key"),
        ("a: 1", [Edit.replace(("a",), 2, spelling="3")], "other places"),
        (
            "a:\n- 1 # one\n- 2\nc: {d: 1}",
            [Edit.move(("a",), ("c", "a"))],
            "the comments within the value",
        ),
    ],
)
def test_an_edit_that_cannot_be_made_is_refused(text, edits, message):
    with pytest.raises(EditError, match=message.replace("*", r"\*")):
        apply_edits(parse_document(text, format="yaml"), edits)


@pytest.mark.parametrize(
    ("text", "edits", "expected"),
    [
        ("a: &x {b: 1}\nc: *x\n", [Edit.remove(("c",))], "a: &x {b: 1}\n"),
        ("a: &x 1\nb: *x\n", [Edit.rename(("a",), "d")], "d: &x 1\nb: *x\n"),
        ("a:\n", [Edit.replace(("a",), 1)], "a: 1\n"),
        ("a:\n  b: 1\n", [Edit.replace(("a",), None)], "a: null\n"),
        ("a: |\n  x\n  y\nb: 1\n", [Edit.remove(("a",))], "b: 1\n"),
        ("a: 1\nb: 2", [Edit.insert(("c",), 3)], "a: 1\nb: 2\nc: 3"),
        ("a: 'x'\n", [Edit.replace(("a",), "it's")], "a: 'it''s'\n"),
        ('{"a": 1}', [Edit.remove(("a",)), Edit.insert(("b",), "\ud800")], '{"b": "\\ud800"}'),
        (
            '{"a":1,"b":2,"c":3}',
            [Edit.remove(("b",)), Edit.remove(("c",)), Edit.insert(("d",), 4)],
            '{"a":1,"d":4}',
        ),
    ],
)
def test_several_edits_at_once_and_odd_texts(text, edits, expected):
    assert apply_edits(parse_document(text), edits) == expected
