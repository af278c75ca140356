# SPDX-License-Identifier: LGPL-3.0-or-later
"""Why a variable of a wholly shared component is each branch's own.

Facts of DeePMD-kit 3.2.0's PyTorch backend, found by changing one object after ``share_params`` and
comparing the other's serialised tree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.registry import find_type

_FORGOTTEN = (
    "DeePMD-kit 3.2.0 does not share the {what} at level 0, so that every branch trains its own; "
    "the branches' descriptors differ by it although the input declares them one"
)
_CHARGE_SPIN = _FORGOTTEN.format(what="charge and spin embedding")

# Descriptor type -> first part of a variable's path below it -> why.
_DESCRIPTORS: dict[str, dict[str, str]] = {
    "dpa2": {"tebd_transform": _FORGOTTEN.format(what="transform of the type embedding")},
    "dpa3": {
        "chg_embedding": _CHARGE_SPIN,
        "spin_embedding": _CHARGE_SPIN,
        "mix_cs_mlp": _CHARGE_SPIN,
    },
    "se_e2_r": {
        "@variables": "a restarted job of DeePMD-kit gives every branch its own statistics; "
        "they stay equal unless they are computed anew"
    },
    "dpa4": {"@variables": "it is a mark of the version, not a parameter"},
}

_FITTINGS: dict[str, str] = {
    "@variables/bias_atom_e": "every branch has its own energy bias by design",
    "@variables/case_embd": "it tells the branches apart that share a fitting net",
}


def why_apart(component: Mapping[str, Any], kind: str, level: int, path: str) -> str | None:
    """Explain why a variable is each branch's own at a share level that shares the component.

    Parameters
    ----------
    component : mapping
        The component's native tree.
    kind : {"descriptor", "fitting_net"}
        What it is.
    level : int
        The share level; above 0 it is the user's wish, and None is returned.
    path : str
        The variable's path below the component.
    """
    if level != 0:
        return None
    if kind == "fitting_net":
        return _FITTINGS.get(path)
    type_name = str(component.get("type"))
    head, _, rest = path.partition("/")
    if type_name == "hybrid" and head == "list":
        number, _, inside = rest.partition("/")
        return why_apart(component["list"][int(number)], kind, level, inside)
    found = find_type("descriptor", type_name)
    return _DESCRIPTORS.get(type_name if found is None else found.name, {}).get(head)
