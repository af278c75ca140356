# SPDX-License-Identifier: LGPL-3.0-or-later
"""What can be wrong with the keys and values of a tree or config, and how it is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any

from dp_multitask import errors
from dp_multitask.components.core.dispatch import class_of_tree
from dp_multitask.components.core.kinds import in_words, kind
from dp_multitask.components.core.layout import REQUIRED, Child, Children, Constant, Field, Version

if TYPE_CHECKING:
    from dp_multitask.components.core.component import Component

_CONTAINERS = (list, tuple, dict)


class Faults:
    """What to do with an error of a tree: raise it, or note it and read on.

    One object serves a whole tree, so that a place costs two list operations.

    Attributes
    ----------
    noted : list of ComponentError or None
        What was found so far; None raises the first.
    place : list of str or int
        Where in the tree reading has come to.
    """

    __slots__ = ("noted", "place")

    def __init__(self, noted: list[errors.ComponentError] | None = None) -> None:
        self.noted = noted
        self.place: list[str | int] = []

    def add(self, err: errors.ComponentError) -> None:
        """Note an error, or raise it."""
        if self.noted is None:
            raise err
        err.move_below(*self.place)
        self.noted.append(err)

    def at(self, part: str | int) -> Faults:
        """Put a place before the path of what is found in the body, and read on after it."""
        self.place.append(part)
        return self

    def __enter__(self) -> None:
        """Do nothing: `at` has noted the place."""

    def __exit__(self, kind: object, err: BaseException | None, trace: object) -> bool:
        """Leave the place; an error goes on with it, or is noted."""
        if err is None:
            self.place.pop()
            return False
        if self.noted is not None and isinstance(err, errors.ComponentError):
            self.add(err)
            self.place.pop()
            return True
        part = self.place.pop()
        if isinstance(err, errors.DPMultitaskError):
            err.move_below(part)
        return False


def config_fields(cls: type[Component]) -> list[Field]:
    """Give the fields that a config may have, in the order of the layout."""
    return [entry for entry in cls.layout if isinstance(entry, Field) and entry.only_in != "tree"]


def fields_of_config(cls: type[Component], config: Mapping[str, Any]) -> dict[str, Any]:
    """Take a class's fields out of a config, in the order of its layout.

    Keys that begin with ``_`` are comments, as in DeePMD-kit.
    """
    if not isinstance(config, Mapping):
        msg = f"the parameters of a {cls.__name__} must be a mapping, found {_name(config)}"
        raise errors.FieldTypeError(msg)
    known = config_fields(cls)
    left = {key for key in config if not str(key).startswith("_")} - set(cls.config_only)
    fields: dict[str, Any] = {}
    for entry in known:
        given = [name for name in (entry.name, *entry.aliases) if name in config]
        left.difference_update(given)
        if given:
            value = config[given[0]]
            if not kind(entry.kind).allows(value):
                raise wrong_type(cls, given[0], value, entry.kind)
            fields[entry.name] = _in_lists(value)
        elif entry.default is REQUIRED:
            raise missing_keys(cls, [entry.name])
        else:
            fields[entry.name] = _in_lists(entry.default)
    if left:
        names = [name for entry in known for name in (entry.name, *entry.aliases)]
        raise unknown_key(cls, min(left, key=str), (*names, *cls.config_only))
    return fields


def nested_fields(cls: type[Component], fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Take the fields of a nested part of a config."""
    with errors.inside(name):
        return fields_of_config(cls, fields[name])


def take_type_map(fields: dict[str, Any], type_map: list[str] | None) -> None:
    """Take the type map of the model where a config gives none of its own."""
    if fields["type_map"] is None and type_map is not None:
        fields["type_map"] = list(type_map)


def read_nested(
    cls: type[Component], entry: Child | Children, value: Any, faults: Faults
) -> Component | list[Component | None] | None:
    """Read nested components."""
    if value is None and not entry.needed:
        return None
    if isinstance(entry, Child):
        return _read_child(entry, value, faults)
    return _read_list(cls, entry, value, faults)


def _read_child(entry: Child | Children, value: Any, faults: Faults) -> Component:
    cls = entry.cls
    if cls is not None and (cls.layout or cls.kind is None):
        return cls.read(value, faults)
    chosen = class_of_tree(value)
    if cls is not None and not issubclass(chosen, cls):
        msg = f"found a {chosen.__name__} in the place of a {cls.__name__}"
        raise errors.ComponentError(msg)
    return chosen.read(value, faults)


