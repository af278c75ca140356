# SPDX-License-Identifier: LGPL-3.0-or-later
"""What Python's `zipfile`, `pickle` and numpy make of a PyTorch checkpoint."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

_KINDS = {
    "DoubleStorage": "<f8", "FloatStorage": "<f4", "HalfStorage": "<f2", "LongStorage": "<i8",
    "IntStorage": "<i4", "ShortStorage": "<i2", "CharStorage": "|i1", "ByteStorage": "|u1",
    "BoolStorage": "|b1", "BFloat16Storage": "<u2",
}  # fmt: skip

Tensor = Callable[[], np.ndarray[Any, Any]]


class _Array:
    """A tensor: a function that gives its numbers, when they are asked for."""

    def __init__(self, storage: Any, offset: int, shape: Any, strides: Any, *_: Any) -> None:
        self._storage, self._offset, self._shape, self._strides = storage, offset, shape, strides

    def __call__(self) -> np.ndarray[Any, Any]:
        data, kind = self._storage
        held = np.frombuffer(data(), kind)[self._offset :]
        steps = [stride * held.itemsize for stride in self._strides]
        reach = sum((n - 1) * s for n, s in zip(self._shape, self._strides, strict=True))
        if 0 not in self._shape and reach >= held.size:
            msg = "a tensor reaches outside its storage"
            raise ValueError(msg)
        return np.array(np.lib.stride_tricks.as_strided(held, self._shape, steps))


class _Unpickler(pickle.Unpickler):
    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        super().__init__(io.BytesIO(archive.read(name)))
        self._archive, self._folder = archive, name.rpartition("/")[0]

    def find_class(self, module: str, name: str) -> Any:
        known = {
            ("torch._utils", "_rebuild_tensor_v2"): _Array,
            ("torch._utils", "_rebuild_parameter"): lambda tensor, *_: tensor,
            ("collections", "OrderedDict"): OrderedDict,
            ("torch", "Size"): lambda sizes: sizes,
        }
        return _KINDS[name] if module == "torch" and name in _KINDS else known[module, name]

    def persistent_load(self, told: Any) -> Any:
        _, kind, key, _, _ = told
        return (lambda: self._archive.read(f"{self._folder}/data/{key}")), kind


def read_with_pickle(path: Path) -> tuple[dict[str, Tensor], Any]:
    """Give the tensors by name, each as a function, and the parameters."""
    archive = zipfile.ZipFile(path)
    [name] = [name for name in archive.namelist() if name.rpartition("/")[2] == "data.pkl"]
    loaded = _Unpickler(archive, name).load()
    state = loaded.get("model", loaded)
    tensors = {
        name: tensor
        for name, tensor in state.items()
        if isinstance(name, str) and isinstance(tensor, _Array)
    }
    extra = state.get("_extra_state")
    params = extra.get("model_params") if isinstance(extra, dict) else None
    return tensors, _plain(params) if isinstance(params, dict) else {}


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    return [_plain(value) for value in node] if isinstance(node, list | tuple) else node
