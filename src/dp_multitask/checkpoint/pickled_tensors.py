# SPDX-License-Identifier: LGPL-3.0-or-later
"""The tensors of a checkpoint's pickle: the names that PyTorch gives them, and what is refused."""

from __future__ import annotations

from typing import Any, NamedTuple

from dp_multitask.errors import ModelFileError, UnsafeFileError

LONGEST_KEY = 4096
_RANK = 32

STORAGES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "|i1",
    "ByteStorage": "|u1",
    "BoolStorage": "|b1",
}
"""PyTorch's storages, with the element type of each."""

_UNSAFE = "PyTorch's loader could run code of it or fill the memory; get it from its author"


class Storage(NamedTuple):
    """A block of numbers in a member of the archive: its key, element type, how many."""

    key: str
    element_type: str
    size: int


class Tensor(NamedTuple):
    """A view of a storage; offset and strides are counted in elements."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class Global(NamedTuple):
    """A name of a module, which a pickle asks for."""

    module: str
    name: str


_TENSOR = Global("torch._utils", "_rebuild_tensor_v2")
_PARAMETER = Global("torch._utils", "_rebuild_parameter")
ORDERED = Global("collections", "OrderedDict")
_SIZE = Global("torch", "Size")
KNOWN = {
    _TENSOR,
    _PARAMETER,
    ORDERED,
    _SIZE,
    *(Global("torch", name) for name in STORAGES),
}


def storage_of(kind: Any, key: Any, size: Any, source: str) -> Storage:
    """Make the storage that a pickle describes."""
    known = isinstance(kind, Global) and kind.module == "torch" and kind.name in STORAGES
    named = isinstance(key, str) and len(key) <= LONGEST_KEY
    if not known or not named or not _is_size(size):
        msg = "a storage has no type, key or size"
        raise damaged(msg, source)
    return Storage(key, STORAGES[kind.name], size)


def made_by(called: Any, arguments: Any, source: str) -> Any:
    """Make what a pickle calls one of PyTorch's names for."""
    if called == _TENSOR and isinstance(arguments, tuple):
        return _tensor(arguments, source)
    if called == _PARAMETER and isinstance(arguments, tuple) and arguments:
        if isinstance(arguments[0], Tensor):
            return arguments[0]
    elif called == _SIZE and isinstance(arguments, tuple) and len(arguments) == 1:
        return arguments[0]
    msg = "the checkpoint's pickle makes something that is no tensor"
    raise unsafe(msg, source)


def _tensor(arguments: tuple[Any, ...], source: str) -> Tensor:
    """Make the tensor that a pickle describes, if it lies within its storage."""
    if len(arguments) < 4:
        msg = "a tensor is described in no way that PyTorch does"
        raise damaged(msg, source)
    storage, offset, shape, strides = arguments[:4]
    if (
        type(storage) is not Storage
        or not _is_size(offset)
        or not isinstance(shape, tuple)
        or not isinstance(strides, tuple)
        or len(shape) != len(strides)
        or not all(map(_is_size, shape))
        or not all(map(_is_size, strides))
    ):
        msg = "a tensor has no storage, shape or strides"
        raise damaged(msg, source)
    if len(shape) > _RANK:
        msg = f"a tensor has {len(shape)} dimensions, the limit is {_RANK}"
        raise unsafe(msg, source)
    count = 1
    last = offset
    for size, stride in zip(shape, strides, strict=True):
        count *= size
        last += (size - 1) * stride
    if count and (last >= storage.size or count > storage.size):
        msg = f"a tensor of shape {shape} reaches outside its storage of {storage.size} numbers"
        raise unsafe(msg, source)
    return Tensor(storage, offset, shape, strides)


def damaged(how: str, source: str) -> ModelFileError:
    """Say that a checkpoint is damaged."""
    msg = f"the checkpoint is damaged: {how}"
    return ModelFileError(msg, source=source, hint="get it anew from where it was trained")


def unsafe(msg: str, source: str, hint: str = _UNSAFE) -> UnsafeFileError:
    """Say that a checkpoint asks for what none has."""
    return UnsafeFileError(msg, source=source, hint=hint)


def _is_size(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 62
