# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every diagnostic code: its severity, its title, what it means and what to do about it."""

from __future__ import annotations

from typing import NamedTuple

from dp_multitask.checks import ignoring
from dp_multitask.checks.against.explanations import EXPLANATIONS as AGAINST
from dp_multitask.checks.data.explanations import EXPLANATIONS as DATA
from dp_multitask.checks.rules import RULES
from dp_multitask.checks.schema.explanations import EXPLANATIONS as SCHEMA
from dp_multitask.checks.schema.messages import WARNINGS
from dp_multitask.diagnostics import Severity


class Code(NamedTuple):
    """One code; `explanation` is Markdown, `group` the subject it belongs to."""

    code: str
    severity: Severity
    title: str
    explanation: str
    group: str


GROUPS = {
    "forms": "Whole forms",
    "schema": "Keys, types and values",
    "references": "References to shared entries",
    "sharing": "What is shared",
    "type_maps": "Type maps",
    "sums": "Sums of models",
    "defaults": "Defaults of all branches",
    "branches": "Branch names and aliases",
    "networks": "Fitting nets and losses",
    "descriptors": "Descriptors",
    "shapes": "Shapes",
    "lengths": "Lists for types and layers",
    "spin": "Spin",
    "losses": "Losses",
    "entries": "Loss, data and weight of each branch",
    "data_sections": "Systems and batches",
    "training": "Training",
    "schedules": "Learning rate and output",
    "finetuning": "Fine-tuning",
    "against": "Starting from a trained model",
    "paths": "Data and files that the input names",
    "text": "The text of the input",
    "ignoring": "Codes that are silenced",
}
"""Group -> heading."""

_TEXT: dict[str, tuple[Severity, str, str]] = {
    "DPM901": (
        "warning",
        "YAML reads the number as text",
        "In YAML 1.1 a number with an exponent needs a dot and a sign: `1e-3` is the text "
        "'1e-3', `1.0e-3` a number. A learning rate that is text stops the training job.\n\n"
        "Write `1.0e-3`.",
    ),
    "DPM902": (
        "warning",
        "YAML reads the word as true or false",
        "In YAML 1.1 `yes`, `no`, `on` and `off` are truth values. In a type map, `No` (nobelium) "
        "becomes false.\n\nPut the word in quotes.",
    ),
    "DPM903": (
        "warning",
        "YAML reads the text as a base-60 number",
        "In YAML 1.1 digits with colons between them are a number in base 60: `6:1` is 361. A "
        "shared entry whose name is a number is hit when it is named with a level.\n\n"
        "Put the text in quotes.",
    ),
    "DPM904": (
        "warning",
        "YAML reads the integer in another notation",
        "In YAML 1.1 a leading zero makes an octal number (`010` is 8), and underscores are "
        "ignored.\n\nWrite the decimal number, or put it in quotes if text is meant.",
    ),
    "DPM910": (
        "error",
        "The text cannot be read",
        "The file is not valid JSON or YAML, not UTF-8, or its top level is no mapping. Nothing "
        "else can be checked before this is repaired.\n\n"
        "Common in JSON: a comma after the last item, a comment (use a key that starts with `_`), "
        "single quotes, `True` instead of `true`.",
    ),
    "DPM911": (
        "error",
        "A key is given twice",
        "JSON and YAML readers, DeePMD-kit's among them, silently keep the last of several equal "
        "keys. A second branch of the same name makes the first one vanish.\n\n"
        "Rename one of the two, or remove it.",
    ),
    "DPM913": (
        "error",
        "The text begins with a byte order mark",
        "Some editors put three invisible bytes (EF BB BF) before the text. DeePMD-kit's reader of "
        "JSON refuses them.\n\nSave the file as UTF-8 without a byte order mark (BOM).",
    ),
    "DPM912": (
        "error",
        "Mappings and lists nest too deep",
        "A training input nests under ten levels; this one is no training input.\n\n"
        "Check that the right file was named.",
    ),
}


def all_codes() -> dict[str, Code]:
    """Give every code there is, sorted."""
    codes = [
        *(
            Code(code, "warning" if code in WARNINGS else "error", *_capital(*text), "schema")
            for code, text in SCHEMA.items()
        ),
        *(
            Code(rule.code, rule.severity, rule.title, rule.explanation, rule.group)
            for rule in RULES.values()
        ),
        *(Code(code, *text, "paths") for code, text in DATA.items()),
        *(Code(code, *text, "text") for code, text in _TEXT.items()),
        *(Code(code, *text, "against") for code, text in AGAINST.items()),
        *(Code(code, *text, "ignoring") for code, text in ignoring.EXPLANATIONS.items()),
    ]
    return {each.code: each for each in sorted(codes)}


def _capital(title: str, explanation: str) -> tuple[str, str]:
    return title[:1].upper() + title[1:], explanation
