# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checkpoints as PyTorch writes them, made without PyTorch; and hostile ones.

`Names` stands for PyTorch's functions: it pickles as a global of any module.
"""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np

_STORAGES = {
    "<f8": "DoubleStorage",
    "<f4": "FloatStorage",
    "<f2": "HalfStorage",
    "<i8": "LongStorage",
    "<i4": "IntStorage",
    "|b1": "BoolStorage",
    "|u1": "ByteStorage",
}


class Global:
    """A name of a module that is not installed; it pickles as such."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class Call(NamedTuple):
    """A call of a global; it pickles as such."""

    function: Global
    arguments: tuple[Any, ...]


class View(NamedTuple):
    """A tensor: a storage by key, and which part of it."""

    key: str
    kind: str
    numel: int
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _Pickler(pickle._Pickler):  # the one in Python: its dispatch can be extended
    dispatch: ClassVar[dict[Any, Any]] = dict(pickle._Pickler.dispatch)

    def _global(self, obj: Global) -> None:
        self.write(b"c" + f"{obj.module}\n{obj.name}\n".encode())
        self.memoize(obj)

    def _call(self, obj: Call) -> None:
        self.save(obj.function)
        self.save(obj.arguments)
        self.write(b"R")
        self.memoize(obj)

    def _view(self, obj: View) -> None:
        key, kind, numel, *rest = obj
        storage = ("storage", Global("torch", kind), key, "cpu", numel)
        self.save(Global("torch._utils", "_rebuild_tensor_v2"))
        self.write(b"(")
        self.save(storage)
        self.write(b"Q")
        for part in (*rest, False, OrderedDict()):
            self.save(part)
        self.write(b"tR")
        self.memoize(obj)

    dispatch |= {Global: _global, Call: _call, View: _view}


def pickled(tree: Any) -> bytes:
    """Pickle a tree of plain values, `View`, `Global` and `Call` by protocol 2."""
    buffer = io.BytesIO()
    _Pickler(buffer, 2).dump(tree)
    return buffer.getvalue()


