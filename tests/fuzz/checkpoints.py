# SPDX-License-Identifier: LGPL-3.0-or-later
"""PyTorch checkpoints: pickle, members and ZIP records damaged, the members' checksums made to fit.

What is read is compared with Python's own `zipfile` and `pickle`.
"""

from __future__ import annotations

import random
import struct
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path
from pickletools import genops
from typing import Any, NamedTuple

import numpy as np

import dp_multitask
from dp_multitask.checkpoint.names import tree_of_state
from dp_multitask.checkpoint.training import Checkpoint, read_checkpoint
from dp_multitask.components.models.model import Model
from dp_multitask.config.resolve import preprocess_shared_params
from dp_multitask.errors import DPMultitaskError, UnsupportedError
from dp_multitask.modelfile.opened_file import OpenedFile
from dp_multitask.modelfile.summary import summarize_model
from fuzz.driver import Case
from fuzz.torch_referee import read_with_pickle
from small_inputs import multitask, single
from torch_archive import write_checkpoint

_MODELS = Path(__file__).parents[1] / "data" / "models"
_LOCAL = struct.Struct("<4s5HIIIHH")
_CENTRAL = struct.Struct("<4s6HIII5HII")
_END = struct.Struct("<4s4HIIH")
_ODD = (0, 1, 2, 8, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
_ODD_OPERATIONS = (
    *(bytes([code]) for code in b"\x80(.)NQRabdeltsu]}\x85\x86\x87\x88\x89\x81\x93\x94o0123"),
    *(b"K\x00", b"J\xff\xff\xff\xff", b"M\xff\xff", b"\x8a\x00", b"\x8a\x09" + b"\x7f" * 9),
    *(b"G\x7f\xf0" + bytes(6), b"G\x7f\xf8" + bytes(6), b"h\x00", b"h\xff", b"q\x00"),
    *(b"j\xff\xff\xff\x7f", b"r\xff\xff\xff\x7f", b"X\x00\x00\x00\x00", b"X\xff\xff\xff\xffab"),
    *(b"X\x03\x00\x00\x00\xed\xa0\x80", b"ctorch\nSize\n", b"ctorch\nByteStorage\n"),
    *(b"cos\nsystem\n", b"ccollections\nOrderedDict\n", b"]" * 300, b"}" * 40 + b"s" * 20),
)


class Parts(NamedTuple):
    """What an archive holds: its members in order, and the operations of its pickle."""

    members: dict[str, bytes]
    pickle: str
    operations: list[bytes]


class _Asked:
    """A state that has whatever is asked for."""

    exportable = False

    def __init__(self, prefix: str, arrays: dict[str, np.ndarray]) -> None:
        self._prefix, self._arrays = prefix, arrays

    def take(self, name: str, shape: tuple[int, ...]) -> Any:
        number = zlib.crc32(name.encode())
        array = np.random.default_rng(number).standard_normal(shape)
        return self._arrays.setdefault(f"{self._prefix}{name}", array)

    def rank(self, name: str) -> int:
        return 0


def corpus(folder: Path) -> list[Case]:
    """Make small checkpoints, and take some that DeePMD-kit's releases wrote."""
    paths = [folder / "single.pt", folder / "multitask.pt"]
    _write(paths[0], single()["model"])
    _write(paths[1], multitask()["model"])
    cases = [_case(path) for path in paths]
    kept = ("release_3.0.3/single.pt", "release_3.1.2/single.pt", "release_3.0.3/multitask.pt")
    return cases + [_case(_MODELS / name)._replace(name=name.replace("/", "-")) for name in kept]


def _write(path: Path, model: dict[str, Any]) -> None:
    arrays: dict[str, np.ndarray] = {}
    model = preprocess_shared_params(model)[0] if "model_dict" in model else model
    branches = model.get("model_dict", {"Default": model})
    for name, params in branches.items():
        params.pop("type", None)
        params["descriptor"]["type"] = "se_e2_a"
        params["fitting_net"]["type"] = "ener"
        tree_of_state(Model.plan_config(params), _Asked(f"model.{name}.", arrays))
        shared = f"model.{next(iter(branches))}."
        for full in [each for each in arrays if each.startswith(f"model.{name}.descriptor")]:
            arrays[full] = arrays[full.replace(f"model.{name}.", shared, 1)]
    write_checkpoint(path, arrays, model, optimizer={"state": {}})


def _case(path: Path) -> Case:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    [pickle] = [name for name in members if name.endswith("data.pkl")]
    data = members[pickle]
    starts = [at for _, _, at in genops(data) if at is not None]
    operations = [data[a:b] for a, b in zip(starts, [*starts[1:], len(data)], strict=True)]
    return Case(path.name, path.read_bytes(), Parts(members, pickle, operations))


def damage(case: Case, rng: random.Random) -> bytes:
    """Change the pickle, the members, or what the archive says of them."""
    parts: Parts = case.expected
    operations, members = list(parts.operations), list(parts.members.items())
    changes = rng.choice((1, 1, 1, 2, 3))
    for _ in range(changes):
        if rng.random() < 0.8:
            _change_operations(operations, rng)
        else:
            _change_members(members, rng)
    data = b"".join(operations)
    held = [(name, data if name == parts.pickle else each) for name, each in members]
    content = _archive(held, rng)
    if rng.random() < 0.25:
        _change_records(content, rng)
    return bytes(content)


def _change_operations(operations: list[bytes], rng: random.Random) -> None:
    at, other = rng.randrange(len(operations)), rng.randrange(len(operations))
    kind = rng.randrange(7)
    if kind == 0:
        del operations[at]
    elif kind == 1:
        operations[at], operations[other] = operations[other], operations[at]
    elif kind == 2:
        operations[at] = operations[other]
    elif kind == 3:
        operations.insert(at, rng.choice((*_ODD_OPERATIONS, operations[other])))
    elif kind == 4:
        operations[at] = rng.choice(_ODD_OPERATIONS)
    elif kind == 5:
        alike = [each for each in operations if each[:1] == operations[at][:1]]
        operations[at] = rng.choice(alike)
    elif operations[at]:
        changed = bytearray(operations[at])
        changed[rng.randrange(len(changed))] = rng.choice((0, 1, 127, 255, rng.randrange(256)))
        operations[at] = bytes(changed)
    operations[:] = operations or [b"."]


def _change_members(members: list[tuple[str, bytes]], rng: random.Random) -> None:
    at = rng.randrange(len(members))
    name, data = members[at]
    other, held = rng.choice(members)
    choices: tuple[tuple[str, bytes] | None, ...] = (
        None, (other, data), (name, held), (name, data[:-1]), (name, data + b"\0"), (name, b""),
        (name + "x", data), (name.upper(), data), ("../" + name, data), ("x/data.pkl", data),
        ("model/code/a.py", data), ("model/byteorder", b"big"),
    )  # fmt: skip
    chosen = rng.choice(choices)
    if chosen is None:
        del members[at]
    elif rng.random() < 0.5:
        members[at] = chosen
    else:
        members.insert(rng.randrange(len(members)), chosen)
    members[:] = members or [("model/data.pkl", b"\x80\x02}.")]


def _archive(members: list[tuple[str, bytes]], rng: random.Random) -> bytearray:
    """Write an archive of stored members, with PyTorch's padding or without."""
    content, directory = bytearray(), bytearray()
    padded = rng.random() < 0.5
    for name, data in members:
        header, crc, raw = len(content), zlib.crc32(data), name.encode()
        gap = -(header + _LOCAL.size + len(raw) + 4) % 64 if padded else 0
        extra = struct.pack("<HH", 0x4246, gap) + b"Z" * gap if padded else b""
        about = (crc, len(data), len(data), len(raw), len(extra))
        content += _LOCAL.pack(b"PK\x03\x04", 20, 0, 0, 0, 0, *about) + raw + extra + data
        about = (crc, len(data), len(data), len(raw), 0, 0, 0, 0, 0, header)
        directory += _CENTRAL.pack(b"PK\x01\x02", 20, 20, 0, 0, 0, 0, *about) + raw
    number, start = len(members), len(content)
    end = _END.pack(b"PK\x05\x06", 0, 0, number, number, len(directory), start, 0)
    return content + directory + end


def _change_records(content: bytearray, rng: random.Random) -> None:
    """Change numbers in the records of the archive, which no checksum covers."""
    end = len(content) - _END.size
    start = int.from_bytes(content[end + 16 : end + 20], "little")
    area = rng.choice(((0, 60), (start, min(start + 200, end)), (end, len(content))))
    for _ in range(rng.choice((1, 2))):
        width = rng.choice((1, 2, 4))
        at = rng.randrange(area[0], max(area[1] - width, area[0] + 1))
        number = rng.choice((*_ODD, start, end, len(content), rng.randrange(1 << 16)))
        content[at : at + width] = struct.pack("<I", number)[:width]


def judge(path: Path, case: Case) -> str | None:
    """Read it in every way; tensors and parameters are what Python's modules find."""
    try:
        file = OpenedFile(path)
        try:
            what = _compare(read_checkpoint(file), path)
        finally:
            file.close()
        if what is not None:
            return f"{case.name}: {what}"
    except DPMultitaskError:
        pass
    try:
        with dp_multitask.open_model(path) as model:
            summarize_model(model)
            branches = model.branches
        for branch in branches[:2] or (None,):
            dp_multitask.load_model(path, branch)
    except DPMultitaskError:
        pass
    with suppress(UnsupportedError):
        dp_multitask.verify_model(path)
    return None


def _is_of_branch(name: str) -> bool:
    root, _, rest = (*name.split(".", 2), "", "")[:3]
    return root == "model" and bool(rest) and "._networks." not in name


def _compare(checkpoint: Checkpoint, path: Path) -> str | None:
    try:
        tensors, params = read_with_pickle(path)
    except MemoryError:  # Python makes a memo as long as the pickle asks for
        return None
    except Exception as err:
        return f"read, although Python says {type(err).__name__}: {err}"
    if repr(checkpoint.params or {}) != repr(params):  # as text: NaN is NaN
        return "other parameters than Python's"
    found = {
        f"model.{branch}.{name}": tensor
        for branch, held in checkpoint.tensors.items()
        for name, tensor in held.items()
    }
    if found.keys() != set(filter(_is_of_branch, tensors)):
        return "other tensors than Python's"
    for name, tensor in found.items():
        try:
            array = checkpoint.variable(name, tensor, tensor.shape).load()
        except DPMultitaskError:
            continue
        expected = tensors[name]()
        if (array.dtype.str, array.shape) != (expected.dtype.str, expected.shape):
            return f"{name} has another type or shape than Python's"
        if array.tobytes() != expected.tobytes():
            return f"{name} has other values than Python's"
    return None
