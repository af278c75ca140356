# SPDX-License-Identifier: LGPL-3.0-or-later
"""Edits of a text: the result reads as the edited data, and everything else stays as it was."""

from __future__ import annotations

import json
import random
import re
from contextlib import suppress
from copy import deepcopy
from typing import Any

from hypothesis import given, note, settings
from hypothesis import strategies as st

from dp_multitask.errors import CommentsLostError
from dp_multitask.text.document import Document, parse_document
from dp_multitask.text.edits import Claims, Edit, apply_edits
from dp_multitask.text.written import inline
from example_counts import examples

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-1000, 1000)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "se_e2_a", "No", "1e-3", "a: b", "- x", "é水😀", 'q"', "it's", "a#b"])
)
NAMES = st.sampled_from(["a", "b", "c", "type", "sel", "é", "d e", "_comment", "x:y", "#"])
VALUES = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(NAMES, below, max_size=4),
    max_leaves=12,
)
INPUTS = st.dictionaries(NAMES, VALUES, min_size=1, max_size=5)
FORMATS = st.sampled_from(["json", "yaml"])


class Printer:
    """Writes data in a layout that a person may have chosen, different at every place."""

    def __init__(self, seed: int, format: str) -> None:
        self.random = random.Random(seed)
        self.format = format
        self.newline = self.random.choice(["\n", "\n", "\r\n"])
        self.comments = 0

    def text(self, data: Any) -> str:
        if self.format == "json":
            end = self.random.choice(["", "\n"])
            return (self.json(data, "") + end).replace("\n", self.newline)
        body = self.block(data, "") if data else "{}"
        text = self.comment_lines("") + body.lstrip("\n") + self.random.choice(["", "\n"])
        return text.replace("\n", self.newline)

    def json(self, value: Any, indent: str) -> str:
        if not isinstance(value, dict | list) or not value:
            blank = self.random.choice(["", " "])
            return json.dumps(value)[:1] + blank + "}]"[isinstance(value, list)] if (
                isinstance(value, dict | list)
            ) else self.scalar(value)
        colon = self.random.choice([":", ": ", " : "])
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        if self.random.random() < 0.4:
            rows = self.rows(value, indent, colon)
            return opening + self.random.choice([",", ", "]).join(rows) + closing
        deeper = indent + self.random.choice(["  ", "    ", "\t"])
        rows = self.rows(value, deeper, colon)
        between = self.random.choice([",", " ,"]) + "\n" + deeper
        return f"{opening}\n{deeper}{between.join(rows)}\n{indent}{closing}"

    def rows(self, value: Any, indent: str, colon: str) -> list[str]:
        if isinstance(value, dict):
            return [
                json.dumps(key, ensure_ascii=False) + colon + self.json(item, indent)
                for key, item in value.items()
            ]
        return [self.json(item, indent) for item in value]

    def scalar(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=self.random.random() < 0.5)

    def block(self, value: Any, indent: str, keyed: bool = False) -> str:
        """Write what follows a colon (`keyed`) or dash."""
        if not isinstance(value, dict | list) or not value or self.random.random() < 0.25:
            return " " + self.flow(value, indent) + self.trailing()
        mapping = isinstance(value, dict)
        zero = keyed and indent and not mapping and self.random.random() < 0.3
        deeper = indent[:-2] if zero else indent
        rows = []
        for key, item in value.items() if mapping else enumerate(value):
            lead = f"{inline(key, 'yaml')}:" if mapping else "-"
            below = self.block(item, deeper + "  ", keyed=mapping)
            rows.append(f"\n{self.comment_lines(deeper)}{deeper}{lead}{below}")
        return self.trailing() + "".join(rows)

    def flow(self, value: Any, indent: str) -> str:
        if not isinstance(value, dict | list) or not value:
            return inline(value, "yaml")
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        rows = [
            f"{inline(key, 'yaml')}: {self.flow(item, indent + '  ')}"
            for key, item in value.items()
        ] if isinstance(value, dict) else [self.flow(item, indent + "  ") for item in value]
        if self.random.random() < 0.5:
            return opening + ", ".join(rows) + closing
        lines = "".join(
            f"\n{self.comment_lines(indent + '  ')}{indent}  {row},{self.trailing()}"
            for row in rows[:-1]
        )
        comma = self.random.choice(["", ","])
        last = f"\n{indent}  {rows[-1]}{comma}{self.trailing()}\n{indent} "
        return opening + self.trailing() + lines + last + closing

    def trailing(self) -> str:
        return f"  {self.comment()}" if self.random.random() < 0.3 else ""

    def comment_lines(self, indent: str) -> str:
        return f"{indent}{self.comment()}\n" if self.random.random() < 0.2 else ""

    def comment(self) -> str:
        self.comments += 1
        return f"# note {self.comments}, {{[: -"


