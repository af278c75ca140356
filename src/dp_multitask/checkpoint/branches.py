# SPDX-License-Identifier: LGPL-3.0-or-later
"""The branches of a checkpoint as native trees, and the payload that they make."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

from dp_multitask.checkpoint.exportable import DERIVED, plan_exportable
from dp_multitask.checkpoint.names import tree_of_state
from dp_multitask.checkpoint.shared_tensors import links_of_tensors
from dp_multitask.checkpoint.training import SINGLE_BRANCH, BranchState, Checkpoint
from dp_multitask.components.models.model import Model
from dp_multitask.config.links import SharedLinks, links_as_json
from dp_multitask.config.resolve import preprocess_shared_params
from dp_multitask.errors import CheckpointError, UnsupportedError, inside
from dp_multitask.modelfile.payload import BRANCH_EXTRAS

DISTANCES = ("min_nbor_dist", "_min_nbor_dist", "backbone_model.min_nbor_dist")
"""Where the backends keep the smallest distance between neighbours in the training data."""

_DERIVED = re.compile(
    r"(.*\.)?(default_fparam_tensor|default_chg_spin_tensor|atomic_numbers|type_mask"
    r"|graph_lower_disabled|nlist_cut_idx\.\d+|(_?min_nbor_dist)|spin_mask|virtual_scale_mask"
    r"|_networks\.\d+\..*)"
)
"""Tensors that follow from the config, or repeat others: a tree has no place for them."""

_THROUGH_DEEPMD_KIT = "dp-multitask pack takes it through an installed DeePMD-kit"

_MOST_COUNTED = 1000
"""So many unknown tensors are counted; a hostile file may have any number of them."""

_LORA = re.compile(r"\.(lora_scaling|[AB]_by_l|[AB]_m0|[AB]_m\.\d+)$")
"""The adapters beside a weight, in DPA4 alone."""


def branch_payload(checkpoint: Checkpoint, branch: str) -> dict[str, Any]:
    """Give one branch as a single-model payload, with lazy variables.

    Raises
    ------
    CheckpointError
        The tensors are not those that the config asks for.
    UnsupportedError
        A part of the model has no names here.
    ComponentError
        The config is none that a class of this package takes.
    """
    params = checkpoint.branches()[branch]
    state = checkpoint.state(branch)
    tree, distance = _branch_tree(checkpoint, branch, params, state)
    return {
        "backend": "PyTorch",
        "model": tree,
        "model_def_script": params,
        "@variables": {} if distance is None else {"min_nbor_dist": distance},
    }


def whole_payload(checkpoint: Checkpoint) -> dict[str, Any]:
    """Give the payload of every branch, with lazy variables.

    Raises
    ------
    CheckpointError, UnsupportedError, ComponentError
        As `branch_payload`.
    """
    if not checkpoint.is_multitask:
        payload = branch_payload(checkpoint, SINGLE_BRANCH)
        variables = payload.pop("@variables")
        return {**payload, "train_infos": checkpoint.train_infos, "@variables": variables}
    payload = outline(checkpoint)
    extras: dict[str, Any] = {}
    for name in checkpoint.branches():
        branch = branch_payload(checkpoint, name)
        payload["model"]["model_dict"][name] = branch["model"]
        if branch["@variables"]:
            extras[name] = {"@variables": branch["@variables"]}
    variables = payload.pop("@variables")
    # not as one mapping at the top: the JAX backend expects a single number there
    return {**payload, BRANCH_EXTRAS: extras, "@variables": variables}


def outline(checkpoint: Checkpoint) -> dict[str, Any]:
    """Give the payload with every branch's model left empty."""
    script = checkpoint.model
    payload: dict[str, Any] = {"backend": "PyTorch"}
    if checkpoint.is_multitask:
        payload |= {
            "model": {"model_dict": {name: {} for name in script["model_dict"]}},
            "model_def_script": script,
            "shared_links": links_as_json(stored_links(checkpoint)),
        }
    else:
        payload |= {"model": {}, "model_def_script": script}
    return payload | {"train_infos": checkpoint.train_infos, "@variables": {}}


def stored_links(checkpoint: Checkpoint) -> SharedLinks:
    """Find out what the training job shared: from the config's references, or the tensors."""
    params = checkpoint.branches()
    if any(isinstance(each.get("descriptor"), str) for each in params.values()):
        return preprocess_shared_params(checkpoint.model, False)[1]
    shared_dict = checkpoint.model.get("shared_dict") or {}
    return links_of_tensors(checkpoint.identities(), params, shared_dict)


def _branch_tree(
    checkpoint: Checkpoint, branch: str, params: Any, state: BranchState
) -> tuple[dict[str, Any], float | None]:
    source = checkpoint.source
    if not isinstance(params, Mapping):
        msg = f"the parameters of a branch must be a mapping, found {type(params).__name__}"
        raise CheckpointError(msg, source=source, path=("model_dict", branch))
    try:
        with inside("model_dict", branch):
            _refuse_adapters(state)
            plan = plan_exportable(params) if state.exportable else Model.plan_config(params)
            tree = tree_of_state(plan, state)
            _spell_preset_bias(tree)
            distance = state.number(*DISTANCES)
            _refuse_unknown(state, source)
    except UnsupportedError as err:
        err.source, err.hint = err.source or source, err.hint or _THROUGH_DEEPMD_KIT
        raise
    except CheckpointError as err:
        err.source = err.source or source
        raise
    # negative: DeePMD-kit's mark for a distance that was never found
    return tree, None if distance is None or distance < 0 else distance


def _refuse_adapters(state: BranchState) -> None:
    """Refuse LoRA adapters: to merge them is arithmetic, whose last bits are PyTorch's."""
    found = next((name for name in state.left() if _LORA.search(name)), None)
    if found is not None:
        msg = f"the checkpoint holds LoRA adapters, such as {found!r}, not merged weights"
        hint = (
            "dp-multitask pack merges them through an installed DeePMD-kit; the best checkpoints "
            "that its validation saves are merged"
        )
        raise UnsupportedError(msg, hint=hint)


def _spell_preset_bias(tree: dict[str, Any]) -> None:
    """Write the biases that an input presets as PyTorch does: each number as a list of one."""
    for inner in ("backbone_model", "atomic_model"):
        if inner in tree:
            _spell_preset_bias(tree[inner])
    preset = tree.get("preset_out_bias")
    if isinstance(preset, dict):
        tree["preset_out_bias"] = {
            name: [[float(each)] if isinstance(each, int | float) else each for each in row]
            for name, row in preset.items()
        }


def _refuse_unknown(state: BranchState, source: str) -> None:
    """Refuse tensors that have no place in the tree: the model would not be the same without."""
    found = (name for name in state.left() if not _DERIVED.fullmatch(name))
    if state.exportable:
        found = (name for name in found if not DERIVED.fullmatch(name))
    unknown = list(islice(found, _MOST_COUNTED))
    if not unknown:
        return
    named = ", ".join(repr(name[:200]) for name in unknown[:3])
    more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
    msg = f"these tensors have no place in the model that its config describes: {named}{more}"
    raise UnsupportedError(msg, source=source, hint=_THROUGH_DEEPMD_KIT)
