# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a training checkpoint of DeePMD-kit's PyTorch backends holds."""

from __future__ import annotations

import struct
from collections.abc import Hashable, Mapping
from math import prod
from typing import Any, NamedTuple

from dp_multitask.checkpoint.archive import PICKLE, Archive, ArchiveEntry
from dp_multitask.checkpoint.pickled_tensors import Tensor
from dp_multitask.checkpoint.tensors import lazy_variable
from dp_multitask.checkpoint.unpickle import MOST_PICKLE_BYTES, unpickle
from dp_multitask.errors import CheckpointError, ModelFileError, UnsafeFileError
from dp_multitask.modelfile.opened_file import OpenedFile

EXTRA_STATE = "_extra_state"
EMA = "ema"
"""The key of averaged weights beside a model."""

SINGLE_BRANCH = "Default"
"""What DeePMD-kit calls the only model of a single-task checkpoint."""

_DOUBLE = struct.Struct("<d")
_DAMAGED = "the file is damaged; get it anew from where it was trained"
_MOST_DEPTH = 100
_MOST_NODES = 500_000
_MOST_BRANCHES = 1000
"""Of branches, and of shared entries; published models have some thirty."""

_WRAPPER = "module."
_REPEATED = "._networks."
"""A list of networks that repeats the tensors of ``.networks.``."""


class Checkpoint(NamedTuple):
    """What a training checkpoint holds; no tensor has been read.

    Attributes
    ----------
    archive : Archive
        The open file.
    folder : str
        The folder in it that holds all members.
    tensors : dict of str to dict
        Branch -> name in it -> tensor; the whole name is ``model.<branch>.<name>``. Tensors that a
        training job shared between branches have the same storage.
    params : dict or None
        The model section that the job ran with: shared references expanded, defaults filled in;
        None if the file holds weights alone.
    train_infos : dict
        Step and learning rate at which it was saved.
    left_out : tuple of str
        What else is in the file: the optimizer's state, averaged weights.
    """

    archive: Archive
    folder: str
    tensors: dict[str, dict[str, Tensor]]
    params: dict[str, Any] | None
    train_infos: dict[str, Any]
    left_out: tuple[str, ...]

    @property
    def source(self) -> str:
        """The file."""
        return self.archive.file.name

    def with_config(self, model: Mapping[str, Any]) -> Checkpoint:
        """Take another model section, for a file that has none."""
        return self._replace(params=dict(model))

    @property
    def model(self) -> dict[str, Any]:
        """The model section.

        Raises
        ------
        CheckpointError
            The file does not hold it.
        """
        if self.params is None:
            msg = "the checkpoint holds weights alone, expected the model's parameters, too"
            hint = "dp-multitask pack takes the training input with --config"
            raise CheckpointError(msg, source=self.source, hint=hint)
        return self.params

    @property
    def is_multitask(self) -> bool:
        """Whether it has branches."""
        return isinstance(self.model.get("model_dict"), dict)

    def branches(self) -> dict[str, Any]:
        """Give the config of every branch; a single-task model is the branch ``Default``."""
        if self.is_multitask:
            return dict(self.model["model_dict"])
        return {SINGLE_BRANCH: self.model}

    def state(self, branch: str) -> BranchState:
        """Give one branch's tensors under the names of a single model."""
        return BranchState(self, f"model.{branch}.", self.tensors.get(branch, {}))

    def identities(self) -> dict[str, dict[str, Hashable]]:
        """Give what tells whether two tensors of branches are one: storage, place in it, shape.

        Empty tensors have no storage and are left out.
        """
        return {
            branch: {
                name: (tensor.storage.key, *tensor[1:])
                for name, tensor in tensors.items()
                if 0 not in tensor.shape
            }
            for branch, tensors in self.tensors.items()
        }

    def variable(self, name: str, tensor: Tensor, shape: tuple[int, ...]) -> Any:
        """Give the lazy variable of a tensor.

        Raises
        ------
        ModelFileError
            The archive lacks its storage, or holds another one.
        """
        return lazy_variable(self.archive, self._entry(name, tensor), tensor, name, shape)

    def number(self, name: str, tensor: Tensor) -> float:
        """Read a tensor that is one number of double precision, without numpy."""
        held = self.archive.read(self._entry(name, tensor), _DOUBLE.size)
        if len(held) != _DOUBLE.size:
            msg = f"the storage of {name!r} has {len(held)} bytes, expected {_DOUBLE.size}"
            raise ModelFileError(msg, source=self.source, hint=_DAMAGED)
        number: float = _DOUBLE.unpack(held)[0]
        return number

    def _entry(self, name: str, tensor: Tensor) -> ArchiveEntry:
        entry = self.archive.entries.get(f"{self.folder}/data/{tensor.storage.key}")
        if entry is None:
            msg = f"the archive lacks the storage {tensor.storage.key[:40]!r} of {name!r}"
            raise ModelFileError(msg, source=self.source, hint=_DAMAGED)
        return entry


