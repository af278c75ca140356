# SPDX-License-Identifier: LGPL-3.0-or-later
"""Type names of descriptors, fitting nets and models, and the classes they stand for.

Light on purpose: resolving an input needs names and levels, never the classes themselves.
Third parties add types with `register` or through the entry-point group
``dp_multitask.components``; entry points are loaded only when a type is not built in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from dp_multitask.component_types import (
    BACKENDS,
    BUILTIN_TYPES,
    DEFAULT_TYPE,
    KINDS,
    TREE_ONLY_TYPES,
    ComponentType,
)
from dp_multitask.errors import ConfigTypeError, RegistrationError, UnknownTypeError

ENTRY_POINT_GROUP = "dp_multitask.components"

_T = TypeVar("_T", bound=type)

_types: dict[str, dict[str, ComponentType]] = {kind: {} for kind in KINDS}
_plugin_classes: dict[tuple[str, str], type] = {}
_native_classes: dict[tuple[str, str], type] = {}
_plugin_errors: list[RegistrationError] | None = None


def _add(entry: ComponentType) -> None:
    known = _types[entry.kind]
    for name in (entry.name, *entry.aliases):
        if name in known:
            msg = f"the {entry.kind} type {name!r} is registered already"
            raise RegistrationError(msg, hint="choose another name")
    for name in (entry.name, *entry.aliases):
        known[name] = entry


for _entry in BUILTIN_TYPES:
    _add(_entry)


def register(
    kind: str,
    name: str,
    *,
    aliases: Iterable[str] = (),
    class_names: Mapping[str, str] | None = None,
    share_levels: Mapping[str, Iterable[int]] | None = None,
) -> Callable[[_T], _T]:
    """Class decorator that adds a component type.

    Parameters
    ----------
    kind : {"descriptor", "fitting_net", "model"}
        What the class is.
    name : str
        The value of ``type`` in an input.
    aliases : iterable of str, optional
        Further names.
    class_names : mapping, optional
        Backend -> class name. Without it the decorated class's name stands for every backend.
    share_levels : mapping, optional
        Backend -> share levels that the class implements. Without it, level 0 everywhere.

    Returns
    -------
    callable
        The decorator; it returns the class unchanged.

    Raises
    ------
    RegistrationError
        `kind` or a backend is unknown, or a name is taken.

    Examples
    --------
    >>> @register("descriptor", "my_descriptor", share_levels={"pt": (0, 1)})
    ... class DescrptMine: ...
    """
    if kind not in KINDS:
        msg = f"unknown kind {kind!r}, expected one of {', '.join(KINDS)}"
        raise RegistrationError(msg)
    for backend in (*(class_names or ()), *(share_levels or ())):
        _check_backend(backend)

    def decorate(cls: _T) -> _T:
        names = class_names if class_names is not None else dict.fromkeys(BACKENDS, cls.__name__)
        levels = share_levels if share_levels is not None else dict.fromkeys(names, (0,))
        _add(
            ComponentType(
                kind,
                name,
                tuple(aliases),
                dict(names),
                {backend: tuple(values) for backend, values in levels.items()},
            )
        )
        _plugin_classes[kind, name] = cls
        return cls

    return decorate


def native(kind: str, *names: str) -> Callable[[_T], _T]:
    """Class decorator that makes a class the native one of types that are known already.

    `native_class` finds it in the module that the table of types names, by default
    ``components/<kind>s/<type>.py``.
    """

    def decorate(cls: _T) -> _T:
        for name in names:
            _native_classes[kind, name] = cls
        return cls

    return decorate


def native_class(kind: str, name: str) -> type:
    """Give the native class of a type, importing the module that defines it.

    Parameters
    ----------
    kind : {"descriptor", "fitting_net", "model"}
        What the type is of.
    name : str
        The type's name or alias.

    Raises
    ------
    UnknownTypeError
        No such type, or it has no native class.
    """
    listed = isinstance(name, str) and (kind, name) not in TREE_ONLY_TYPES
    found = find_type(kind, name) if listed else None  # looks for plugins where it finds none
    canonical = found.name if found is not None else name
    plugin = _plugin_classes.get((kind, canonical))
    if plugin is not None:
        return plugin
    cls = _native_classes.get((kind, canonical)) or _import_native(kind, canonical, found)
    if cls is not None:
        return cls
    if found is None:
        raise _unknown_type(kind, str(name), "pt")
    msg = f"the {kind} type {name!r} has no native class"
    raise UnknownTypeError(msg, path=("type",))


def _import_native(kind: str, name: str, found: ComponentType | None) -> type | None:
    module = TREE_ONLY_TYPES.get((kind, name))
    if found is not None:
        module = None if found.note else found.native_module
    if module is not None:
        from importlib import import_module

        import_module(f"dp_multitask.components.{module}")
    return _native_classes.get((kind, name))


def find_type(kind: str, name: str) -> ComponentType | None:
    """Look a type up by name or alias; plugins are loaded when it is not built in."""
    found = _types[kind].get(name)
    if found is None and name:
        load_plugins()
        found = _types[kind].get(name)
    return found


def registered_types(kind: str | None = None) -> list[ComponentType]:
    """Every type, built in or added so far, once each, in order of registration."""
    load_plugins()
    kinds = KINDS if kind is None else (kind,)
    entries: dict[tuple[str, str], ComponentType] = {}
    for each in kinds:
        for entry in _types[each].values():
            entries.setdefault((entry.kind, entry.name), entry)
    return list(entries.values())


def load_plugins() -> list[RegistrationError]:
    """Import every entry point of the group ``dp_multitask.components``, once.

    A plugin that fails adds no types and hinders no other plugin.

    Returns
    -------
    list of RegistrationError
        Why plugins failed, one each.
    """
    global _plugin_errors
    if _plugin_errors is not None:
        return _plugin_errors
    from importlib.metadata import entry_points

    _plugin_errors = []
    for point in entry_points(group=ENTRY_POINT_GROUP):
        before = {kind: dict(types) for kind, types in _types.items()}
        try:
            point.load()
        except KeyboardInterrupt:
            raise
        except BaseException as err:  # whatever a third party's module does, SystemExit too
            _types.update(before)
            reason = str(err) or type(err).__name__
            msg = f"the plugin {point.name!r} ({point.value}) failed to load: {reason}"
            hint = "repair or uninstall the plugin"
            _plugin_errors.append(RegistrationError(msg, hint=hint))
    return _plugin_errors


def get_class_name(
    item_key: str, item_params: Mapping[str, Any], backend: str = "pt"
) -> str:
    """Give the name of the class that a backend builds from an item's parameters.

    Parameters
    ----------
    item_key : {"descriptor", "fitting_net", "model"}
        What the item is.
    item_params : mapping
        Its parameters; a missing ``type`` means ``se_e2_a`` for a descriptor and ``ener`` for a
        fitting net, as in DeePMD-kit.
    backend : str, default: "pt"
        One of ``pt``, ``pt_expt``, ``pd``, ``dp``, ``jax``, ``tf2``, ``tf``.

    Returns
    -------
    str
        The class name, such as ``DescrptSeA``.

    Raises
    ------
    UnknownTypeError
        No such kind, type or backend, or the backend does not have the type.
    ConfigTypeError
        The parameters are no mapping or ``type`` is no string.
    """
    _check_backend(backend)
    if item_key not in KINDS:
        msg = f"unknown item {item_key!r}, expected one of {', '.join(KINDS)}"
        raise UnknownTypeError(msg)
    if not isinstance(item_params, Mapping):
        msg = f"the parameters of a {item_key} must be a mapping, found {_kind_of(item_params)}"
        raise ConfigTypeError(msg)
    type_name = item_params.get("type", DEFAULT_TYPE[item_key])
    if not isinstance(type_name, str):
        msg = f"the type of a {item_key} must be a string, found {_kind_of(type_name)}"
        raise ConfigTypeError(msg, path=("type",))
    if item_key == "model" and type_name == "standard":
        fitting = item_params.get("fitting_net")
        named = fitting.get("type", "ener") if isinstance(fitting, Mapping) else "ener"
        type_name = named if named in _types["model"] else "ener"
    found = find_type(item_key, type_name)
    if found is None:
        raise _unknown_type(item_key, type_name, backend)
    if backend not in found.class_names:
        others = ", ".join(found.class_names) or "none"
        msg = f"the {item_key} type {type_name!r} does not exist in backend {backend!r}"
        raise UnknownTypeError(msg, path=("type",), hint=f"backends that have it: {others}")
    return found.class_names[backend]


def share_levels(kind: str, type_name: str, backend: str = "pt") -> tuple[int, ...]:
    """Give the share levels that a backend's class implements; empty if it cannot share.

    Raises
    ------
    UnknownTypeError
        No such type or backend.
    """
    _check_backend(backend)
    found = find_type(kind, type_name)
    if found is None:
        raise _unknown_type(kind, type_name, backend)
    return found.share_levels.get(backend, ())


def _check_backend(backend: str) -> None:
    if backend not in BACKENDS:
        msg = f"unknown backend {backend!r}, expected one of {', '.join(BACKENDS)}"
        raise UnknownTypeError(msg)


def _unknown_type(kind: str, type_name: str, backend: str) -> UnknownTypeError:
    msg = f"unknown {kind} type {type_name!r}"
    return UnknownTypeError(msg, path=("type",), hint=_type_hint(kind, type_name, backend))


def _type_hint(kind: str, type_name: str, backend: str) -> str:
    for entry in BUILTIN_TYPES:
        if entry.kind == kind and type_name in entry.argument_check_only:
            return (
                f"DeePMD-kit's argument check accepts {type_name!r} but no backend builds it; "
                f"write {entry.name!r}"
            )
    for other in KINDS:
        if other != kind and type_name in _types[other]:
            return f"{type_name!r} is a type of {other}"
    import difflib

    names = [name for name, entry in _types[kind].items() if backend in entry.class_names]
    close = difflib.get_close_matches(type_name, names, 1)
    if not close:  # upper and lower case matter: DPA1 is no type, dpa1 is
        close = [name for name in names if name.lower() == type_name.lower()]
    if close:
        return f"Did you mean {close[0]!r}?"
    if broken := load_plugins():
        return f"perhaps {broken[0].message}"
    return f"types of {kind} in backend {backend!r}: {', '.join(names)}"


def _kind_of(value: object) -> str:
    return type(value).__name__
