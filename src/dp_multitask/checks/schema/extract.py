# SPDX-License-Identifier: LGPL-3.0-or-later
"""dargs arguments -> the table of facts: names, types, defaults, aliases, variants.

The documentation of the arguments is left out on purpose: the table holds facts, not sentences.
A *body* is the content of a mapping (its fields and variants). Equal bodies are stored once, under
the path of the shallowest place where they stand, such as ``model[standard]/descriptor[dpa2]``.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable
from typing import Any, get_args, get_origin

FORMAT = 1
"""Version of the table's layout."""

SINGLE_TASK = "single-task"
MULTITASK = "multitask"

# What the label "(Supported Backend: PyTorch, JAX)" calls them.
BACKEND_LABELS = {
    "TensorFlow": "tf",
    "PyTorch": "pt",
    "JAX": "jax",
    "PaddlePaddle": "pd",
    "Paddle": "pd",
    "PyTorch Exportable": "pt_expt",
    "TensorFlow 2": "tf2",
    "DP": "dp",
}
_LABEL = re.compile(r"\s*\(Supported Backends?: ([^)]*)\)")

# Order of the members of a union, so that a table does not depend on hashes.
_TYPE_ORDER = ("bool", "int", "float", "str", "list", "dict", "null")


def extract_table(
    version: str, single_task: Iterable[Any], multitask: Iterable[Any]
) -> dict[str, Any]:
    """Write the arguments of a whole input as a table.

    Parameters
    ----------
    version : str
        The DeePMD-kit release that the arguments come from.
    single_task, multitask : iterable of dargs.Argument
        The top-level arguments of either kind of input.

    Returns
    -------
    dict
        ``{"format", "deepmd_kit", "bodies"}``; the bodies ``single-task`` and ``multitask`` are
        the two kinds of input.
    """
    roots = (
        (SINGLE_TASK, {"fields": {arg.name: _field(arg) for arg in single_task}}),
        (MULTITASK, {"fields": {arg.name: _field(arg) for arg in multitask}}),
    )
    bodies: dict[str, dict[str, Any]] = {}
    names: dict[str, str] = {}
    queue = deque(roots)
    while queue:
        name, body = queue.popleft()
        prefix = {SINGLE_TASK: "", MULTITASK: f"{MULTITASK}/"}.get(name, f"{name}/")
        bodies[name] = body
        for child_name, holder in _children(name, prefix, body):
            child = holder["body"]
            content = json.dumps(child, sort_keys=True)
            if content not in names:
                names[content] = child_name
                queue.append((child_name, child))
            holder["body"] = names[content]
    return {"format": FORMAT, "deepmd_kit": version, "bodies": bodies}


def _children(
    name: str, prefix: str, body: dict[str, Any]
) -> Iterable[tuple[str, dict[str, Any]]]:
    """Give every place in a body that holds another body, with the name it would get."""
    for key, field in body.get("fields", {}).items():
        if "body" in field:
            yield f"{prefix}{key}", field
    for variant in body.get("variants", {}).values():
        for tag, choice in variant["choices"].items():
            if "body" in choice:
                yield f"{name}[{tag}]", choice


def _field(argument: Any) -> dict[str, Any]:
    field: dict[str, Any] = {"type": " | ".join(_type_names(argument.dtype))}
    field |= _backends(argument.doc)
    if argument.optional:
        field["optional"] = True
        if _is_value(argument.default):
            field["default"] = argument.default
    if argument.alias:
        field["alias"] = list(argument.alias)
    if argument.repeat:
        field["repeat"] = True
    if argument.extra_check is not None:
        field["checked"] = True
    body = _body(argument)
    if body:
        field["body"] = body
    return field


def _body(argument: Any) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if argument.sub_fields:
        body["fields"] = {sub.name: _field(sub) for sub in argument.sub_fields.values()}
    if argument.sub_variants:
        body["variants"] = {
            flag: _variant(variant) for flag, variant in argument.sub_variants.items()
        }
    return body


def _variant(variant: Any) -> dict[str, Any]:
    choices: dict[str, Any] = {}
    for tag, choice in variant.choice_dict.items():
        entry = _backends(choice.doc)
        if choice.alias:
            entry["alias"] = list(choice.alias)
        body = _body(choice)
        if body:
            entry["body"] = body
        choices[tag] = entry
    result: dict[str, Any] = {}
    if variant.optional:
        result["default"] = variant.default_tag
    result["choices"] = choices
    return result


def _backends(doc: str | None) -> dict[str, Any]:
    """Read the label with which DeePMD-kit's argument check begins what not every backend has."""
    found = _LABEL.match(doc or "")
    if found is None:
        return {}
    named = [BACKEND_LABELS[name] for name in found[1].split(", ") if name in BACKEND_LABELS]
    return {"backends": named} if set(named) != set(BACKEND_LABELS.values()) else {}


def _is_value(default: Any) -> bool:
    """Tell a default from dargs' mark for "no default", which is no JSON value."""
    return default is None or isinstance(default, (bool, int, float, str, list, dict))


def _type_names(types: Iterable[Any]) -> list[str]:
    names = {_type_name(each) for each in types}
    return sorted(names, key=lambda name: (_TYPE_ORDER.index(name.split("[")[0]), name))


def _type_name(annotation: Any) -> str:
    if annotation is None or annotation is type(None):
        return "null"
    origin, members = get_origin(annotation), get_args(annotation)
    if origin is None:
        name: str = annotation.__name__
        return name
    if origin in (list, dict):
        inner = ", ".join(_type_name(member) for member in members)
        return f"{origin.__name__}[{inner}]"
    return " | ".join(_type_names(members))  # a union, in either of Python's spellings
