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


def with_extras(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Copy a payload's top level so that the JAX backend keeps all of it."""
    data = dict(tree)
    extras = {key: _json(data.pop(key)) for key in _CARRIED if data.get(key)}
    script = dict(data["model_def_script"]) | ({EXTRAS: extras} if extras else {})
    data |= {"model_def_script": script, "@variables": {}}
    distance = extras.get("@variables", {}).get("min_nbor_dist")
    return data if distance is None else data | {"min_nbor_dist": distance}


def restore_extras(data: Mapping[str, Any]) -> dict[str, Any]:
    """Put what `with_extras` hid back into its places."""
    script = data.get("model_def_script")
    if not isinstance(script, Mapping) or EXTRAS not in script:
        return dict(data)
    script = dict(script)
    extras = script.pop(EXTRAS)
    script.pop(_DISTANCE, None)
    restored = {key: value for key, value in data.items() if key != "min_nbor_dist"}
    restored.update(extras)
    restored["model_def_script"] = script
    return restored


def _json(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {key: _json(value) for key, value in node.items()}
    if isinstance(node, (list, tuple)):
        return [_json(value) for value in node]
    return node.tolist() if hasattr(node, "tolist") else node
