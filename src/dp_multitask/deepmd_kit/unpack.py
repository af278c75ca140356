# SPDX-License-Identifier: LGPL-3.0-or-later
"""From a native model file back to a checkpoint that DeePMD-kit trains on."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from typing import Any

from dp_multitask.atomic_file import atomic_replacement
from dp_multitask.checkpoint.training import EXTRA_STATE, SINGLE_BRANCH
from dp_multitask.config.links import SharedLinks
from dp_multitask.deepmd_kit.installed import DEEPMD_ERRORS, deepmd_module, quiet_deepmd, remedy
from dp_multitask.deepmd_kit.jax_extras import with_extras
from dp_multitask.deepmd_kit.pack import Progress
from dp_multitask.deepmd_kit.pytorch_model import build_branch
from dp_multitask.errors import CheckpointError, FileAccessError, UsageError
from dp_multitask.modelfile.payload import branch_names, branch_payload

PYTORCH_SUFFIX = ".pt"
JAX_SUFFIX = ".jax"


def unpack(
    tree: Mapping[str, Any],
    path: str | os.PathLike[str],
    *,
    progress: Progress | None = None,
) -> None:
    """Write a checkpoint of a native model tree.

    Parameters
    ----------
    tree : mapping
        The payload, of one model or of many branches.
    path : str or path
        ``.pt``: a training checkpoint that ``dp --pt train`` takes with ``--restart``,
        ``--init-model`` and ``--finetune``; parameters that the links declare shared are one
        tensor again. It has no optimizer state: a restart begins with a fresh optimizer at the
        step and learning rate that the file says. ``.jax``: a checkpoint folder of DeePMD-kit's
        JAX backend, which must not be there yet.
    progress : callable, optional
        Told of every branch that is done.

    Raises
    ------
    CheckpointError
        DeePMD-kit does not take the tree, or the tree lacks the config of a branch.
    UsageError
        The suffix is neither ``.pt`` nor ``.jax``.
    FileAccessError
        The target cannot be written.
    MissingDeepmdKitError
        DeePMD-kit, or the framework asked for, is not installed.
    """
    target = os.fspath(path)
    suffix = os.path.splitext(target)[1]
    if suffix == PYTORCH_SUFFIX:
        _write_pytorch(tree, target, progress)
    elif suffix == JAX_SUFFIX:
        _write_jax(tree, target)
    else:
        msg = f"a checkpoint's suffix is {PYTORCH_SUFFIX} or {JAX_SUFFIX}, found {suffix!r}"
        hint = "for another backend, split the branch and run 'dp convert-backend' on it"
        raise UsageError(msg, source=target, hint=hint)


def pytorch_state(
    tree: Mapping[str, Any], progress: Progress | None = None
) -> dict[str, Any]:
    """Make the state dict of a training checkpoint, shared parameters shared again.

    Returns
    -------
    dict of str to torch.Tensor
        With DeePMD-kit's ``_extra_state``: the model's parameters and the training step.
    """
    names = branch_names(tree)
    payloads: dict[str, Mapping[str, Any]] = {name: branch_payload(tree, name) for name in names}
    payloads = payloads or {SINGLE_BRANCH: tree}
    models = {}
    for number, (name, payload) in enumerate(payloads.items(), 1):
        if "model_def_script" not in payload:
            msg = "the file does not hold the config of this branch, which a checkpoint needs"
            hint = "use a file that 'dp-multitask pack' made"
            raise CheckpointError(msg, path=("model_def_script", "model_dict", name), hint=hint)
        distance = payload.get("@variables", {}).get("min_nbor_dist")
        models[name] = build_branch(payload["model"], distance, name)
        if progress is not None:
            progress(name, number, len(payloads))
    wrappers = deepmd_module("deepmd.pt.train.wrapper")
    held = models if names else models[SINGLE_BRANCH]
    wrapper = wrappers.ModelWrapper(held, model_params=tree["model_def_script"])
    wrapper.train_infos = {"lr": 0.0, "step": 0} | dict(tree.get("train_infos", {}))
    own = dict(wrapper.state_dict())
    if not names:
        return own
    _share(wrapper, tree.get("shared_links", {}), names)
    # what is declared shared but differs stays each branch's own
    return {
        name: tensor if name == EXTRA_STATE or _same(own[name], tensor) else own[name]
        for name, tensor in wrapper.state_dict().items()
    }


def _share(wrapper: Any, links: SharedLinks, names: list[str]) -> None:
    """Let DeePMD-kit share the parameters, as it does when a job is resumed."""
    # DeePMD-kit 3.2.0 cannot share a hybrid's member, so no training job can have done so
    whole = {
        key: entry
        for key, entry in links.items()
        if not any("hybrid" in link["shared_type"] for link in entry["links"])
    }
    with quiet_deepmd():
        wrapper.share_params(whole, dict.fromkeys(names, 1.0), resume=True)


def _same(one: Any, other: Any) -> bool:
    if one.shape != other.shape:
        return False
    both_nan = (one != one) & (other != other)
    return bool(((one == other) | both_nan).all())


def _write_pytorch(tree: Mapping[str, Any], target: str, progress: Progress | None) -> None:
    torch = deepmd_module("torch")
    state = pytorch_state(tree, progress)
    with atomic_replacement(target) as temporary, open(temporary, "wb") as file:
        # restarting reads the key "optimizer"; None is how DeePMD-kit is told that there is none
        torch.save({"model": state, "optimizer": None}, file)


def _write_jax(tree: Mapping[str, Any], target: str) -> None:
    backends = deepmd_module("deepmd.backend.backend")
    deepmd_module("jax")
    if os.path.lexists(target):
        msg = "it exists already, and a folder is not replaced"
        raise FileAccessError(msg, source=target, hint="remove it, or name another with -o")
    folder = os.path.dirname(os.path.abspath(target))
    try:
        scratch = tempfile.mkdtemp(prefix=".unpack-", dir=folder)
    except OSError as err:
        msg = f"cannot be written: {err.strerror}"
        raise FileAccessError(msg, source=target) from err
    try:
        made = os.path.join(scratch, f"model{JAX_SUFFIX}")
        with quiet_deepmd():
            try:
                hook = backends.Backend.detect_backend_by_model(made)().deserialize_hook
                hook(made, with_extras(tree))
            except ModuleNotFoundError as err:
                deepmd_module(err.name or "jax")
                raise
            except DEEPMD_ERRORS as err:
                text = " ".join(str(err).split())[:300]
                msg = f"DeePMD-kit's JAX backend does not take this model: {text}"
                hint = remedy("the documentation lists what each backend reads")
                raise CheckpointError(msg, source=target, hint=hint) from err
        os.rename(made, target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
