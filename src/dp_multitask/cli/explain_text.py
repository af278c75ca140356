# SPDX-License-Identifier: LGPL-3.0-or-later
"""What ``explain`` says of a place in an input."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from dp_multitask.checks.check import check
from dp_multitask.checks.codes import all_codes
from dp_multitask.checks.origin import Origin
from dp_multitask.checks.schema.manual import line_about, manual_page
from dp_multitask.checks.schema.table import load_table
from dp_multitask.checks.schema.value_types import describe_type
from dp_multitask.errors import TreePath, format_path
from dp_multitask.text.document import Document

_LONGEST = 300
_MOST_RULES = 8
_MARGIN = 17


def place_text(found: Origin, document: Document, schema: str) -> str:
    """Put what is known of a place into words, with a row for each question.

    Parameters
    ----------
    found : Origin
        What `checks.origin.origin` says.
    document : Document
        The input.
    schema : str
        The release whose rules are meant.
    """
    lines = [format_path(found.path) or document.name]
    field = found.meaning.field
    said = line_about(field) if field is not None else None
    if said:
        lines += [f"  {said}"]
    rows = [
        ("value in force", _value(found)),
        ("comes from", _source(found, document)),
        *_sharers(found),
        *_may_be(found),
        *_keys(found),
        *_findings(found, document, schema),
        *_rules(found),
    ]
    if field is not None:
        rows.append(("more", manual_page(field)))
    lines += ["", *(f"  {name:<{_MARGIN}}{text}" for name, text in rows)]
    return "\n".join(lines) + "\n"


def _value(found: Origin) -> str:
    if found.source == "absent":
        return "none: the key must be given" if _must(found) else "none"
    return _shown(found.value)


def _must(found: Origin) -> bool:
    return found.meaning.field is not None and not found.meaning.field.optional


def _source(found: Origin, document: Document) -> str:
    place = format_path(found.written)
    if found.source == "default":
        return f"the default of DeePMD-kit {found.release}; it would be written at {place}"
    if found.source == "absent":
        return f"nowhere; it would be written at {place}"
    line, column = document.key_span(found.written)[:2]
    where = f"{document.name}:{line}:{column}"
    if found.source == "shared":
        key = format_path(found.written[:3])
        return f"{key}, referenced as {found.reference!r}; {where}"
    if found.source == "above":
        return f"{place}, which reaches every branch without one of its own; {where}"
    if found.written != found.path:
        return f"here, as {str(found.written[-1])!r}; {where}"
    return f"here; {where}"


def _sharers(found: Origin) -> Iterator[tuple[str, str]]:
    own = str(found.path[2]) if len(found.path) > 2 else None
    others = [name for name in found.branches if name != own]
    if found.written[:2] == ("model", "shared_dict") and not found.branches:
        yield "used by", "no branch"
    elif others:
        yield "also of" if own in found.branches else "used by", _listing(others)


def _may_be(found: Origin) -> Iterator[tuple[str, str]]:
    field = found.meaning.field
    if field is None:
        return
    words = describe_type(field.type)
    constraint = load_table(found.release).constraint(field)
    if constraint is not None:
        words += f", {constraint.expected}"
    if found.meaning.choices:
        words = _listing([json.dumps(each) for each in found.meaning.choices], 40)
    if found.meaning.takes_reference:
        words += ", or the name of an entry of shared_dict"
    yield "may be", words
    if field.has_default and found.source != "default":
        yield "default", _shown(field.default)
    if field.alias:
        yield "also written", _listing(field.alias)


def _keys(found: Origin) -> Iterator[tuple[str, str]]:
    keys = list(found.meaning.keys.fields)
    if keys:
        yield "may have", _listing(keys, 60)


def _findings(found: Origin, document: Document, schema: str) -> Iterator[tuple[str, str]]:
    places = {found.path, found.written}
    for each in check(document, schema=schema):
        if each.path in places:
            hint = f" ({each.hint})" if each.hint else ""
            yield each.severity, f"{each.code}: {each.message}{hint}"


def _rules(found: Origin) -> Iterator[tuple[str, str]]:
    """Name the rules whose explanation speaks of the key."""
    key = _key_of(found.written)
    if key is None:
        return
    spoken = re.compile(rf"`(?:[a-z_]+/)*{re.escape(key)}(?::[^`]*)?`")
    looked = [
        code for code, each in all_codes().items()
        if each.group != "schema" and spoken.search(f"{each.title} {each.explanation}")
    ]
    if looked:
        more = f" and {len(looked) - _MOST_RULES} more" if len(looked) > _MOST_RULES else ""
        yield "looked at by", f"{', '.join(looked[:_MOST_RULES])}{more}; explain CODE tells more"


def _key_of(path: TreePath) -> str | None:
    return next((part for part in reversed(path) if isinstance(part, str)), None)


def _listing(names: Sequence[str], most: int = 20) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(str, names[:most])) + more


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