class BranchState:
    """The tensors of one branch; notes which were taken.

    Attributes
    ----------
    exportable : bool
        Whether the names are those of the backend ``pt_expt``.
    """

    def __init__(self, checkpoint: Checkpoint, prefix: str, tensors: dict[str, Tensor]) -> None:
        self._checkpoint = checkpoint
        self._prefix = prefix
        self._tensors = tensors
        self._ranks: dict[str, int] = {}
        self._taken: set[str] = set()
        self.exportable = any(name.endswith((".w", "._module_networks")) for name in tensors)

    def take(self, name: str, shape: tuple[int, ...]) -> Any:
        """Give the variable of a name.

        Raises
        ------
        CheckpointError
            There is none, or it has another shape.
        """
        tensor = self._tensors.get(name)
        full = f"{self._prefix}{name}"
        if tensor is None:
            msg = f"the checkpoint lacks the tensor {full!r}"
            hint = "its config asks for it; was it changed after training?"
            raise CheckpointError(msg, source=self._checkpoint.source, hint=hint)
        self._taken.add(name)
        wanted = tuple(map(int, shape))
        if tensor.shape != wanted and not _is_flat(tensor.shape, wanted):
            msg = f"the tensor {full!r} has shape {tensor.shape}, expected {wanted}"
            hint = "its config says so; was it changed after training?"
            raise CheckpointError(msg, source=self._checkpoint.source, hint=hint)
        return self._checkpoint.variable(full, tensor, wanted)

    def rank(self, name: str) -> int:
        """Give the place of a name among the others."""
        if not self._ranks:
            self._ranks = {each: number for number, each in enumerate(self._tensors)}
        return self._ranks.get(name, len(self._ranks))

    def number(self, *names: str) -> float | None:
        """Give the first number of double precision that there is of some names; None without."""
        for name in names:
            tensor = self._tensors.get(name)
            if tensor is not None and tensor.storage[1:] == ("<f8", 1) and not tensor.shape:
                self._taken.add(name)
                return self._checkpoint.number(f"{self._prefix}{name}", tensor)
        return None

    def left(self) -> list[str]:
        """Give the names of the tensors that were not taken and are not empty."""
        return [
            name
            for name, tensor in self._tensors.items()
            if name not in self._taken and 0 not in tensor.shape
        ]


