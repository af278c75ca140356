# SPDX-License-Identifier: LGPL-3.0-or-later
"""YAML values from the events of PyYAML's parser: the one reader of inputs and of models.

PyYAML's own loaders build a tree of nodes first: its memory is many times the text's, libyaml
recurses in C on the way, and what is read silently (repeated keys, dates) is no longer seen.
"""

from __future__ import annotations

from typing import Any, NoReturn

import yaml
from yaml import events

from dp_multitask.errors import DocumentError
from dp_multitask.records import NamedTuple
from dp_multitask.text.limits import (
    COMMON_LENGTH,
    LIST,
    MAPPING,
    NEW_KEY,
    NUMBER,
    PAIR,
    SLOT,
    TEXT,
    memory_allowed,
    too_many_values,
    values_allowed,
    without_collection,
)
from dp_multitask.text.plain_data import MAX_DEPTH
from dp_multitask.text.positions import position_of
from dp_multitask.text.yaml_errors import Loader, nesting_error, position, syntax_error
from dp_multitask.text.yaml_merging import MERGE, TAG, mapping_node, with_merged

_STR = f"{TAG}str"
_SCALARS = {f"{TAG}{kind}" for kind in ("str", "int", "float", "bool", "null")}
_COLLECTIONS = {events.MappingStartEvent: f"{TAG}map", events.SequenceStartEvent: f"{TAG}seq"}

_MOST_DIGITS = 4300
"""The longest integer that Python converts."""

_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, OverflowError)
"""What PyYAML raises for tags whose value does not fit them."""

_KNOWN_TEXTS = 1_000
_KNOWN_LENGTH = 24
"""How many longer plain scalars are remembered: models repeat 0.0000, inputs true and 6.0."""

_ANCHOR_COST, _SOURCE_COST = 300, 64
"""Bytes of memory of an anchor, and of a key and value that may be merged elsewhere."""


class _Anchored(NamedTuple):
    """What an anchor names: its value, how many values that is, how deep it goes."""

    value: Any
    size: int
    height: int
    is_key: bool


