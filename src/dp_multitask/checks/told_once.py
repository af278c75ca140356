# SPDX-License-Identifier: LGPL-3.0-or-later
"""What rules and schema say of one input, so that each mistake is told once."""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING, Any

from dp_multitask.checks.rules import RULES, InputView, run_rules
from dp_multitask.checks.rules.rule import Rule
from dp_multitask.checks.schema.outdated import with_upgrades
from dp_multitask.checks.schema.places import BY_BRANCH, is_moved
from dp_multitask.diagnostics import Diagnostic, Finding, Underlined
from dp_multitask.errors import TreePath

if TYPE_CHECKING:
    from dp_multitask.checks.schema.walk import Walk

OF_LATER = "DPM024"
_SHAPES = "DPM415"

# Schema findings that a rule at the same place says better: unknown, missing and misplaced keys,
# values of the wrong kind, settings that exclude each other.
_SAID_BETTER = frozenset(("DPM011", "DPM012", "DPM013", "DPM014", "DPM017", "DPM022", "DPM023"))
# Of values that are none of the kind or range that is expected, and of types that do not exist.
_BAD_VALUES = frozenset(("DPM013", "DPM014", "DPM015", "DPM021"))
# Of what is no entry of a branch, which the schema says better: it names where that belongs.
_OF_ENTRIES = frozenset(("DPM501", "DPM502"))
# Schema findings about a key rather than its value.
_ABOUT_KEYS = frozenset(("DPM011", "DPM016", "DPM018", "DPM020", "DPM023", OF_LATER))


def rules_and_schema(walk: Walk, data: Any, backend: str) -> list[tuple[Diagnostic, Underlined]]:
    """Find what rules and schema say, with the part to underline; a rule wins over the schema."""
    unusable = {_component_of(each.path) for each in walk.findings if each.code in _BAD_VALUES}
    bad = {each.path for each in walk.findings if each.code in _BAD_VALUES}
    refused = {each.path for each in walk.findings if each.code == OF_LATER}
    wrong = [each.path for each in walk.findings if each.path[:-1] in BY_BRANCH]
    displaced = {*wrong, *(path[:-1] for path in wrong)}
    found = [
        (rule, finding)
        for rule, finding in run_rules(InputView(data, backend, walk.table))
        if not is_moved(finding.path, walk.moved) and not is_below(finding.path, refused)
        and not (rule.code in _OF_ENTRIES and finding.path in displaced)
        and not (_is_said_of_bad_value(rule, finding.path, bad) and bad.isdisjoint(finding.covers))
    ]
    covered = _covered(found)
    told = {finding.path for rule, finding in found if rule.code != _SHAPES}
    marked: list[tuple[Diagnostic, Underlined]] = []
    settled: set[TreePath] = set()
    for place, (rule, (path, message, hint, part, _, fix)) in enumerate(found):
        if rule.code == _SHAPES and (path in told or _component_of(path) in unusable):
            continue  # another says it, or sizes cannot be told from a value that is none
        if not _is_consequence(path, covered, place):
            said = Diagnostic(rule.code, rule.severity, path, None, message, hint, fix)
            marked.append((said, part))
            if rule.severity == "error":
                settled.add(path)
    for each in with_upgrades(walk.findings, data):
        repeated = each.code in RULES or (each.path in settled and each.code in _SAID_BETTER)
        if not repeated and not _is_consequence(each.path, covered, None):
            marked.append((each, "key" if each.code in _ABOUT_KEYS else "auto"))
    return marked


def _is_said_of_bad_value(rule: Rule, path: TreePath, bad: set[TreePath]) -> bool:
    """Tell whether a rule looks into a value that is none, or only warns of it."""
    return is_below(path[:-1], bad) or (path in bad and rule.severity == "warning")


def _component_of(path: TreePath) -> TreePath:
    """Give the place of the branch's part, or of the shared entry, that a place is in."""
    if path[:2] == ("model", "model_dict"):
        return path[:4]
    return path[:3] if path[:2] == ("model", "shared_dict") else path[:2]


def is_below(path: TreePath, places: Set[TreePath]) -> bool:
    """Tell whether a place is one of these, or within one."""
    return bool(places) and any(path[:depth] in places for depth in range(len(path) + 1))


def _covered(found: list[tuple[Rule, Finding]]) -> dict[TreePath, set[int]]:
    """Give the places that findings speak for, with the numbers of these findings."""
    covered: dict[TreePath, set[int]] = {}
    for number, (_, finding) in enumerate(found):
        if finding.covers and _is_consequence(finding.path, covered, None):
            continue  # what follows from another finding speaks for none
        for path in finding.covers:
            covered.setdefault(path, set()).add(number)
    return covered


def _is_consequence(
    path: TreePath, covered: dict[TreePath, set[int]], number: int | None
) -> bool:
    """Tell whether another finding speaks for what was found at a place."""
    if not covered:
        return False
    speakers = (covered.get(path[:depth], set()) for depth in range(len(path) + 1))
    return any(each - {number} for each in speakers)
