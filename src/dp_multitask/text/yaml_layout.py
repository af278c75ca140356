# SPDX-License-Identifier: LGPL-3.0-or-later
"""The places of a YAML text, from the marks of PyYAML's parser."""

from __future__ import annotations

from typing import Any

import yaml
from yaml import events

from dp_multitask.text.layout import (
    ALIAS,
    BLOCK_LIST,
    BLOCK_MAPPING,
    KEY,
    LIST,
    MAPPING,
    MERGE,
    SCALAR,
    Layout,
)
from dp_multitask.text.yaml_errors import Loader


def from_yaml(text: str) -> Layout:
    """Lay out a YAML text that was read before."""
    found = Layout(text)
    opened: list[int] = []
    wants_key = False
    event: Any
    for event in yaml.parse(text, Loader=Loader):
        kind = type(event)
        if kind is events.ScalarEvent or kind is events.AliasEvent:
            _add_scalar(found, event, wants_key)
            wants_key = not wants_key and bool(opened) and _is_mapping(found, opened)
        elif kind is events.MappingStartEvent or kind is events.SequenceStartEvent:
            opened.append(len(found.kinds))
            wants_key = kind is events.MappingStartEvent
            _open(found, event, wants_key)
        elif kind is events.MappingEndEvent or kind is events.SequenceEndEvent:
            row = opened.pop()
            flow = found.kinds[row] in (MAPPING, LIST)
            found.close(row, event.end_mark.index if flow else found.ends[-1])
            wants_key = bool(opened) and _is_mapping(found, opened)
    return found


def _is_mapping(found: Layout, opened: list[int]) -> bool:
    return found.kinds[opened[-1]] in (MAPPING, BLOCK_MAPPING)


def _open(found: Layout, event: Any, mapping: bool) -> None:
    if event.flow_style:
        kind = MAPPING if mapping else LIST
    else:
        kind = BLOCK_MAPPING if mapping else BLOCK_LIST
    if event.anchor is not None:
        found.names[len(found.kinds)] = event.anchor
    found.add(kind, event.start_mark.index, event.end_mark.index)


def _add_scalar(found: Layout, event: Any, is_key: bool) -> None:
    row = len(found.kinds)
    start, end = event.start_mark.index, event.end_mark.index
    if isinstance(event, events.AliasEvent):
        # what a key that is an alias names stands elsewhere, as what is merged does
        kind = MERGE if is_key else ALIAS
    elif is_key:
        kind = MERGE if event.value == "<<" and event.implicit[0] else KEY
        if event.start_mark.line != event.end_mark.line:
            found.long_keys[row] = event.value
    else:
        kind = SCALAR
        if event.style in ("|", ">"):  # its mark is behind the line break
            end = start + len(found.text[start:end].rstrip())
    if event.anchor is not None and not is_key:
        found.names[row] = event.anchor
    found.add(kind, start, end)