@st.composite
def documents(draw: st.DrawFn) -> Document:
    data = draw(INPUTS)
    format = draw(FORMATS)
    text = Printer(draw(st.integers(0, 10**6)), format).text(data)
    document = parse_document(text, format=format)
    assert repr(document.data) == repr(data), text
    return document


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    pairs = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in pairs:
        found += places(value, (*path, key)) if isinstance(value, dict | list) else [(*path, key)]
    return found


def at(data: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        data = data[part]
    return data


def draw_edit(draw: st.DrawFn, data: Any) -> Edit:
    path = draw(st.sampled_from(places(data)))
    kind = draw(st.sampled_from(["replace", "remove", "rename", "insert", "move"]))
    new = draw(st.sampled_from(["new", "No", "über", "x y"])) + str(draw(st.integers(0, 99)))
    mappings = [(), *(each for each in places(data) if isinstance(at(data, each), dict))]
    if kind == "rename" and isinstance(path[-1], str):
        return Edit.rename(path, new)
    if kind == "insert":
        where = draw(st.sampled_from(mappings))
        owner = at(data, where)
        after = draw(st.sampled_from([None, *owner]))
        deeper = draw(st.sampled_from([(), (), ("m",), ("m", "n")]))
        return Edit.insert((*where, *deeper, new), draw(VALUES), after=None if deeper else after)
    if kind == "move":
        outside = [each for each in mappings if each[: len(path)] != path]
        return Edit.move(path, (*draw(st.sampled_from(outside)), new))
    return Edit.remove(path) if kind == "remove" else Edit.replace(path, draw(VALUES))


@st.composite
def documents_with_edits(draw: st.DrawFn) -> tuple[Document, list[Edit]]:
    document = draw(documents())
    edits, claims = [], Claims()
    for _ in range(draw(st.integers(1, 4))):
        edit = draw_edit(draw, document.data)
        missing = edit.kind == "insert" and not _has(document.data, edit.path[:-1])
        if claims.allow(edit) and not (missing and "m" in at_safe(document.data, edit.path)):
            claims.add(edit)
            edits.append(edit)
    note(document.text)
    return document, edits


def _has(data: Any, path: tuple[Any, ...]) -> bool:
    for part in path:
        if not isinstance(data, dict | list) or (isinstance(data, dict) and part not in data):
            return False
        data = data[part]
    return True


def at_safe(data: Any, path: tuple[Any, ...]) -> Any:
    while not _has(data, path):
        path = path[:-1]
    found = at(data, path)
    return found if isinstance(found, dict) else {}


HOLE = object()


def by_hand(data: Any, edits: list[Edit]) -> Any:
    """Make the edits in the data, in a way of its own: marks first, then one rebuilding."""
    result = deepcopy(data)
    names: dict[int, dict[Any, str]] = {}
    late = []
    for each in edits:
        if each.kind == "rename" or (each.kind == "move" and each.path[:-1] == each.target[:-1]):
            owner = at(result, each.path[:-1])
            names.setdefault(id(owner), {})[each.path[-1]] = each.key or each.target[-1]
        elif each.kind == "move":
            late.append((each.target, at(data, each.path), None))
        elif each.kind == "insert":
            late.append((each.path, each.value, each.key))
    for path, value, after in late:
        owner = result
        for part in path[:-1]:
            owner = owner.setdefault(part, {}) if isinstance(owner, dict) else owner[part]
        pairs = list(owner.items())
        rank = [key for key, _ in pairs].index(after) + 1 if after is not None else len(pairs)
        owner.clear()
        owner.update([*pairs[:rank], (path[-1], deepcopy(value)), *pairs[rank:]])
    for each in edits:
        if each.kind in ("remove", "replace", "move") and not (
            each.kind == "move" and each.path[:-1] == each.target[:-1]
        ):
            owner = at(result, each.path[:-1])
            owner[each.path[-1]] = deepcopy(each.value) if each.kind == "replace" else HOLE
    return rebuilt(result, names)


def rebuilt(value: Any, names: dict[int, dict[Any, str]]) -> Any:
    if isinstance(value, dict):
        called = names.get(id(value), {})
        return {
            called.get(key, key): rebuilt(item, names)
            for key, item in value.items()
            if item is not HOLE
        }
    if isinstance(value, list):
        return [rebuilt(item, names) for item in value if item is not HOLE]
    return value


def edited(document: Document, edits: list[Edit]) -> str | None:
    """Make the edits; None where they would have to write a value anew that holds comments."""
    if document.format == "yaml" and any(each.kind == "move" for each in edits):
        with suppress(CommentsLostError):
            return apply_edits(document, edits)
        return None
    return apply_edits(document, edits)


def in_any_order(data: Any) -> str:
    return json.dumps(data, sort_keys=True)


@settings(max_examples=examples(30, 5_000))
@given(documents_with_edits())
def test_the_new_text_reads_as_the_edited_data(drawn: tuple[Document, list[Edit]]) -> None:
    document, edits = drawn
    text = edited(document, edits)
    if text is None:
        return
    found = parse_document(text, format=document.format).data
    # several keys put behind the same one may come in either order
    assert in_any_order(found) == in_any_order(by_hand(document.data, edits)), text
    if len(edits) == 1:
        assert repr(found) == repr(by_hand(document.data, edits)), text


@settings(max_examples=examples(24, 3_000))
@given(documents_with_edits())
def test_every_comment_outside_of_what_is_edited_stays(
    drawn: tuple[Document, list[Edit]],
) -> None:
    document, edits = drawn
    text = edited(document, edits)
    taken = [each.path for each in edits if each.kind in ("replace", "remove", "move")]
    if text is not None and not taken:
        kept = re.findall(r"# note \d+", document.text)
        assert all(each in text for each in kept)


@settings(max_examples=examples(24, 3_000))
@given(documents_with_edits())
def test_lines_that_hold_nothing_edited_stay_in_their_order(
    drawn: tuple[Document, list[Edit]],
) -> None:
    document, edits = drawn
    touched: set[int] = set()
    lines = document.text.split("\n")
    for each in edits:
        for path in (each.path, each.target):
            touched |= lines_around(document, path, whole=each.kind != "rename")
    text = edited(document, edits)
    new = iter((document.text if text is None else text).split("\n"))
    for number, line in enumerate(lines, start=1):
        # comments have a test of their own; a lone dash goes with its item
        if number not in touched and not re.fullmatch(r"[\s-]*(#.*)?", line):
            assert any(line == each for each in new), (line, edits)


def lines_around(document: Document, path: tuple[Any, ...], *, whole: bool) -> set[int]:
    """The lines of a value, its key and its neighbours, whose commas may change."""
    if not path:
        return set()
    found: set[int] = set()
    while not _has(document.data, path[:-1]):
        path = path[:-1]
    owner = at(document.data, path[:-1])
    keys = list(owner) if isinstance(owner, dict) else list(range(len(owner)))
    if path[-1] in keys:
        rank = keys.index(path[-1])
        keys = keys[max(rank - 1, 0) : rank + 2] if whole else [path[-1]]
    paths = [(*path[:-1], key) for key in keys]
    spans = [(document.key_span(each), document.span(each)) for each in paths]
    if whole:
        around = document.span(path[:-1])
        found |= {around.line - 1, around.line, around.end_line}
        found.add(document.key_span(path[:-1]).line)
    for of_key, span in spans:
        found |= set(range(of_key.line - isinstance(owner, list), span.end_line + 1))
    return found


@settings(max_examples=examples(15, 1_000))
@given(documents())
def test_no_edit_changes_nothing(document: Document) -> None:
    assert apply_edits(document, []) == document.text


@settings(max_examples=examples(15, 1_000))
@given(documents(), st.data())
def test_replacing_a_value_by_itself_keeps_what_it_means(document: Document, data: Any) -> None:
    path = data.draw(st.sampled_from(places(document.data)))
    text = apply_edits(document, [Edit.replace(path, at(document.data, path))])
    assert repr(parse_document(text, format=document.format).data) == repr(document.data)
