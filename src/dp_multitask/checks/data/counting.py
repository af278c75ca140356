# SPDX-License-Identifier: LGPL-3.0-or-later
"""What an input says of each of its systems, held against how many of them there are."""

from __future__ import annotations

from typing import Any

from dp_multitask.checks.data.search import LMDB, Search
from dp_multitask.checks.rules import InputView, run_rules
from dp_multitask.checks.rules.data_sections import ABOUT_NUMBERS
from dp_multitask.diagnostics import Diagnostic


def number_findings(data: Any, backend: str, search: Search) -> list[Diagnostic]:
    """Find lists and blocks for another number of systems than the folders hold.

    Parameters
    ----------
    data : object
        The whole input, of any kind.
    backend : str
        The backend that it is meant for.
    search : Search
        Looks at what it names.

    Returns
    -------
    list of Diagnostic
        With the codes of `ABOUT_NUMBERS`.
    """
    counted: dict[int, int | None] = {}

    def count(section: dict[Any, Any]) -> int | None:
        if id(section) not in counted:  # several rules ask for the same
            counted[id(section)] = _systems_in(section, search)
        return counted[id(section)]

    view = InputView(data, backend, count=count)
    return [
        Diagnostic(rule.code, rule.severity, found.path, None, found.message, found.hint)
        for rule, found in run_rules(view, ABOUT_NUMBERS)
    ]


def counted_anew(
    found: list[Diagnostic], data: Any, backend: str, folder: str
) -> list[Diagnostic]:
    """Hold findings about the numbers of systems against the data, as far as they are there.

    A rule takes each name for one system, but DeePMD-kit looks for systems in every folder that is
    named. Only where a rule has spoken is there looked.

    Parameters
    ----------
    found : list of Diagnostic
        What was found, with places.
    data : object
        The whole input, of any kind.
    backend : str
        The backend that it is meant for.
    folder : str
        The folder that relative paths count from.
    """
    known = {
        (each.code, each.path): each for each in number_findings(data, backend, Search(folder))
    }
    kept = []
    for each in found:
        anew = known.get((each.code, each.path))
        if each.code not in ABOUT_NUMBERS:
            kept.append(each)
        elif anew is not None:
            kept.append(each._replace(message=anew.message, hint=anew.hint))
    return kept


def _systems_in(section: dict[Any, Any], search: Search) -> int | None:
    entries = [entry for _, entry in search.section(section)]
    if any(entry.trouble == LMDB for entry in entries):
        return None
    unknown = [entry for entry in entries if entry.trouble in ("absent", "unreadable")]
    number = len(unknown) + sum(len(entry.systems) for entry in entries)
    if not unknown:
        return number
    # of what is not there, a name in a list is likely a system, one alone a folder of many
    if not isinstance(section.get("systems"), list) or "rglob_patterns" in section:
        return None
    # beside folders that are there it may be a folder of many, too
    return None if len(unknown) < len(entries) and number < _numbered(section) else number


def _numbered(section: dict[Any, Any]) -> float:
    """Tell how many systems a section gives numbers to, as far as it does."""
    lists = [section.get(key) for key in ("batch_size", "sys_probs", "sys_weights")]
    has_blocks = ";" in str(section.get("auto_prob"))
    lengths = [len(each) for each in lists if isinstance(each, list)]
    return float("inf") if has_blocks else max(lengths, default=0)
