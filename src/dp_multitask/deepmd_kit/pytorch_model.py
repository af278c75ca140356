# SPDX-License-Identifier: LGPL-3.0-or-later
"""One branch as a model of DeePMD-kit's PyTorch backend: to its native tree, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.checkpoint.training import Checkpoint
from dp_multitask.deepmd_kit.installed import (
    DEEPMD_ERRORS,
    deepmd_module,
    quiet_deepmd,
    remedy,
    said,
)
from dp_multitask.deepmd_kit.plain import plain_tree
from dp_multitask.errors import CheckpointError

_LISTED = 5

# Trees that the base class does not dispatch, by type: module and class that read them.
_CLASS_OF_TYPE = {
    "spin_ener": ("spin_model", "SpinEnergyModel"),
    "sezm_spin": ("sezm_spin_model", "SeZMSpinModel"),
    "sezm_native_spin": ("sezm_native_spin_model", "SeZMNativeSpinModel"),
    "linear": ("dp_linear_model", "LinearEnergyModel"),
}


def serialize_branch(checkpoint: Checkpoint, branch: str) -> tuple[dict[str, Any], float | None]:
    """Serialise one branch as DeePMD-kit does.

    With the native tree it gives the smallest distance between neighbours in the training data, in
    Angstrom, if it is known.

    Raises
    ------
    CheckpointError
        DeePMD-kit cannot build the model, or its tensors are not those of the checkpoint.
    """
    source, params = checkpoint.source, checkpoint.branches()[branch]
    exportable = checkpoint.state(branch).exportable
    builder = deepmd_module(
        "deepmd.pt_expt.model.get_model" if exportable else "deepmd.pt.model.model"
    )
    path = ("model_dict", branch)
    with quiet_deepmd():
        try:
            model = builder.get_model(_copy(params))
        except DEEPMD_ERRORS as err:
            msg = f"the installed DeePMD-kit cannot build this model: {said(err)}"
            hint = "use the version of DeePMD-kit that trained it"
            raise CheckpointError(msg, source=source, path=path, hint=hint) from err
        _load_state(model, _tensors(checkpoint, branch), path, source)
        try:
            tree = model.serialize()
        except NotImplementedError as err:
            msg = f"DeePMD-kit cannot serialise this model: {said(err)}"
            raise CheckpointError(msg, source=source, path=path) from err
        distance = model.get_min_nbor_dist()
    return plain_tree(tree), None if distance is None else float(distance)


def _tensors(checkpoint: Checkpoint, branch: str) -> dict[str, Any]:
    """Give a branch's tensors to PyTorch, read without its loader."""
    torch = deepmd_module("torch")
    return {
        name: torch.from_numpy(checkpoint.variable(name, each, each.shape).load())
        for name, each in checkpoint.tensors.get(branch, {}).items()
    }


def build_branch(tree: Mapping[str, Any], min_nbor_dist: float | None, branch: str) -> Any:
    """Make the PyTorch model of a native tree.

    Returns
    -------
    torch.nn.Module
        The model, on the CPU or DeePMD-kit's device.

    Raises
    ------
    CheckpointError
        DeePMD-kit's PyTorch backend does not take the tree.
    """
    torch = deepmd_module("torch")
    models = deepmd_module("deepmd.pt.model.model")
    place = _CLASS_OF_TYPE.get(str(tree.get("type")))
    reader = models.BaseModel
    if place is not None:
        reader = getattr(deepmd_module(f"deepmd.pt.model.model.{place[0]}"), place[1])
    with quiet_deepmd():
        try:
            model = reader.deserialize(_copy(tree))
        except DEEPMD_ERRORS as err:
            msg = f"DeePMD-kit's PyTorch backend does not take this model: {said(err)}"
            hint = remedy("'dp-multitask verify' tells whether the file is whole")
            raise CheckpointError(msg, path=("model_dict", branch), hint=hint) from err
        if min_nbor_dist is not None:
            # a spin model keeps it in the model that it wraps
            holder = getattr(model, "backbone_model", model)
            holder.min_nbor_dist = torch.tensor(
                float(min_nbor_dist), dtype=torch.float64, device=holder.min_nbor_dist.device
            )
    return model


def _load_state(model: Any, state: Mapping[str, Any], path: tuple[str, ...], source: str) -> None:
    try:
        keys = model.load_state_dict(dict(state), strict=False)
    except RuntimeError as err:
        msg = f"the tensors do not fit the model: {said(err)}"
        raise CheckpointError(msg, source=source, path=path) from err
    # older checkpoints have no smallest distance; DeePMD-kit takes them, too
    missing = [
        key
        for key in keys.missing_keys
        if not key.endswith("min_nbor_dist") and "._networks." not in key
    ]
    for found, what in ((missing, "lacks"), (keys.unexpected_keys, "has unknown")):
        if found:
            more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
            msg = f"the checkpoint {what} tensors: {', '.join(found[:_LISTED])}{more}"
            hint = "use the version of DeePMD-kit that trained it"
            raise CheckpointError(msg, source=source, path=path, hint=hint)


def _copy(node: Any) -> Any:
    """Copy mappings and lists, for DeePMD-kit changes what it is given."""
    if isinstance(node, Mapping):
        return {key: _copy(value) for key, value in node.items()}
    if isinstance(node, (list, tuple)):
        return [_copy(value) for value in node]
    return node
