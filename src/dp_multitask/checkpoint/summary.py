# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a checkpoint consists of, told without building the tree of every branch.

Branches whose configs differ in nothing that decides a shape, and whose tensors have the same names
and shapes, consist of the same: one of them is built, the others are counted like it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dp_multitask.checkpoint.branches import DISTANCES, branch_payload, outline
from dp_multitask.checkpoint.pickled_tensors import Tensor
from dp_multitask.checkpoint.training import EMA, Checkpoint
from dp_multitask.config.branch_names import aliases_of
from dp_multitask.config.summary import BranchSummary, Shared, Size, Summary
from dp_multitask.modelfile.summary import summarize_branch
from dp_multitask.modelfile.tree import iter_variables
from dp_multitask.modelfile.values import as_value

_NO_SHAPE = ("seed", "info", "model_branch_alias", "finetune_head")
_PLACES = {"descriptor": "descriptor", "fitting_net": "fitting_net"}

_Structure = tuple[str, tuple[tuple[str, tuple[int, ...]], ...]]


def summarize_checkpoint(checkpoint: Checkpoint) -> Summary:
    """Summarize an open checkpoint.

    Raises
    ------
    CheckpointError, UnsupportedError, ComponentError
        A branch cannot be built; see `branch_payload`.
    """
    payload = outline(checkpoint)
    configs = checkpoint.branches()
    aliases = aliases_of(configs) if checkpoint.is_multitask else {}
    tensors = {name: checkpoint.tensors.get(name, {}) for name in configs}
    known: dict[_Structure, tuple[BranchSummary, list[tuple[str, int, int]]]] = {}
    branches: list[BranchSummary] = []
    held: dict[str, list[tuple[Tensor, int, int]]] = {}
    for name, config in configs.items():
        structure = _structure(config, tensors[name])
        if structure not in known:
            known[structure] = _built(checkpoint, name)
        branch, names = known[structure]
        bearers = [alias for alias, each in aliases.items() if name in each]
        info = config.get("info")
        branches.append(
            branch._replace(
                name=name if checkpoint.is_multitask else None,
                aliases=bearers,
                info=dict(info) if isinstance(info, Mapping) else {},
            )
        )
        held[name] = [(tensors[name][each], size, nbytes) for each, size, nbytes in names]
    links = payload.get("shared_links", {})
    return Summary(
        checkpoint.source,
        "checkpoint",
        _metadata(checkpoint),
        branches,
        [_shared(key, entry, held, tensors) for key, entry in links.items()],
        _once(each for branch in held.values() for each in branch),
        Size.sum(branch.size for branch in branches if branch.size is not None),
        [],
    )


def _metadata(checkpoint: Checkpoint) -> dict[str, Any]:
    infos = checkpoint.train_infos
    return {
        "step": infos.get("step"),
        "learning_rate": infos.get("lr"),
        "optimizer": "optimizer" in checkpoint.left_out,
        "ema": EMA in checkpoint.left_out,
    }


def _structure(config: Any, tensors: Mapping[str, Tensor]) -> _Structure:
    shapes = tuple((name, tensor.shape) for name, tensor in tensors.items())
    return json.dumps(_without(config, _NO_SHAPE), default=str), shapes


def _without(node: Any, keys: tuple[str, ...]) -> Any:
    if isinstance(node, Mapping):
        return {key: _without(value, keys) for key, value in node.items() if key not in keys}
    return [_without(each, keys) for each in node] if isinstance(node, list) else node


def _built(checkpoint: Checkpoint, name: str) -> tuple[BranchSummary, list[tuple[str, int, int]]]:
    """Summarize a branch; give the state's name, size and bytes of each of its variables, too."""
    payload = branch_payload(checkpoint, name)
    prefix = f"model.{name}."
    names = []
    for path, leaf in iter_variables(payload["model"]):
        value = as_value(leaf, path)
        if hasattr(leaf, "name"):
            names.append((leaf.name.removeprefix(prefix), value.size, value.nbytes))
    if payload["@variables"]:
        names += [(each, 1, 8) for each in DISTANCES if each in checkpoint.tensors[name]][:1]
    return summarize_branch(name, payload, []), names


def _shared(
    key: str,
    entry: Mapping[str, Any],
    held: Mapping[str, list[tuple[Tensor, int, int]]],
    tensors: Mapping[str, Mapping[str, Tensor]],
) -> Shared:
    """Say what one shared entry saves: the tensors of it that a branch has from the first one."""
    first: set[Tensor] = set()
    saved: list[tuple[int, int]] = []
    for link in entry["links"]:
        branch = link["model_key"]
        place = _PLACES.get(link["shared_type"].partition("_hybrid_")[0], "descriptor")
        part = {
            tensor
            for name, tensor in tensors.get(branch, {}).items()
            if f".{place}." in f".{name}" and 0 not in tensor.shape
        }
        both = part & first
        saved += [
            (size, nbytes) for tensor, size, nbytes in held.get(branch, []) if tensor in both
        ]
        first |= part
    links = [dict(link) for link in entry["links"]]
    return Shared(key, str(entry["type"]), links, Size.sum((1, *each) for each in saved))


def _once(variables: Any) -> Size:
    return Size.sum({each: (1, *sizes) for each, *sizes in variables if sizes[1]}.values())
