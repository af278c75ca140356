# SPDX-License-Identifier: LGPL-3.0-or-later
"""What can be wrong with the keys and values of a tree or config, and how it is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from dp_multitask.components.core.dispatch import class_of_tree
from dp_multitask.components.core.layout import (
    REQUIRED,
    Child,
    Children,
    Constant,
    Entry,
    Field,
    Variables,
    Version,
)
from dp_multitask.errors import (
    ComponentError,
    FieldTypeError,
    MissingComponentKeyError,
    UnknownKeyError,
    VersionError,
)

if TYPE_CHECKING:
    from dp_multitask.components.core.component import Component

_WORDS = {
    "size": "a non-negative integer",
    "sizes": "a list of non-negative integers",
    "pairs": "a list of pairs of types",
}


def fields_of_config(cls: type[Component], config: Mapping[str, Any]) -> dict[str, Any]:
    """Take a class's fields out of a config, in the order of its layout.

    Keys that begin with ``_`` are comments, as in DeePMD-kit.
    """
    if not isinstance(config, Mapping):
        msg = f"the parameters of a {cls.__name__} must be a mapping, found {_name(config)}"
        raise FieldTypeError(msg)
    known = [entry for entry in cls.layout if isinstance(entry, Field) and entry.only_in != "tree"]
    left = {key for key in config if not key.startswith("_")} - set(cls.config_only)
    fields: dict[str, Any] = {}
    for entry in known:
        given = [name for name in (entry.name, *entry.aliases) if name in config]
        left.difference_update(given)
        if given:
            value = config[given[0]]
            if not isinstance(value, entry.classes) or not holds(entry.contents, value):
                raise wrong_type(cls, given[0], value, entry.kind)
            fields[entry.name] = _own(value)
        elif entry.default is REQUIRED:
            raise missing_keys(cls, [entry.name])
        else:
            fields[entry.name] = _own(entry.default)
    if left:
        names = [name for entry in known for name in (entry.name, *entry.aliases)]
        raise unknown_key(cls, min(left), (*names, *cls.config_only))
    return fields


def holds(contents: tuple[Callable[[object], bool], ...], value: object) -> bool:
    """Say whether a value is one of the things that a field may hold."""
    return not contents or any(check(value) for check in contents)


def nested_fields(cls: type[Component], fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Take the fields of a nested part of a config."""
    try:
        return fields_of_config(cls, fields[name])
    except ComponentError as err:
        err.path = (name, *err.path)
        raise


def read_entry(cls: type[Component], entry: Entry, value: Any) -> Any:
    """Read the value of a key that is no plain field."""
    try:
        if value is None and isinstance(entry, Child | Children) and not entry.needed:
            return None
        if isinstance(entry, Child):
            return (entry.cls or class_of_tree(value)).read(value)
        if isinstance(entry, Children):
            return _read_list(entry, value)
        if isinstance(entry, Variables):
            if not isinstance(value, Mapping):
                msg = f"expected a mapping of arrays, found {_name(value)}"
                raise FieldTypeError(msg)
            return dict(value)
        if isinstance(entry, Version):
            _check_version(cls, entry, value)
        elif isinstance(entry, Constant):
            _check_constant(cls, entry, value)
    except ComponentError as err:
        err.path = (entry.name, *err.path)
        raise
    return value


def _read_list(entry: Children, value: Any) -> list[Component | None]:
    if not isinstance(value, list | tuple):
        msg = f"expected a list, found {_name(value)}"
        raise FieldTypeError(msg)
    components: list[Component | None] = []
    for index, each in enumerate(value):
        try:
            components.append(
                None if each is None else (entry.cls or class_of_tree(each)).read(each)
            )
        except ComponentError as err:
            err.path = (index, *err.path)
            raise
    return components


def _check_version(cls: type[Component], entry: Version, value: Any) -> None:
    """Refuse a version outside the accepted range."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        msg = f"'@version' of {cls.__name__} must be a number, found {_name(value)}"
        raise FieldTypeError(msg)
    if not entry.oldest <= value <= entry.newest:
        span = f"{entry.oldest} to {entry.newest}" if entry.oldest != entry.newest else "only 1"
        msg = f"{cls.__name__} has version {value}, expected {span}"
        hint = "a newer DeePMD-kit wrote it" if value > entry.newest else None
        raise VersionError(msg, hint=hint)


def _check_constant(cls: type[Component], entry: Constant, value: Any) -> None:
    """Refuse another value than a class's own, such as the ``@class`` of another class."""
    if not isinstance(value, str) or value not in (entry.value, *entry.also):
        msg = f"expected {entry.value!r} for a {cls.__name__}, found {value!r}"
        raise ComponentError(msg)


def unknown_key(
    cls: type[Component], key: str, names: Iterable[str] | None = None
) -> UnknownKeyError:
    """Say that a class has no such key, and which one may be meant."""
    import difflib

    known = [entry.name for entry in cls.layout] if names is None else list(names)
    close = difflib.get_close_matches(str(key), known, 1)
    msg = f"{cls.__name__} has no key {key!r}"
    hint = f"Did you mean {close[0]!r}?" if close else f"its keys are {', '.join(known)}"
    return UnknownKeyError(msg, path=(key,), hint=hint)


def missing_keys(cls: type[Component], names: list[str]) -> MissingComponentKeyError:
    """Say which keys are missing, in the order of the layout."""
    order = [entry.name for entry in cls.layout]
    listed = ", ".join(repr(name) for name in sorted(names, key=order.index))
    msg = f"{cls.__name__} lacks {listed}"
    return MissingComponentKeyError(msg)


def wrong_type(cls: type[Component], key: str, value: Any, expected: str) -> FieldTypeError:
    """Say what a value is and what it should be."""
    wanted = " or ".join(_WORDS.get(word, word) for word in expected.split(" | "))
    msg = f"{key!r} of {cls.__name__} must be {wanted}, found {_name(value)} {value!r:.60}"
    return FieldTypeError(msg, path=(key,))


def _name(value: object) -> str:
    return "null" if value is None else type(value).__name__


def _own(value: Any) -> Any:
    """Copy lists and mappings, so that the component does not change with the config."""
    if isinstance(value, Mapping):
        return {key: _own(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_own(each) for each in value]
    return value
