# SPDX-License-Identifier: LGPL-3.0-or-later
"""Say what an audit of a model's sharing found: ``dp-multitask verify FILE --against INPUT``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dp_multitask.modelfile.audit import Audit, Found, LinkAudit, VariableAudit

_LISTED = 6

_FOUND: dict[Found, str] = {
    "one": "stored once",
    "equal": "stored twice, equal",
    "different": "different",
    "missing": "in one of the two only",
}


def audit_lines(audit: Audit) -> Iterator[str]:
    """Write an audit, one paragraph a shared entry and one line a branch."""
    for problem in audit.problems:
        yield f"problem: {problem}"
    heading = None
    for link in audit.links:
        if (link.key, link.shared_type) != heading:
            heading = (link.key, link.shared_type)
            yield f"{link.key} ({link.kind}), the {link.shared_type} of {link.base}:"
        yield from _link_lines(link)
    if not audit.links:
        yield "the input declares nothing shared between branches of this model"


def audit_json(audit: Audit) -> dict[str, Any]:
    """Give an audit as JSON values."""
    return {
        "as_declared": audit.is_as_declared,
        "problems": audit.problems,
        "links": [
            link._asdict() | {"variables": [each._asdict() for each in link.variables]}
            for link in audit.links
        ],
    }


def _link_lines(link: LinkAudit) -> Iterator[str]:
    covered = link.count("shared")
    together = link.count("shared", "one")
    yield (
        f"  {link.branch}, level {link.level}: {together} of {covered} declared variables stored "
        f"once, {link.count('own')} of its own"
    )
    for found in ("equal", "different", "missing"):
        wanted = ("shared", found)
        names = [each.name for each in link.variables if (each.cover, each.found) == wanted]
        if names:
            mark = "note" if found == "equal" else "problem"
            yield f"    {mark}: declared shared, but {_FOUND[found]}: {_named(names)}"
    yield from _gap_lines(link)


def _gap_lines(link: LinkAudit) -> Iterator[str]:
    """Explain what the level does not cover, in groups of the same reason and finding."""
    groups: dict[tuple[str, Found], list[VariableAudit]] = {}
    for each in link.variables:
        if each.why is not None:
            groups.setdefault((each.why, each.found), []).append(each)
    for (why, found), members in groups.items():
        yield f"    note: {_FOUND[found]}: {_named([each.name for each in members])}"
        yield f"      {why}"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
