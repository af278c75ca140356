# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the rules ask of component types: the registry and the native classes tell it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dp_multitask.checks.rules.components import MOST_NESTING
from dp_multitask.checks.rules.view import Branch, as_dict, type_of
from dp_multitask.component_types import BUILTIN_TYPES
from dp_multitask.errors import DPMultitaskError, UnknownTypeError
from dp_multitask.registry import find_type, native_class

if TYPE_CHECKING:
    from dp_multitask.components.core.component import Component
    from dp_multitask.components.descriptors.descriptor import Descriptor

SEL_KEYS = frozenset(("sel", "nsel", "e_sel", "a_sel", "three_body_sel"))


def name_with_class(kind: str, name: str) -> str | None:
    """Give the usual name of a type whose name passes the argument check, but has no class."""
    for entry in BUILTIN_TYPES:
        if entry.kind == kind and name in entry.argument_check_only:
            return entry.name
    return None


def canonical_type(kind: str, params: Any, default: str) -> str | None:
    """Give the registry's name of the type of a component's parameters, if it is known."""
    named = type_of(params, default)
    found = None if named is None else find_type(kind, named)
    return None if found is None else found.name


def class_of_descriptor(params: Any) -> type[Descriptor] | None:
    """Give the native class of a descriptor's parameters, if it has one."""
    from dp_multitask.components.descriptors.descriptor import Descriptor

    kind = canonical_type("descriptor", params, "se_e2_a")
    try:
        found = None if kind is None else native_class("descriptor", kind)
    except UnknownTypeError:
        return None
    return found if found is not None and issubclass(found, Descriptor) else None


def counts_by_type(descriptor: Any) -> bool:
    """Tell whether a descriptor has nets for each type, and counts the neighbours of each."""
    cls = class_of_descriptor(descriptor)
    return cls is not None and not cls.mixed_types and "sel" in cls.keys.names


def in_force(cls: type[Component], params: Mapping[Any, Any]) -> dict[str, Any]:
    """Give the values of a class's fields, with its defaults; nested parts are completed, too."""
    from dp_multitask.components.core.layout import REQUIRED
    from dp_multitask.components.core.reading import config_fields

    values: dict[str, Any] = {}
    for entry in config_fields(cls):
        name = next((name for name in (entry.name, *entry.aliases) if name in params), None)
        if name is not None or entry.default is not REQUIRED:
            values[entry.name] = entry.default if name is None else params[name]
    for name, child in cls.keys.children.items():
        part = name.removesuffix("_args")
        if part != name and child.cls is not None:
            values[part] = in_force(child.cls, as_dict(params.get(part)))
    return values


def default_fitting(branch: Branch) -> str:
    """Give the fitting type of a branch whose fitting net does not name one."""
    return "dpa4_ener" if is_dpa4(branch.params) else "ener"


def is_dpa4(params: Mapping[Any, Any]) -> bool:
    """Tell whether a model is of the type ``dpa4``."""
    return canonical_type("model", params, "") == "dpa4"


def has_virtual_spin(branch: Branch) -> bool:
    """Tell whether the spins of a model are virtual atoms, with types of their own."""
    params = branch.params
    if not isinstance(params.get("spin"), dict) or leaves_spin_out(branch):
        return False
    scheme = as_dict(params["spin"]).get("scheme", "deepspin")
    native = isinstance(scheme, str) and scheme.lower() == "native"
    return not (native and is_dpa4(params))


def leaves_spin_out(branch: Branch) -> bool:
    """Tell whether DeePMD-kit builds the model without looking at its section `spin`.

    It does beside a pair table, and in sums of models and their members but for the one that adds
    an `inner_potential`.
    """
    if "use_srtab" in branch.params or branch.path[-2:-1] == ("models",):
        return True
    members = branch.params.get("models")
    kinds = [type_of(each, "") for each in members] if isinstance(members, list) else []
    is_sum = canonical_type("model", branch.params, "") == "linear_ener"
    return is_sum and "inner_potential" not in kinds


def types_in_descriptor(branch: Branch, names: list[Any]) -> int:
    """Count the types of a model: the elements, and their spins as virtual atoms."""
    return len(names) * (2 if has_virtual_spin(branch) else 1)


def automatic_sel(descriptor: Any) -> list[tuple[tuple[str, ...], str | None]]:
    """Find the neighbour numbers that each branch would take from its own data.

    Returns
    -------
    list
        Path below the descriptor and the text found there, or None where ``sel`` is absent and
        ``auto`` by default.
    """
    params = as_dict(descriptor)
    found: list[tuple[tuple[str, ...], str | None]] = []
    for key, value in params.items():
        if key in SEL_KEYS and isinstance(value, str):
            found.append(((key,), value))
        elif isinstance(value, dict) and isinstance(key, str):
            found += [
                ((key, below), text)
                for below, text in value.items()
                if below in SEL_KEYS and isinstance(text, str)
            ]
    cls = class_of_descriptor(params)
    if "sel" not in params and cls is not None and in_force(cls, params).get("sel") == "auto":
        found.append(((), None))
    return found


def output_width(descriptor: Any, depth: int = 0) -> int | None:
    """Give the width of a descriptor's output, or None where the parameters do not tell."""
    if canonical_type("descriptor", descriptor, "se_e2_a") == "hybrid":
        members = as_dict(descriptor).get("list")
        if not isinstance(members, list) or depth > MOST_NESTING:
            return None
        widths = [output_width(each, depth + 1) for each in members]
        known = [each for each in widths if each is not None]
        return sum(known) if known and len(known) == len(widths) else None
    cls = class_of_descriptor(descriptor)
    if cls is None or not isinstance(descriptor, dict):
        return None
    try:
        return cls.dim_out(in_force(cls, descriptor))
    except (DPMultitaskError, AttributeError, LookupError, TypeError, ValueError):
        return None  # a value of a wrong kind, which the schema reports


def last_layer(neuron: Any) -> int | None:
    """Give the width of a net's last layer, or None where ``neuron`` does not tell."""
    return integer(neuron[-1]) if isinstance(neuron, list) and neuron else None


def integer(value: Any) -> int | None:
    """Give an integer as it is, and None for anything else, true and false included."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
