# SPDX-License-Identifier: LGPL-3.0-or-later
"""What spin models have in common: how an input names the types with spin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.errors import ComponentError, FieldTypeError


def types_with_spin(spin: Mapping[str, Any], type_map: list[str]) -> list[bool]:
    """Say of each type whether it has a spin.

    Parameters
    ----------
    spin : dict
        The section of an input; its ``use_spin`` is a flag for each type, or lists the types
        with spin by number or by name.
    type_map : list of str
        The types.

    Raises
    ------
    ComponentError
        It names a type that is not there.
    """
    if not isinstance(spin, Mapping) or not isinstance(spin.get("use_spin"), list):
        msg = "a spin model needs a list 'use_spin'"
        raise FieldTypeError(msg, path=("spin", "use_spin"))
    given = spin["use_spin"]
    if given and all(isinstance(each, bool) for each in given):
        if len(given) != len(type_map):
            msg = f"'use_spin' has {len(given)} flags, expected {len(type_map)}"
            raise ComponentError(msg, path=("spin", "use_spin"), hint="one for each type")
        return list(given)
    names = [
        type_map[each] if isinstance(each, int) and 0 <= each < len(type_map) else each
        for each in given
    ]
    unknown = [name for name in names if name not in type_map]
    if unknown:
        msg = f"'use_spin' names {unknown[0]!r}, which the type map does not have"
        hint = f"the types are {', '.join(type_map)}"
        raise ComponentError(msg, path=("spin", "use_spin"), hint=hint)
    return [name in names for name in type_map]


def with_virtual_types(
    config: Mapping[str, Any], type_map: list[str], use_spin: list[bool]
) -> dict[str, Any]:
    """Give the types of a model of virtual atoms, a second one of each, and what it leaves out.

    Virtual atoms have no energy of their own; those of types without spin have no neighbours.
    """
    ntypes = len(type_map)
    virtual = range(ntypes, 2 * ntypes)
    unused = [index for index, used in zip(virtual, use_spin, strict=True) if not used]
    pairs = [[index, other] for index in unused for other in range(2 * ntypes)]
    return {
        "type_map": [*type_map, *(f"{name}_spin" for name in type_map)],
        "pair_exclude_types": [
            *pairs,
            *(list(pair) for pair in config.get("pair_exclude_types", [])),
        ],
        "atom_exclude_types": sorted({*virtual, *config.get("atom_exclude_types", [])}),
    }


def virtual_scales(spin: Mapping[str, Any], use_spin: list[bool]) -> list[float]:
    """Give the length of each type's virtual spin.

    Raises
    ------
    ComponentError
        It is given neither once, nor for each type, nor for each type with spin.
    """
    scale = spin.get("virtual_scale")
    if isinstance(scale, int | float) and not isinstance(scale, bool):
        return [float(scale)] * len(use_spin)
    number = sum(use_spin)
    if isinstance(scale, list) and len(scale) == len(use_spin):
        return [float(each) for each in scale]
    if isinstance(scale, list) and len(scale) == number:
        left = iter(scale)
        return [float(next(left)) if each else 0.0 for each in use_spin]
    msg = f"'virtual_scale' is {scale!r}, expected a number or {number} or {len(use_spin)} numbers"
    raise ComponentError(msg, path=("spin", "virtual_scale"))