def write_archive(
    path: Path,
    data: bytes,
    storages: Mapping[str, bytes] = {},
    *,
    compression: int = zipfile.ZIP_STORED,
    more: Iterable[tuple[str, bytes]] = (),
) -> None:
    """Write the archive of a pickle and its storages."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("model/data.pkl", data)
        archive.writestr("model/byteorder", b"little")
        for key, held in storages.items():
            archive.writestr(f"model/data/{key}", held)
        archive.writestr("model/version", b"3\n")
        for name, held in more:
            archive.writestr(name, held)


def write_checkpoint(
    path: Path, arrays: Mapping[str, np.ndarray], params: Any, **beside: Any
) -> None:
    """Write a training checkpoint; arrays that are one object have one storage."""
    keys: dict[int, str] = {}
    storages: dict[str, bytes] = {}
    state: OrderedDict[str, Any] = OrderedDict()
    for name, array in arrays.items():
        key = keys.setdefault(id(array), str(len(keys)))
        storages[key] = array.tobytes()
        strides = tuple(int(np.prod(array.shape[i + 1 :])) for i in range(array.ndim))
        kind = _STORAGES[array.dtype.str]
        state[name] = View(key, kind, array.size, 0, array.shape, strides)
    infos = {"lr": 0.001, "step": 7}
    state["_extra_state"] = {"model_params": params, "train_infos": infos}
    write_archive(path, pickled({"model": state, **beside}), storages)


# --- files that are broken on purpose ---------------------------------------------------------

Make = Callable[[Path], None]
HOSTILE: dict[str, tuple[Make, str]] = {}


def hostile(says: str) -> Callable[[Make], Make]:
    """Note a hostile file and what is said of it."""

    def note(make: Make) -> Make:
        HOSTILE[make.__name__.replace("_", " ")] = (make, says)
        return make

    return note


def _state(view: Any) -> bytes:
    return pickled({"model": {"model.a.w": view, "_extra_state": {"model_params": {"a": 1}}}})


@hostile("'os.system', and is refused")
def a_call(path: Path) -> None:
    write_archive(path, pickled({"model": Call(Global("os", "system"), ("touch owned",))}))


@hostile("'builtins.eval', and is refused")
def a_name(path: Path) -> None:
    write_archive(path, pickled([Global("builtins", "eval")]))


@hostile("compressed or encrypted")
def compressed(path: Path) -> None:
    write_archive(path, pickled({"model": "x" * 10_000_000}), compression=zipfile.ZIP_DEFLATED)


@hostile("encrypted or patched")
def a_patch(path: Path) -> None:
    write_archive(path, pickled({}))
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 0x20
    path.write_bytes(data)


@hostile("2 times data.pkl")
def two_pickles(path: Path) -> None:
    write_archive(path, pickled({}), more=[("other/data.pkl", pickled({}))])


@hostile("occurs twice")
def a_name_twice(path: Path) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        write_archive(path, pickled({}), more=[("model/version", b"4")])


@hostile("described differently in two places")
def a_local_header_that_disagrees(path: Path) -> None:
    write_archive(path, pickled({}))
    data = bytearray(path.read_bytes())
    data[data.index(b"model/data.pkl") + 6] ^= 1
    path.write_bytes(data)


@hostile("reaches outside its storage")
def a_shape_beyond_its_storage(path: Path) -> None:
    view = View("0", "DoubleStorage", 4, 0, (5,), (1,))
    write_archive(path, _state(view), {"0": bytes(32)})


@hostile("reaches outside its storage")
def strides_beyond_their_storage(path: Path) -> None:
    view = View("0", "DoubleStorage", 4, 0, (2, 2), (1 << 40, 1))
    write_archive(path, _state(view), {"0": bytes(32)})


@hostile("reaches outside its storage")
def strides_that_repeat_without_end(path: Path) -> None:
    view = View("0", "DoubleStorage", 4, 0, (1 << 40, 1 << 20), (0, 0))
    write_archive(path, _state(view), {"0": bytes(32)})


@hostile("has no storage, shape or strides")
def negative_sizes(path: Path) -> None:
    view = View("0", "DoubleStorage", 4, -1, (2,), (1,))
    write_archive(path, _state(view), {"0": bytes(32)})


@hostile("cut short or damaged")
def a_text_longer_than_the_file(path: Path) -> None:
    write_archive(path, b"\x80\x02X\xff\xff\xff\x7fabc.")


@hostile("cut short or damaged")
def a_mark_that_is_taken_for_a_value(path: Path) -> None:
    write_archive(path, b"\x80\x02}(\x85K\x01t.")


@hostile("cut short or damaged")
def a_name_that_does_not_end(path: Path) -> None:
    write_archive(path, b"\x80\x02ccollections\nOrderedDict.")


@hostile("cut short or damaged")
def a_mark_that_is_kept(path: Path) -> None:
    write_archive(path, b"\x80\x02](q\x00h\x00e.")


@hostile("cut short or damaged")
def a_state_that_is_no_mapping(path: Path) -> None:
    write_archive(path, b"\x80\x02}K\x01b.")


@hostile("more than 64 bits")
def an_endless_integer(path: Path) -> None:
    write_archive(path, b"\x80\x02\x8a\xff" + b"\x7f" * 255 + b".")


@hostile("the operation 0x8b")
def an_integer_of_four_length_bytes(path: Path) -> None:
    write_archive(path, b"\x80\x02\x8b\xff\xff\xff\x7f" + b"\x7f" * 255 + b".")


@hostile("holds a list")
def a_memo_of_billions(path: Path) -> None:
    write_archive(path, b"\x80\x02]r\xff\xff\xff\xff.")


@hostile("lists and mappings")
def a_million_lists(path: Path) -> None:
    write_archive(path, b"\x80\x02(" + b"]" * 30_000_000 + b"l.")


@hostile("operations")
def millions_of_operations(path: Path) -> None:
    write_archive(path, b"\x80\x02NN\x86q\x00" + b"h\x00" * 20_000_000 + b".")


@hostile("nested or repeated without end")
def parameters_that_double(path: Path) -> None:
    node: Any = ["x"]
    for _ in range(60):
        node = [node, node]
    view = View("0", "DoubleStorage", 1, 0, (1,), (1,))
    extra = {"model_params": {"a": node}}
    tree = {"model": {"model.a.w": view, "_extra_state": extra}}
    write_archive(path, pickled(tree), {"0": bytes(8)})


@hostile("nested or repeated without end")
def parameters_that_hold_themselves(path: Path) -> None:
    node: dict[str, Any] = {}
    node["a"] = node
    view = View("0", "DoubleStorage", 1, 0, (1,), (1,))
    extra = {"model_params": node}
    tree = {"model": {"model.a.w": view, "_extra_state": extra}}
    write_archive(path, pickled(tree), {"0": bytes(8)})


@hostile("nested or repeated without end")
def parameters_a_million_deep(path: Path) -> None:
    deep = b"]" * 400_000 + b"a" * 399_999
    head = b"\x80\x02}X\x05\x00\x00\x00model}(X\x09\x00\x00\x00model.a.w"
    view = pickled(View("0", "DoubleStorage", 1, 0, (1,), (1,)))[2:-1]
    extra = b"X\x0c\x00\x00\x00_extra_state}X\x0c\x00\x00\x00model_params}X\x01\x00\x00\x00a"
    write_archive(path, head + view + extra + deep + b"ssus.", {"0": bytes(8)})


@hostile("has a key of type tuple")
def keys_that_take_for_ever_to_hash(path: Path) -> None:
    doubled = b"".join(b"h%c\x86q%c" % (i, i + 1) for i in range(60))
    write_archive(path, b"\x80\x02})q\x00" + doubled + b"K\x01s.")


@hostile("has a key of 2000000 characters")
def keys_of_megabytes_that_are_compared(path: Path) -> None:
    twice = [_memo(b"X" + struct.pack("<I", 2_000_000) + b"a" * 2_000_000, i) for i in (0, 1)]
    write_archive(path, b"\x80\x02" + b"".join(twice) + b"}(" + b"h\x00Nh\x01N" * 100_000 + b"u.")


@hostile("has no type, key or size")
def storages_of_megabytes_that_are_compared(path: Path) -> None:
    key = b"X" + struct.pack("<I", 2_000_000) + b"a" * 2_000_000
    words = b"(X\x07\x00\x00\x00storagectorch\nDoubleStorage\n"
    told = [_memo(words + key + b"X\x03\x00\x00\x00cpuK\x01t", i) for i in (0, 1)]
    write_archive(path, b"\x80\x02" + b"".join(told) + b"h\x00Qh\x01Q" * 100_000 + b".")


def _memo(made: bytes, place: int) -> bytes:
    return made + b"q" + bytes([place])


@hostile("has 1001 entries, the limit is 1000")
def more_branches_than_any_job_has(path: Path) -> None:
    view = View("0", "DoubleStorage", 1, 0, (1,), (1,))
    branches = {f"b{number}": {"descriptor": {}} for number in range(1001)}
    extra = {"model_params": {"model_dict": branches, "shared_dict": {}}}
    tree = {"model": {"model.b0.w": view, "_extra_state": extra}}
    write_archive(path, pickled(tree), {"0": bytes(8)})


@hostile("cut short, or something follows")
def a_cut_file(path: Path) -> None:
    write_archive(path, pickled({}))
    path.write_bytes(path.read_bytes()[:-30])


@hostile("cut short, or something follows")
def something_behind_the_archive(path: Path) -> None:
    write_archive(path, pickled({}))
    path.write_bytes(path.read_bytes() + b"more")


@hostile("claim more bytes than there are")
def a_member_of_terabytes(path: Path) -> None:
    write_archive(path, pickled({}))
    data = bytearray(path.read_bytes())
    central = data.index(b"PK\x01\x02")
    struct.pack_into("<II", data, central + 20, 0x7FFFFFFF, 0x7FFFFFFF)
    path.write_bytes(data)


@hostile("is not what was written")
def a_changed_pickle(path: Path) -> None:
    write_archive(path, pickled({"model": {"text": "abcdefgh"}}))
    path.write_bytes(path.read_bytes().replace(b"abcdefgh", b"abcdefgX"))


@hostile("TorchScript archive")
def code(path: Path) -> None:
    write_archive(path, pickled({}), more=[("model/code/__torch__.py", b"def f(): pass")])


@hostile("TorchScript archive")
def code_as_pytorch_compresses_it(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/data.pkl", pickled({}))
        text = "def f():\n  pass\n"
        archive.writestr("model/code/__torch__/f.py", text, compress_type=zipfile.ZIP_DEFLATED)


@hostile("no training checkpoint of DeePMD-kit: its archive holds no data.pkl")
def another_archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", b"<xml/>")
