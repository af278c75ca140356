# SPDX-License-Identifier: LGPL-3.0-or-later
"""Facts on component types that the rules need beside the registry's.

Read off DeePMD-kit 3.2.0: the defaults of its argument check and each descriptor's output width.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.checks.rules.view import Branch, as_dict, type_of
from dp_multitask.component_types import BUILTIN_TYPES
from dp_multitask.registry import find_type

_SE = {"neuron": [10, 20, 40]}
_SE_TEBD = _SE | {"tebd_dim": 8, "concat_output_tebd": True}

DEFAULTS: dict[str, dict[str, Any]] = {
    "se_e2_a": _SE | {"axis_neuron": 4},
    "se_e2_r": _SE,
    "se_e3": _SE,
    "se_e3_tebd": _SE_TEBD,
    "se_atten": _SE_TEBD | {"axis_neuron": 4},
    "se_atten_v2": _SE_TEBD | {"axis_neuron": 4},
}
"""Descriptors whose ``sel`` is ``auto`` unless written, and the defaults that set their width."""

TYPE_BY_TYPE = frozenset(("se_e2_a", "se_e2_r", "se_e3"))
"""Descriptors with a net for each type, which count the neighbours of each type."""

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


def default_fitting(branch: Branch) -> str:
    """Give the fitting type of a branch whose fitting net does not name one."""
    return "dpa4_ener" if canonical_type("model", branch.params, "") == "dpa4" else "ener"


def has_virtual_spin(params: Mapping[Any, Any]) -> bool:
    """Tell whether the spins of a model are virtual atoms, with types of their own."""
    if not isinstance(params.get("spin"), dict):
        return False
    scheme = as_dict(params["spin"]).get("scheme", "deepspin")
    native = isinstance(scheme, str) and scheme.lower() == "native"
    return not (native and canonical_type("model", params, "") == "dpa4")


def types_in_descriptor(branch: Branch, names: list[Any]) -> int:
    """Count the types of a model: the elements, and their spins as virtual atoms."""
    return len(names) * (2 if has_virtual_spin(branch.params) else 1)


def looks_like_fitting(entry: dict[Any, Any]) -> bool:
    """Tell whether untyped parameters are those of a fitting net rather than a descriptor."""
    descriptor_keys = ("rcut", "sel", "rcut_smth", "axis_neuron", "list", "repinit", "repflow")
    return bool(entry) and not any(key in entry for key in descriptor_keys)


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
    if "sel" not in params and canonical_type("descriptor", params, "se_e2_a") in DEFAULTS:
        found.append(((), None))
    return found


def output_width(descriptor: Any) -> int | None:
    """Give the width of a descriptor's output, or None where the parameters do not tell."""
    if not isinstance(descriptor, dict):
        return None
    params = descriptor
    kind = canonical_type("descriptor", params, "se_e2_a")
    if kind in DEFAULTS:
        return _width_of_se(kind, DEFAULTS[kind] | params)
    if kind == "dpa2":
        own = integer(as_dict(params.get("repformer")).get("g1_dim", 128))
        embedding = integer(as_dict(params.get("repinit")).get("tebd_dim", 8))
        return _with_embedding(own, embedding, params.get("concat_output_tebd", True))
    if kind == "dpa3":
        own = integer(as_dict(params.get("repflow")).get("n_dim", 128))
        return _with_embedding(own, own, params.get("concat_output_tebd", False))
    return None


def _width_of_se(kind: str, params: dict[str, Any]) -> int | None:
    width = last_layer(params["neuron"])
    if "axis_neuron" in DEFAULTS[kind]:
        axis = integer(params["axis_neuron"])
        width = None if width is None or axis is None else width * axis
    if "tebd_dim" in DEFAULTS[kind]:
        return _with_embedding(width, integer(params["tebd_dim"]), params["concat_output_tebd"])
    return width


def _with_embedding(own: int | None, embedding: int | None, concatenated: Any) -> int | None:
    if own is None or not isinstance(concatenated, bool):
        return None
    if not concatenated:
        return own
    return None if embedding is None else own + embedding


def last_layer(neuron: Any) -> int | None:
    """Give the width of a net's last layer, or None where ``neuron`` does not tell."""
    return integer(neuron[-1]) if isinstance(neuron, list) and neuron else None


def integer(value: Any) -> int | None:
    """Give an integer as it is, and None for anything else, true and false included."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
