# SPDX-License-Identifier: LGPL-3.0-or-later
"""Apply the fixes that findings carry, as far as each leaves the input no worse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from dp_multitask.diagnostics import Diagnostic, Safety
from dp_multitask.errors import EditError
from dp_multitask.text.document import Document, parse_document
from dp_multitask.text.edits import Claims, apply_edits

MOST_ROUNDS = 100
"""A fix may make room for another one; real inputs are done after two or three rounds."""

Check = Callable[[Document], list[Diagnostic]]


class NotApplied(NamedTuple):
    """A finding whose fix could not be applied, and why."""

    finding: Diagnostic
    reason: str


class Mended(NamedTuple):
    """What became of an input.

    Attributes
    ----------
    document : Document
        The input with the fixes in it.
    findings : list of Diagnostic
        What is left.
    applied : list of Diagnostic
        What was mended, in order.
    refused : list of NotApplied
        What was not, though it carries a fix that was asked for.
    """

    document: Document
    findings: list[Diagnostic]
    applied: list[Diagnostic]
    refused: list[NotApplied]


def mend(document: Document, check: Check, *, unsafe: bool = False) -> Mended:
    """Apply fixes until none is left that can be applied.

    Fixes that touch different places are applied together, and the result is checked again. When
    there is something new in it, fewer are applied at a time, down to single ones. A single one
    that makes the input worse (more errors, or as many errors and more findings), or mends nothing,
    is left out; after others were applied it is tried once more. So a second call changes nothing.

    Parameters
    ----------
    document : Document
        The input; not changed.
    check : callable
        Gives the findings of a document.
    unsafe : bool, default: False
        Apply the fixes that are likely right, too.
    """
    wanted: tuple[Safety, ...] = ("safe", "unsafe") if unsafe else ("safe",)
    state = _State(document, check(document))
    applied: list[Diagnostic] = []
    refused: dict[tuple[object, ...], NotApplied] = {}
    applied_since = False
    for _ in range(MOST_ROUNDS):
        batch = _compatible(each for each in _fixable(state, wanted) if _key(each) not in refused)
        if not batch and not (refused and applied_since):
            break
        if not batch:
            refused, applied_since = {}, False
            continue
        outcome = _outcome(state, batch, check, wanted)
        while isinstance(outcome, str) and len(batch) > 1:
            batch = batch[: len(batch) // 2]
            outcome = _outcome(state, batch, check, wanted)
        if isinstance(outcome, str):
            refused[_key(batch[0])] = NotApplied(batch[0], outcome)
            continue
        state, applied_since = outcome, True
        applied += batch
    left = {_key(each) for each in state.findings}
    not_applied = [each for key, each in refused.items() if key in left]
    return Mended(state.document, state.findings, applied, not_applied)


class _State(NamedTuple):
    document: Document
    findings: list[Diagnostic]


def _key(finding: Diagnostic) -> tuple[object, ...]:
    return finding.code, finding.path, finding.message


def _compatible(findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Choose findings whose fixes touch different places."""
    claims = Claims()
    chosen = []
    for each in findings:
        edits = each.fix.edits if each.fix else ()
        if all(map(claims.allow, edits)):
            for edit in edits:
                claims.add(edit)
            chosen.append(each)
    return chosen


def _outcome(
    state: _State, batch: Sequence[Diagnostic], check: Check, wanted: Sequence[Safety]
) -> _State | str:
    """Give what the fixes of a batch make of an input, or say why they are not to be applied."""
    document = state.document
    edits = [edit for each in batch if each.fix for edit in each.fix.edits]
    try:
        text = apply_edits(document, edits)
    except EditError as err:
        return err.message
    new = parse_document(text, name=document.name, format=document.format)
    after = _State(new, check(new))
    if len(batch) > 1 and len(after.findings) > len(state.findings) - len(batch):
        return "something new was found"  # by which of them, smaller batches tell
    if _weight(after, wanted) < _weight(state, wanted):
        return after
    if _weight(after, wanted)[:2] == _weight(state, wanted)[:2]:
        return "it mends nothing"
    known = {each.message for each in state.findings}
    worse = [each for each in after.findings if each.message not in known]
    return f"the input would be worse{f': {worse[0].message}' if worse else ''}"


def _fixable(state: _State, wanted: Sequence[Safety]) -> list[Diagnostic]:
    return [each for each in state.findings if each.fix and each.fix.safety in wanted]


def _weight(state: _State, wanted: Sequence[Safety]) -> tuple[int, int, int]:
    """Weigh what is wrong: with each step it is less, so that no fix can undo another."""
    errors = sum(each.severity == "error" for each in state.findings)
    return errors, len(state.findings), len(_fixable(state, wanted))
