# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every diagnostic code: its severity, its title, what it means and what to do about it.

A rule's stand with the rule, the others in `codes.md`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from dp_multitask.checks.rules import RULES
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
    "dpa4": "Models with `dpa4`",
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

_FILE = os.path.join(os.path.dirname(__file__), "codes.md")


@cache
def codes_beside_rules() -> Mapping[str, Code]:
    """Read the codes that no rule has: of schema, data, text, trained models and silencing."""
    with open(_FILE, encoding="utf-8") as file:
        _, *groups = file.read().split("\n\n# ")
    codes = {}
    for group in groups:
        name, *sections = group.split("\n\n## ")
        for section in sections:
            heading, _, text = section.rstrip().partition("\n\n")
            first, _, title = heading.partition(": ")
            code, _, severity = first.partition(" ")
            severe: Severity = "warning" if severity == "warning" else "error"
            codes[code] = Code(code, severe, title, text, name)
    return codes


def severity_of(code: str) -> Severity:
    """Give the severity of a code that no rule has."""
    return codes_beside_rules()[code].severity


def all_codes() -> dict[str, Code]:
    """Give every code there is, sorted."""
    of_rules = (
        Code(rule.code, rule.severity, rule.title, rule.explanation, rule.group)
        for rule in RULES.values()
    )
    return {each.code: each for each in sorted([*of_rules, *codes_beside_rules().values()])}
