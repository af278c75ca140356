# SPDX-License-Identifier: LGPL-3.0-or-later
"""Cross-section rules: what a schema cannot see, one small function each.

Codes by subject: DPM00x whole forms, 1xx references, 2xx sharing, 3xx branches and aliases, 4xx
networks and losses, 5xx training, 6xx fine-tuning.
"""

from __future__ import annotations

from collections.abc import Collection
from importlib import import_module

from dp_multitask.checks.rules.rule import RULES, Finding, Rule
from dp_multitask.checks.rules.view import InputView

__all__ = ["RULES", "RULE_MODULES", "Finding", "InputView", "Rule", "run_rules"]

_IN_ORDER = (
    *("forms", "references", "sharing", "type_maps", "sums", "defaults", "branches", "networks"),
    *("descriptors", "dpa4", "lengths", "spin", "losses", "entries", "data_sections", "training"),
    *("schedules", "shapes", "finetuning"),
)
RULE_MODULES = tuple(import_module(f"{__name__}.{name}") for name in _IN_ORDER)
"""The modules that define the rules, in order of their codes."""


def run_rules(
    view: InputView, codes: Collection[str] = RULES.keys()
) -> list[tuple[Rule, Finding]]:
    """Apply the rules of these codes that look at this kind of input; equal findings come once."""
    found: dict[tuple[str, object, str], tuple[Rule, Finding]] = {}
    for rule in RULES.values():
        if view.kind in rule.kinds and rule.code in codes:
            for finding in rule.function(view):
                found.setdefault((rule.code, finding.path, finding.message), (rule, finding))
    return list(found.values())