class YamlReader:
    """Builds the value of one YAML 1.1 document, as PyYAML's safe loader does.

    Mappings, lists and the scalars of JSON are read; a repeated key's last value wins, merge keys
    are followed, and an alias gives the object that it names. Subclasses are told what they may
    refuse or note.

    Parameters
    ----------
    text : str
        The text, without a byte order mark.
    name : str
        The file's name, for errors.
    """

    what = "a training input"
    most_levels = MAX_DEPTH

    def __init__(self, text: str, name: str) -> None:
        self.path: list[str | int] = []
        self.name = name
        self._text = text
        self._anchors: dict[str, _Anchored] = {}
        self._open_anchors: set[str] = set()
        self._sources: dict[int, tuple[Any, list[tuple[str | None, Any]]]] = {}
        self._open: list[Any] = []
        self._known: dict[str, tuple[str, Any]] = {}
        self._keys: dict[str, str] = {}
        self._memory_left = memory_allowed(len(text))
        self._most_values = values_allowed(len(text))
        self._size = 0
        self._deepest = 0

    def read(self) -> Any:
        """Read the document.

        Raises
        ------
        DocumentError
            Bad syntax, no or several documents, a value that JSON cannot hold (date, binary,
            set), a key that is no string, an alias within itself, aliases that expand to too
            much, more values than the text should have, or nesting deeper than `most_levels`.
        """
        loader = None
        try:
            loader = self._loader = Loader(self._text)
            self._next = loader.get_event
            self._next()
            if isinstance(self._next(), events.StreamEndEvent):
                msg = "the file is empty"
                raise DocumentError(msg, source=self.name, hint="expected a YAML mapping")
            with without_collection():
                value = self._value(self._next())
            self._next()
            after = self._next()
            if not isinstance(after, events.StreamEndEvent):
                self.refuse("invalid YAML: expected a single document in the stream", after)
            return value
        except yaml.YAMLError as err:
            raise syntax_error(err, self._text, self.name, self.most_levels) from None
        except UnicodeEncodeError as err:
            msg = "invalid YAML: half of a surrogate pair is no character"
            where = position_of(self._text, err.start)
            hint = "remove it, or write the whole character"
            raise DocumentError(msg, source=self.name, position=where, hint=hint) from None
        finally:
            if loader is not None:
                loader.dispose()

    # -- what subclasses are told ---------------------------------------------------------------

    def met_plain(self, text: str, tag: str, event: Any) -> None:
        """Note a plain scalar, which YAML may read as something else than it looks like."""

    def met_repeated(self, key: str, event: Any, first: int) -> None:
        """Note a key that stands in a mapping for another time, first in line `first`."""

    def met_merge(self, event: Any) -> None:
        """Note a merge key."""

    def finished(self, mapping: dict[str, Any]) -> Any:
        """Give what a mapping stands for; its path is `path`."""
        return mapping

    def again(self, value: Any) -> Any:
        """Give what an alias of a value stands for."""
        return value

    def refuse(self, message: str, event: Any, hint: str | None = None) -> NoReturn:
        """Raise an error with the place of an event."""
        raise DocumentError(message, source=self.name, position=position(event), hint=hint)

    # -------------------------------------------------------------------------------------------

    def _spend(self, nbytes: int) -> None:
        self._memory_left -= nbytes
        if self._memory_left < 0:
            raise too_many_values(len(self._text), self.name)

    def _value(self, event: Any) -> Any:
        self._size += 1
        kind = type(event)
        if kind is events.ScalarEvent:
            tag, value = self._scalar(event)
            if event.anchor is not None:
                self._anchor(event, _Anchored(value, 1, 0, tag == _STR))
            return value
        if kind is events.AliasEvent:
            return self.again(self._named(event).value)
        # one more call a level: the deepest tree that is read is far from Python's own limit
        size, deepest = self._size, self._deepest
        self._begin(event)
        value = self._list() if kind is events.SequenceStartEvent else self._mapping()
        self._open.pop()
        if event.anchor is not None:
            self._open_anchors.discard(event.anchor)
            height = self._deepest - len(self.path) + 1
            self._anchor(event, _Anchored(value, self._size - size + 1, height, False))
        self._deepest = max(deepest, self._deepest)
        return value

    def _scalar(self, event: Any) -> tuple[str, Any]:
        """Give a scalar's tag and value."""
        text = event.value
        plain = event.tag is None and event.implicit[0]
        known = self._known.get(text) if plain else None
        if known is None:
            known = self._resolved(event, text)
            self._spend(SLOT + (NUMBER if known[0] != _STR else TEXT + len(text)))
            few = len(text) <= _KNOWN_LENGTH and len(self._known) < _KNOWN_TEXTS
            if plain and (few or (len(text) <= COMMON_LENGTH and known[0] != _STR)):
                self._known[text] = known
        else:
            self._spend(SLOT)
        if plain:
            self.met_plain(text, known[0], event)
        return known

    def _resolved(self, event: Any, text: str) -> tuple[str, Any]:
        tag = event.tag
        if tag is None or tag == "!":
            tag = self._loader.resolve(yaml.ScalarNode, text, event.implicit)
        if tag == _STR:
            return tag, text
        if tag not in _SCALARS:
            self._refuse_tag(tag, event)
        if tag == f"{TAG}int" and len(text) > _MOST_DIGITS:
            msg = f"an integer of {len(text)} digits is too long"
            self.refuse(msg, event, "write it in quotes if text is meant")
        node = yaml.ScalarNode(tag, text)
        try:
            return tag, self._loader.yaml_constructors[tag](self._loader, node)
        except _UNREADABLE as err:  # the tag !!int of a text, for one
            self.refuse(f"a value cannot be read: {str(err) or type(err).__name__}", event)

    def _begin(self, event: Any) -> None:
        """Open a mapping or list, if it may stand here."""
        depth = len(self.path)
        if depth >= self.most_levels:
            raise nesting_error(self.name, self.most_levels, position(event))
        if event.tag not in (None, "!", _COLLECTIONS[type(event)]):
            self._refuse_tag(event.tag, event)
        self._spend(LIST if isinstance(event, events.SequenceStartEvent) else MAPPING)
        self._open.append(event)
        self._deepest = depth
        if event.anchor is not None:
            self._refuse_known(event)
            self._open_anchors.add(event.anchor)

    def _list(self) -> list[Any]:
        value: list[Any] = []
        path = self.path
        path.append(0)
        while not isinstance(event := self._next(), events.SequenceEndEvent):
            path[-1] = len(value)
            value.append(self._value(event))
        path.pop()
        return value

    def _mapping(self) -> Any:
        pairs: list[tuple[str | None, Any]] = []
        lines: dict[str, int] = {}
        path, merges = self.path, False
        is_source = self._open[-1].anchor is not None or "<<" in path[-2:]
        while not isinstance(event := self._next(), events.MappingEndEvent):
            key = self._key(event)
            path.append("<<" if key is None else key)
            if key is None:
                merges = True
                self.met_merge(event)
                pairs.append((None, self._merge_sources()))
            else:
                if key in lines:
                    self.met_repeated(key, event, lines[key])
                lines.setdefault(key, event.start_mark.line + 1)
                pairs.append((key, self._value(self._next())))
            path.pop()
        if merges:
            pairs = with_merged(self._loader, pairs)
        mapping: dict[Any, Any] = dict(pairs)
        if is_source:
            self._spend(_SOURCE_COST * len(pairs))
            self._sources[id(mapping)] = (mapping, pairs)
        return self.finished(mapping)

    def _key(self, event: Any) -> str | None:
        """Give a key, None for the merge key ``<<``."""
        if isinstance(event, events.AliasEvent):
            named = self._named(event)
            if named.is_key:
                return str(named.value)
            self._refuse_key("a collection" if named.size > 1 else repr(named.value), "", event)
        if not isinstance(event, events.ScalarEvent):
            kind = _COLLECTIONS[type(event)].removeprefix(TAG)
            self._refuse_key("a collection", kind, event)
        tag = event.tag
        if tag is None or tag == "!":
            tag = self._loader.resolve(yaml.ScalarNode, event.value, event.implicit)
        if tag == MERGE:
            return None
        if tag != _STR:
            self._refuse_key(repr(event.value), tag.removeprefix(TAG), event)
        if event.anchor is not None:
            self._anchor(event, _Anchored(event.value, 1, 0, True))
        key = str(event.value)
        self._spend(PAIR if key in self._keys else PAIR + NEW_KEY + len(key))
        return self._keys.setdefault(key, key)

    def _merge_sources(self) -> yaml.Node:
        """Read what a merge key names, as the node that PyYAML would have of it."""
        event = self._next()
        value = self._value(event)
        sources = value if isinstance(value, list) else [value]
        nodes = []
        for source in sources:
            if not isinstance(source, dict):
                msg = "invalid YAML: a merge key takes a mapping or a list of mappings"
                self.refuse(msg, event)
            known = self._sources.get(id(source))
            nodes.append(mapping_node(list(source.items()) if known is None else known[1]))
        return yaml.SequenceNode(f"{TAG}seq", nodes) if isinstance(value, list) else nodes[0]

    def _anchor(self, event: Any, anchored: _Anchored) -> None:
        self._refuse_known(event)
        self._spend(_ANCHOR_COST)
        self._anchors[event.anchor] = anchored

    def _refuse_known(self, event: Any) -> None:
        if event.anchor in self._anchors or event.anchor in self._open_anchors:
            self.refuse(f"invalid YAML: the anchor {event.anchor!r} is given twice", event)

    def _named(self, event: Any) -> _Anchored:
        """Give what an alias names, as long as the tree stays as deep and large as it may be."""
        depth = len(self.path)
        if event.anchor in self._open_anchors:
            # PyYAML gives an alias no more place than the collection around it
            where = self._open[-1] if self._open else event
            self.refuse("an alias stands within the value that it names", where)
        named = self._anchors.get(event.anchor)
        if named is None:
            self.refuse(f"invalid YAML: found undefined alias {event.anchor!r}", event)
        self._size += named.size - 1
        self._deepest = max(self._deepest, depth + named.height - 1)
        if depth + named.height > self.most_levels:
            raise nesting_error(self.name, self.most_levels, position(event))
        if self._size > self._most_values:
            msg = f"its aliases expand to more than {self._most_values:,} values"
            self.refuse(msg, self._open[-1] if self._open else event)
        return named

    def _refuse_key(self, shown: str, kind: str, event: Any) -> NoReturn:
        read = f" is read as {kind}, but" if kind else ":"
        hint = "write a string"
        if isinstance(event, events.ScalarEvent):
            hint = f"write it in quotes: '{event.value}'"
        self.refuse(f"the key {shown}{read} keys must be strings", event, hint)

    def _refuse_tag(self, tag: str, event: Any) -> NoReturn:
        kind = tag.removeprefix(TAG)
        if kind == "timestamp":
            msg = f"YAML reads {event.value!r} as a date"
            self.refuse(msg, event, f"write it in quotes: '{event.value}'")
        self.refuse(f"the YAML type {kind!r} has no place in {self.what}", event)
