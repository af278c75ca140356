# SPDX-License-Identifier: LGPL-3.0-or-later
"""What PyTorch itself finds in a training checkpoint."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any, NamedTuple


class Held(NamedTuple):
    """The tensors of a checkpoint, the model section, and when it was saved."""

    state: dict[str, Any]
    params: dict[str, Any]
    train_infos: dict[str, Any]

    def identities(self) -> dict[str, Hashable]:
        """Tell which tensors are one."""
        return {
            name: (tensor.untyped_storage().data_ptr(), tensor.storage_offset(), tensor.shape)
            for name, tensor in self.state.items()
            if tensor.numel()
        }


def load_with_pytorch(path: Path) -> Held:
    """Load a checkpoint with PyTorch."""
    import torch

    state = torch.load(path, map_location="cpu", weights_only=True)["model"]
    extra = state.pop("_extra_state")
    return Held(dict(state), extra["model_params"], extra["train_infos"])
