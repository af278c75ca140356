# SPDX-License-Identifier: LGPL-3.0-or-later
"""The multitask payload, and the single-model payload of each of its branches.

The payload is the one that DeePMD-kit's JAX and TF2 backends write: ``model.model_dict`` and
``model_def_script.model_dict``, each with a key a branch, beside ``shared_links``. What a branch's
own file said at its top level and the payload has no place for is kept in ``branches``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.config.branch_names import find_branch
from dp_multitask.errors import ModelTreeError, TreePath, UnknownBranchError
from dp_multitask.modelfile.places import (
    BRANCHES_GROUP,
    METADATA_KEYS,
    VARIABLES_KEY,
    check_branch_name,
    hdf5_name,
    tree_key,
)

BRANCH_EXTRAS = "branches"
_OWN_PLACE = ("model", "model_def_script")


def is_multitask(tree: Mapping[str, Any]) -> bool:
    """Whether a payload holds branches rather than one model."""
    model = tree.get("model")
    return isinstance(model, Mapping) and isinstance(model.get("model_dict"), Mapping)


def branch_names(tree: Mapping[str, Any]) -> list[str]:
    """Give the branches of a payload in their order; [] for a single model."""
    return list(tree["model"]["model_dict"]) if is_multitask(tree) else []


def branch_payload(tree: Mapping[str, Any], branch: str) -> dict[str, Any]:
    """Give one branch of a multitask payload as a single-model payload, without metadata.

    The nested mappings are those of `tree`, not copies.
    """
    extras = _mapping(_mapping(tree, BRANCH_EXTRAS), branch)
    script = _mapping(_mapping(tree, "model_def_script"), "model_dict")
    variables = dict(_mapping(extras, VARIABLES_KEY))
    distance = tree.get("min_nbor_dist")
    if isinstance(distance, Mapping) and distance.get(branch) is not None:
        variables.setdefault("min_nbor_dist", distance[branch])
    payload = {key: value for key, value in extras.items() if key != VARIABLES_KEY}
    payload["model"] = tree["model"]["model_dict"][branch]
    if branch in script:
        payload["model_def_script"] = script[branch]
    payload[VARIABLES_KEY] = variables
    return payload


def check_extras(tree: Mapping[str, Any], branch: str) -> None:
    """Refuse what ``branches`` holds of a branch that has a place elsewhere in the payload.

    Raises
    ------
    ModelTreeError
        ``branches`` holds a model or configuration: only one of the two could be kept.
    """
    for key in _OWN_PLACE:
        if key in _mapping(_mapping(tree, BRANCH_EXTRAS), branch):
            msg = f"the {key!r} of a branch has its place in {key}/model_dict/{branch}"
            raise ModelTreeError(msg, path=(BRANCH_EXTRAS, branch, key))


def join_payloads(
    payloads: Mapping[str, Mapping[str, Any]], sources: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Make a multitask payload of single-model payloads, without metadata and links.

    Parameters
    ----------
    payloads : mapping
        Branch name -> single-model payload; none is changed.
    sources : mapping, optional
        Branch name -> the file that the payload comes from, for messages.

    Raises
    ------
    BranchNameError
        A name cannot be a branch's.
    ModelTreeError
        A payload holds no model, or several.
    """
    joined: dict[str, Any] = {"model": {"model_dict": {}}, "model_def_script": {"model_dict": {}}}
    extras: dict[str, Any] = {}
    for name, payload in payloads.items():
        check_branch_name(name)
        if not isinstance(payload.get("model"), Mapping) or is_multitask(payload):
            msg = f"the branch {name!r} must be one model"
            source = (sources or {}).get(name)
            path = ("model",) if source else (name, "model")
            hint = "split a multitask model first"
            raise ModelTreeError(msg, source=source, path=path, hint=hint)
        joined["model"]["model_dict"][name] = payload["model"]
        if "model_def_script" in payload:
            joined["model_def_script"]["model_dict"][name] = payload["model_def_script"]
        rest = {
            key: value
            for key, value in payload.items()
            if key not in _OWN_PLACE and key not in METADATA_KEYS
        }
        origin = {key: payload[key] for key in METADATA_KEYS if key in payload}
        if origin:
            rest["origin"] = origin
        if rest:
            extras[name] = rest
    joined[BRANCH_EXTRAS] = extras
    joined[VARIABLES_KEY] = {}
    return joined


def branch_configs(tree: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Give every branch with its configuration, ``{}`` where the file has none."""
    script = _mapping(_mapping(tree, "model_def_script"), "model_dict")
    return {branch: _mapping(script, branch) for branch in branch_names(tree)}


def resolve_branch(name: str, tree: Mapping[str, Any], source: str | None = None) -> str:
    """Give the branch that a name or alias means.

    Raises
    ------
    UnknownBranchError
        It names no branch, or is the alias of several.
    """
    if not is_multitask(tree):
        msg = f"there is no branch {name!r}: the file holds a single model"
        hint = "take it as it is; of a checkpoint it is the branch 'Default'"
        raise UnknownBranchError(msg, source=source, hint=hint)
    return find_branch(name, branch_configs(tree), source=source)


def root_name(path: TreePath) -> str:
    """Give the absolute HDF5 path of a variable of a multitask payload.

    What belongs to a branch lies in the branch's group, at its place in the branch's own payload.
    """
    if path[:2] == ("model", "model_dict"):
        path = (BRANCHES_GROUP, path[2], "model", *path[3:])
    elif path[0] == BRANCH_EXTRAS and len(path) > 1:
        path = (BRANCHES_GROUP, *path[1:])
    return "/" + hdf5_name(path)


def tree_path(name: str) -> TreePath:
    """Give the tree path of a variable from the name that its place gives it.

    That is `root_name` in a multitask payload, a relative path in a payload of one model.
    """
    path = tuple(tree_key(part) for part in name.split("/"))
    if path[:2] != ("", BRANCHES_GROUP) or len(path) < 4:
        return path[1:] if name.startswith("/") else path
    if path[3] == "model":
        return ("model", "model_dict", path[2], *path[4:])
    return (BRANCH_EXTRAS, path[2], *path[3:])


def _mapping(tree: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = tree.get(key)
    return found if isinstance(found, Mapping) else {}
