# SPDX-License-Identifier: LGPL-3.0-or-later
"""Read a PyTorch training checkpoint, without running anything that it might hold."""

from __future__ import annotations

import os
import pickle
import struct
import zipfile
import zlib
from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

from dp_multitask.deepmd_kit.installed import DEEPMD_ERRORS, deepmd_module
from dp_multitask.errors import CheckpointError, FileAccessError

EXTRA_STATE = "_extra_state"
SINGLE_BRANCH = "Default"
"""What DeePMD-kit calls the only model of a single-task checkpoint."""


class Checkpoint(NamedTuple):
    """What a training checkpoint holds.

    Attributes
    ----------
    source : str
        The file.
    state : dict of str to torch.Tensor
        ``model.<branch>.<name>`` -> tensor. Tensors that a training job shared between branches
        have the same storage.
    params : dict
        The model section that the job ran with: shared references expanded, defaults filled in.
    train_infos : dict
        Step and learning rate at which it was saved.
    left_out : tuple of str
        What else is in the file: the optimizer's state, averaged weights.
    """

    source: str
    state: dict[str, Any]
    params: dict[str, Any]
    train_infos: dict[str, Any]
    left_out: tuple[str, ...]

    @property
    def is_multitask(self) -> bool:
        """Whether it has branches."""
        return "model_dict" in self.params

    def branches(self) -> dict[str, dict[str, Any]]:
        """Give the config of every branch; a single-task model is the branch ``Default``."""
        if self.is_multitask:
            return dict(self.params["model_dict"])
        return {SINGLE_BRANCH: self.params}

    def branch_state(self, branch: str) -> dict[str, Any]:
        """Give one branch's tensors under the names of a single model."""
        prefix = f"model.{branch}."
        return {
            name[len(prefix) :]: tensor
            for name, tensor in self.state.items()
            if name.startswith(prefix)
        }

    def identities(self) -> dict[str, Hashable]:
        """Give what tells whether two tensors are one: storage, place in it, shape.

        Empty tensors have no storage and are left out.
        """
        return {
            name: (
                tensor.untyped_storage().data_ptr(),
                tensor.storage_offset(),
                tuple(tensor.shape),
                tensor.stride(),
            )
            for name, tensor in self.state.items()
            if tensor.numel()
        }


def read_checkpoint(path: str | os.PathLike[str]) -> Checkpoint:
    """Read a ``.pt`` checkpoint of DeePMD-kit's PyTorch backend.

    Only tensors and plain values are loaded (``weights_only=True``): a file that asks for more
    could run code of its author.

    Raises
    ------
    FileAccessError
        The file cannot be read.
    CheckpointError
        It is damaged, no checkpoint of DeePMD-kit, or asks for more than tensors and plain values.
    MissingDeepmdKitError
        PyTorch is not installed.
    """
    source = os.fspath(path)
    loaded = _load(source)
    if not isinstance(loaded, Mapping):
        raise _no_checkpoint(source, f"it holds a {type(loaded).__name__}")
    state = loaded.get("model", loaded)
    extra = state.get(EXTRA_STATE) if isinstance(state, Mapping) else None
    params = extra.get("model_params") if isinstance(extra, Mapping) else None
    if not isinstance(params, Mapping):
        raise _no_checkpoint(source, "it says nothing of the model's parameters")
    train_infos = extra.get("train_infos", {}) if isinstance(extra, Mapping) else {}
    left_out = tuple(key for key in loaded if key != "model") if state is not loaded else ()
    return Checkpoint(
        source,
        {name: tensor for name, tensor in state.items() if name != EXTRA_STATE},
        dict(params),
        dict(train_infos),
        tuple(key for key in left_out if loaded[key] is not None),
    )


def _load(source: str) -> Any:
    torch = deepmd_module("torch")
    _check_members(source)
    try:
        return torch.load(source, map_location="cpu", weights_only=True)
    except OSError as err:
        msg = f"cannot be read: {err.strerror}"
        raise FileAccessError(msg, source=source) from err
    except pickle.UnpicklingError as err:
        msg = "the checkpoint asks for more than tensors and plain values, and is refused"
        hint = "loading it could run code; re-save it as DeePMD-kit does, or get it from its author"
        raise CheckpointError(msg, source=source, hint=hint) from err
    except (*DEEPMD_ERRORS, EOFError, MemoryError, struct.error) as err:  # of broken pickles
        raise _no_checkpoint(source, "PyTorch cannot read it") from err


def _check_members(source: str) -> None:
    """Compare the checksums of a zip archive's members, which `torch.load` does not."""
    if not zipfile.is_zipfile(source):  # PyTorch before 1.6 wrote bare pickles
        return
    try:
        with zipfile.ZipFile(source) as archive:
            damaged = archive.testzip()
    except OSError as err:
        msg = f"cannot be read: {err.strerror}"
        raise FileAccessError(msg, source=source) from err
    except (zipfile.BadZipFile, EOFError, RuntimeError, zlib.error) as err:
        raise _damaged(source, f"its archive cannot be read: {err}") from err
    if damaged is not None:
        raise _damaged(source, f"its member {damaged!r} is not what was written")


def _damaged(source: str, how: str) -> CheckpointError:
    msg = f"the checkpoint is damaged: {how}"
    return CheckpointError(msg, source=source, hint="get it anew from where it was trained")


def _no_checkpoint(source: str, why: str) -> CheckpointError:
    msg = f"this is no training checkpoint of DeePMD-kit: {why}"
    hint = "give the model.ckpt-*.pt of 'dp --pt train'"
    return CheckpointError(msg, source=source, hint=hint)