def _read_list(
    cls: type[Component], entry: Children, value: Any, faults: Faults
) -> list[Component | None]:
    if not isinstance(value, list | tuple):
        msg = f"expected a list, found {_name(value)}"
        raise errors.FieldTypeError(msg)
    components: list[Component | None] = []
    for index, each in enumerate(value):
        with faults.at(index):
            if each is None and not entry.gaps:
                msg = f"{cls.__name__} has no empty places in {entry.name!r}, found null"
                raise errors.ComponentError(msg)
            components.append(None if each is None else _read_child(entry, each, faults))
    return components


def refused(cls: type[Component], key: str, value: Any) -> errors.ComponentError:
    """Say what a key's value is and what it should be."""
    entry = cls.keys.others.get(key)
    if isinstance(entry, Version):
        return _other_version(cls, entry, value)
    if isinstance(entry, Constant):
        msg = f"expected {entry.value!r} for a {cls.__name__}, found {value!r}"
        return errors.ComponentError(msg, path=(key,))
    if entry is not None:
        msg = f"expected a mapping of arrays, found {_name(value)}"
        return errors.FieldTypeError(msg, path=(key,))
    return wrong_type(cls, key, value, cls.keys.words[key])


def _other_version(cls: type[Component], entry: Version, value: Any) -> errors.ComponentError:
    if isinstance(value, bool) or not isinstance(value, int | float | Real):
        msg = f"'@version' of {cls.__name__} must be a number, found {_name(value)}"
        return errors.FieldTypeError(msg, path=(entry.name,))
    span = f"{entry.oldest} to {entry.newest}" if entry.oldest != entry.newest else "only 1"
    found = f"{value:g}" if isinstance(value, float) else f"{value!s:.20}"
    msg = f"{cls.__name__} has version {found}, expected {span}"
    hint = "a newer DeePMD-kit wrote it" if not value <= entry.newest else None
    return errors.VersionError(msg, path=(entry.name,), hint=hint)


def unknown_key(
    cls: type[Component], key: object, names: Iterable[str] | None = None
) -> errors.UnknownKeyError:
    """Say that a class has no such key, and which one may be meant."""
    import difflib

    known = [entry.name for entry in cls.layout] if names is None else list(names)
    close = difflib.get_close_matches(str(key), known, 1)
    msg = f"{cls.__name__} has no key {key!r}"
    hint = f"Did you mean {close[0]!r}?" if close else f"its keys are {', '.join(known)}"
    return errors.UnknownKeyError(msg, path=(str(key),), hint=hint)


def missing_keys(cls: type[Component], names: list[str]) -> errors.MissingComponentKeyError:
    """Say which keys are missing, in the order of the layout."""
    order = [entry.name for entry in cls.layout]
    listed = ", ".join(repr(name) for name in sorted(names, key=order.index))
    msg = f"{cls.__name__} lacks {listed}"
    return errors.MissingComponentKeyError(msg)


def wrong_type(cls: type[Component], key: str, value: Any, expected: str) -> errors.FieldTypeError:
    """Say what a value is and what it should be."""
    found = f"{_name(value)} {value!r:.60}"
    msg = f"{key!r} of {cls.__name__} must be {in_words(expected, value)}, found {found}"
    return errors.FieldTypeError(msg, path=(key,))


def _name(value: object) -> str:
    return "null" if value is None else type(value).__name__


def own(value: Any) -> Any:
    """Copy mappings, lists and tuples, at any depth; what they hold, such as arrays, is kept."""
    if type(value) is list:
        return [own(each) if type(each) in _CONTAINERS else each for each in value]
    if type(value) is dict or isinstance(value, Mapping):
        copy = dict(value)
        for key, each in value.items():
            if type(each) in _CONTAINERS:
                copy[key] = own(each)
        return copy
    return tuple(map(own, value)) if type(value) is tuple else value


def _in_lists(value: Any) -> Any:
    """Copy the value of a config, with a list for each tuple, as JSON has it."""
    if isinstance(value, Mapping):
        return {key: _in_lists(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_in_lists(each) for each in value]
    return value
