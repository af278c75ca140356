# SPDX-License-Identifier: LGPL-3.0-or-later
"""Keep in a JAX checkpoint what its format has no place for.

A ``.jax`` checkpoint holds the branches' variables and a free-form ``model_def_script``, nothing
else. What more the payload says travels in the latter, under one key that no reader looks at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

EXTRAS = "_dp_multitask"
_CARRIED = ("shared_links", "min_nbor_dist", "train_infos", "branches", "@variables")
_DISTANCE = "_min_nbor_dist"
_SCRIPT = "model_def_script"
_ALWAYS_ONE_SIDED = ("se_e2_r", "se_r")


def with_extras(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Copy a payload's top level so that the JAX backend keeps all of it."""
    data = dict(tree)
    extras = {key: _json(data.pop(key)) for key in _CARRIED if data.get(key)}
    script = _one_sided(data[_SCRIPT])
    if script != data[_SCRIPT]:
        extras[_SCRIPT] = _json(data[_SCRIPT])
    data |= {_SCRIPT: script | ({EXTRAS: extras} if extras else {}), "@variables": {}}
    distance = extras.get("@variables", {}).get("min_nbor_dist")
    return data if distance is None else data | {"min_nbor_dist": distance}


def restore_extras(data: Mapping[str, Any]) -> dict[str, Any]:
    """Put what `with_extras` hid back into its places."""
    script = data.get(_SCRIPT)
    if not isinstance(script, Mapping) or EXTRAS not in script:
        return dict(data)
    script = dict(script)
    extras = script.pop(EXTRAS)
    script.pop(_DISTANCE, None)
    restored = {key: value for key, value in data.items() if key != "min_nbor_dist"}
    restored[_SCRIPT] = script
    restored.update(extras)
    return restored


def _one_sided(node: Any) -> Any:
    """Copy a config so that the JAX backend can build every ``se_e2_r`` of it.

    PyTorch's is one-sided whatever the config says; JAX refuses a config that does not say so
    when it reads the checkpoint.
    """
    if isinstance(node, Mapping):
        copy = {key: _one_sided(value) for key, value in node.items()}
        if copy.get("type") in _ALWAYS_ONE_SIDED:
            copy["type_one_side"] = True
        return copy
    return [_one_sided(value) for value in node] if isinstance(node, list) else node


def _json(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {key: _json(value) for key, value in node.items()}
    if isinstance(node, (list, tuple)):
        return [_json(value) for value in node]
    return node.tolist() if hasattr(node, "tolist") else node