def _is_flat(found: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Say whether the tree has a tensor's numbers in one row."""
    return len(wanted) == 1 and len(found) > 1 and prod(found) == wanted[0]


def read_checkpoint(file: OpenedFile) -> Checkpoint:
    """Read what a checkpoint says, without PyTorch; no tensor is read.

    Raises
    ------
    ModelFileError
        It is damaged.
    UnsafeFileError
        It asks for more than tensors and plain values, or uses what PyTorch does not write.
    CheckpointError
        It is no training checkpoint of DeePMD-kit.
    """
    archive = Archive(file)
    pickles = [name for name in archive.entries if name.rpartition("/")[2] == PICKLE]
    if not pickles:
        raise _no_checkpoint(file.name, f"its archive holds no {PICKLE}")
    if len(pickles) > 1:
        msg = f"the checkpoint's archive holds {len(pickles)} times {PICKLE}"
        raise UnsafeFileError(msg, source=file.name, hint="PyTorch writes one")
    folder = pickles[0].rpartition("/")[0]
    _check_byte_order(archive, folder)
    loaded = unpickle(archive.read(archive.entries[pickles[0]], MOST_PICKLE_BYTES), file.name)
    if not isinstance(loaded, dict):
        raise _no_checkpoint(file.name, f"it holds a {type(loaded).__name__}")
    return _checkpoint(archive, folder, loaded)


def _check_byte_order(archive: Archive, folder: str) -> None:
    entry = archive.entries.get(f"{folder}/byteorder")
    if entry is not None and archive.read(entry, 64) != b"little":
        msg = "its tensors are big-endian, expected little-endian ones"
        hint = "save it anew on a little-endian machine"
        raise CheckpointError(msg, source=archive.file.name, hint=hint)


def _checkpoint(archive: Archive, folder: str, loaded: dict[Any, Any]) -> Checkpoint:
    source = archive.file.name
    held = loaded.get("model", loaded)
    if not isinstance(held, dict):
        raise _no_checkpoint(source, f"its 'model' is a {type(held).__name__}")
    state = _without_wrapper(held)
    tensors = _by_branch(state)
    if not tensors:
        raise _no_checkpoint(source, "it has no tensors of a model")
    extra = state.get(EXTRA_STATE)
    extra = extra if isinstance(extra, dict) else {}
    params = extra.get("model_params")
    infos = extra.get("train_infos")
    _refuse_many(params, source)
    plain = _Plain(source)
    left = (key for key in loaded if key != "model" and loaded[key] is not None)
    return Checkpoint(
        archive,
        folder,
        tensors,
        plain.copy(params) if isinstance(params, dict) and params else None,
        plain.copy(infos) if isinstance(infos, dict) else {},
        tuple(map(str, left)) if held is not loaded else (),
    )


def _refuse_many(params: Any, source: str) -> None:
    for section in ("model_dict", "shared_dict"):
        held = params.get(section) if isinstance(params, dict) else None
        if isinstance(held, dict) and len(held) > _MOST_BRANCHES:
            msg = f"{section!r} of the checkpoint has {len(held)} entries, "
            msg += f"the limit is {_MOST_BRANCHES}"
            raise UnsafeFileError(msg, source=source, hint="is it a training checkpoint?")


def _without_wrapper(state: dict[Any, Any]) -> dict[Any, Any]:
    """Take off the name that ``DistributedDataParallel`` puts before all others, if it is there."""
    if not any(isinstance(name, str) and name.startswith(f"{_WRAPPER}model.") for name in state):
        return state
    return {
        name.removeprefix(_WRAPPER) if isinstance(name, str) else name: each
        for name, each in state.items()
    }


def _by_branch(state: dict[Any, Any]) -> dict[str, dict[str, Tensor]]:
    """Put the tensors of a state under their branches, but for those that repeat others."""
    found: dict[str, dict[str, Tensor]] = {}
    for name, value in state.items():
        if isinstance(value, Tensor) and isinstance(name, str) and _REPEATED not in name:
            root, branch, rest = (*name.split(".", 2), "", "")[:3]
            if root == "model" and rest:
                found.setdefault(branch, {})[rest] = value
    return found


class _Plain:
    """Copies mappings, lists and plain values, each place of its own; bounds their number."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._left = _MOST_NODES

    def copy(self, node: Any, depth: int = 0) -> Any:
        """Copy a node."""
        self._left -= 1
        if depth > _MOST_DEPTH or self._left < 0:
            msg = "the checkpoint's parameters are nested or repeated without end"
            hint = "PyTorch writes no such file; get the checkpoint from where it was trained"
            raise UnsafeFileError(msg, source=self._source, hint=hint)
        if isinstance(node, dict):
            return {str(key): self.copy(value, depth + 1) for key, value in node.items()}
        if node is None or isinstance(node, (bool, int, float, str)):
            return node
        if isinstance(node, Tensor):
            msg = "the checkpoint's parameters hold a tensor, expected plain values"
            raise CheckpointError(msg, source=self._source, hint="is it DeePMD-kit's?")
        if type(node) in (list, tuple):
            return [self.copy(value, depth + 1) for value in node]
        raise _no_checkpoint(self._source, f"its parameters hold a {type(node).__name__}")


def _no_checkpoint(source: str, why: str) -> CheckpointError:
    msg = f"this is no training checkpoint of DeePMD-kit: {why}"
    hint = "give the model.ckpt-*.pt of 'dp --pt train'"
    return CheckpointError(msg, source=source, hint=hint)
