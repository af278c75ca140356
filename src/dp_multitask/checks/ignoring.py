# SPDX-License-Identifier: LGPL-3.0-or-later
"""Codes that an input silences: ``"_dpm_ignore": ["DPM404"]`` in the section it is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dp_multitask.checks.codes import all_codes, severity_of
from dp_multitask.diagnostics import Diagnostic, Fix
from dp_multitask.errors import TreePath
from dp_multitask.records import NamedTuple
from dp_multitask.text.plain_data import describe

KEY = "_dpm_ignore"

_OURS = ("DPM920", "DPM921")
# Found only when asked for: that none is found tells nothing.
_ON_REQUEST = ("DPM7", "DPM8")


class _Silenced(NamedTuple):
    section: TreePath
    place: TreePath
    code: str


def without_ignored(findings: list[Diagnostic], data: Any) -> list[Diagnostic]:
    """Leave out the findings that the input silences; tell of codes that silence nothing.

    Parameters
    ----------
    findings : list of Diagnostic
        What was found.
    data : object
        The input.

    Returns
    -------
    list of Diagnostic
        Codes ``DPM920`` and ``DPM921`` are added, without spans.
    """
    sections = list(_sections(data, ()))
    if not sections:
        return findings
    silenced: list[_Silenced] = []
    told: list[Diagnostic] = []
    codes = all_codes()
    for path, value in sections:
        place = (*path, KEY)
        if path == ("model", "model_dict"):
            msg = f"DeePMD-kit takes {KEY!r} for a branch here"
            told.append(_finding("DPM921", place, msg, "write it in 'model', or in a branch"))
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list):
            msg = f"found {describe(value)}, expected a list of codes"
            told.append(_finding("DPM921", place, msg, 'write ["DPM404"], for example'))
            continue
        for index, code in enumerate(listed):
            here = place if listed is not value else (*place, index)
            if isinstance(code, str) and code in codes and code not in _OURS:
                silenced.append(_Silenced(path, here, code))
            else:
                msg = f"found {describe(code)}, expected a code that can be silenced"
                told.append(_finding("DPM921", here, msg, "see dp-multitask explain"))
    kept, used = _sorted_out(findings, silenced)
    for each in silenced:
        if each not in used and not each.code.startswith(_ON_REQUEST):
            msg = f"nothing with the code {each.code} is found here or below"
            told.append(_finding("DPM920", each.place, msg, "remove it", _removal(each, data)))
    return kept + told


def is_ignored(finding: Diagnostic, data: Any) -> bool:
    """Tell whether an input silences a finding."""
    return any(
        finding.code == value or (isinstance(value, list) and finding.code in value)
        for path, value in _sections(data, ())
        if finding.path[: len(path)] == path
    )


def _sorted_out(
    findings: list[Diagnostic], silenced: list[_Silenced]
) -> tuple[list[Diagnostic], set[_Silenced]]:
    """Give the findings that are not silenced, and what silences others."""
    by_code: dict[str, list[_Silenced]] = {}
    for each in silenced:
        by_code.setdefault(each.code, []).append(each)
    kept, used = [], set()
    for finding in findings:
        by = [
            each
            for each in by_code.get(finding.code, ())
            if finding.path[: len(each.section)] == each.section
        ]
        used.update(by)
        if not by:
            kept.append(finding)
    return kept, used


def _sections(data: Any, path: TreePath) -> Iterator[tuple[TreePath, Any]]:
    if isinstance(data, dict):
        if KEY in data:
            yield path, data[KEY]
        for key, value in data.items():
            if isinstance(value, dict | list) and key != KEY:
                yield from _sections(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            if isinstance(value, dict | list):
                yield from _sections(value, (*path, index))


def _removal(silenced: _Silenced, data: Any) -> Fix:
    listed: Any = data
    place = (*silenced.section, KEY)
    for part in place:
        listed = listed[part]
    alone = isinstance(listed, str) or len(listed) == 1
    return Fix.remove(place if alone else silenced.place, "safe")


def _finding(
    code: str, path: TreePath, message: str, hint: str, fix: Fix | None = None
) -> Diagnostic:
    return Diagnostic(code, severity_of(code), path, None, message, hint, fix)
