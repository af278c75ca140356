# SPDX-License-Identifier: LGPL-3.0-or-later
"""Our own HDF5 files: structure, JSON, index and data damaged, all their checksums made to fit."""

from __future__ import annotations

import json
import random
import struct
import zlib
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import dp_multitask
from dp_multitask.errors import DPMultitaskError
from dp_multitask.modelfile.hdf5 import raw
from dp_multitask.modelfile.hdf5.file import Hdf5File
from dp_multitask.modelfile.hdf5.lookup3 import lookup3 as _lookup3
from dp_multitask.modelfile.hdf5.objects import Group
from dp_multitask.modelfile.index import HEAD_LENGTH
from dp_multitask.modelfile.opened_file import OpenedFile
from dp_multitask.modelfile.summary import summarize_model
from fuzz.driver import Case
from fuzz.referee import Referee, as_plain
from model_trees import LINKS, difference, multitask, single

_V1 = Path(__file__).parents[1] / "data" / "modelfile" / "v1"
_referee = Referee()
_SIGNATURES = (b"OHDR", b"OCHK", b"FRHP", b"BTHD", b"BTLF", b"BTIN", b"FHIB")
_MOST_SEALED = 1200

# each reading of a case sums the same headers: a third of its time
lookup3 = raw.lookup3 = lru_cache(1 << 14)(_lookup3)


class Native(NamedTuple):
    """A file of ours and where its parts are."""

    trees: dict[str | None, Any]
    structures: list[tuple[int, int]]
    seals: list[tuple[int, int]]
    indices: list[tuple[str, int, int]]
    texts: list[tuple[str, int, int]]


def corpus(folder: Path) -> list[Case]:
    """Make a file of every layout that we write, and take those that we once wrote."""
    odd = {"": np.ones(1), "a/b": np.ones(2, "f4"), "水%": np.arange(3), "x" * 300: np.ones(1)}
    kinds = [np.ones(2, name) for name in ("f2", "f4", "f8", "i1", "i4", "u8", "?")]
    scalars = [True, 3, 0.1, np.float32(2), np.array(7, "u2"), np.zeros((0, 3)), None]
    trees: dict[str, Any] = {
        "single": single(),
        "long-json": single() | {"note": "more than a header holds " * 300},
        "values": {"model": {"@variables": {"odd": odd, "kinds": kinds, "scalars": scalars}}},
        "many": {"model": {"@variables": {"w": [np.full(2, n, "f4") for n in range(60)]}}},
        "multitask": multitask(),
    }
    note = {"note": "more than a header holds " * 300}
    paths = []
    for name, tree in trees.items():
        paths.append(folder / f"{name}.dp")
        dp_multitask.save_model(paths[-1], tree)
    merged = {"water": single(1) | note, "ice": single(2, aliases=("solid",))}
    paths.append(folder / "merged.dp")
    dp_multitask.merge_branches(merged, paths[-1], shared_links=LINKS)
    paths += [_V1 / "single.dp", _V1 / "multitask.dp"]
    return [_case(path) for path in paths]


def _case(path: Path) -> Case:
    content = path.read_bytes()
    with dp_multitask.open_model(path) as file:
        branches = file.branches
    trees = {branch: dp_multitask.load_model(path, branch) for branch in (None, *branches)}
    groups = ["", *(f"model_dict/{branch}" for branch in branches)]
    opened = OpenedFile(path)
    hdf5 = Hdf5File(opened)
    todo: list[Any] = [hdf5.group("")]
    while todo:
        members = [hdf5.object(address) for address in todo.pop().members.values()]
        todo += [found for found in members if isinstance(found, Group)]
    indices, texts = [], []
    for group in groups:
        array = hdf5.dataset(f"{group}/@index").array
        indices.append((group, array.offset, array.nbytes))
        text = hdf5.text(group, "json")
        texts.append((group, content.index(text), len(text)))
    structures = hdf5.raw.structures()
    opened.close()
    return Case(path.name, content, Native(trees, structures, _seals(content), indices, texts))


def _seals(content: bytes) -> list[tuple[int, int]]:
    """Find what is sealed with a checksum: where it begins and where the checksum is."""
    found = []
    for signature in _SIGNATURES:
        at = content.find(signature)
        while at >= 0:
            if signature == b"OHDR":
                ends = [_header_end(content, at)]
            else:
                ends = list(range(at + 4, min(at + _MOST_SEALED, len(content) - 4)))
            for end in ends:
                stored = content[end : end + 4]
                if lookup3(content[at:end]) == int.from_bytes(stored, "little"):
                    found.append((at, end))
                    break
            at = content.find(signature, at + 1)
    return found


def _header_end(content: bytes | bytearray, at: int) -> int:
    flags = content[at + 5]
    begin = at + 6 + 16 * bool(flags & 0x20) + 4 * bool(flags & 0x10)
    width = 1 << (flags & 3)
    return begin + width + int.from_bytes(content[begin : begin + width], "little")


def damage(case: Case, rng: random.Random) -> bytes:
    """Change something, then make every checksum valid."""
    content = bytearray(case.content)
    native: Native = case.expected
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        change = rng.choice((_bytes, _bytes, _numbers, _numbers, _copy, _index, _index, _text))
        change(content, native, rng)
    _seal(content, native, rng)
    return bytes(content)


def _place(native: Native, rng: random.Random) -> tuple[int, int]:
    return rng.choice(native.structures)


def _bytes(content: bytearray, native: Native, rng: random.Random) -> None:
    offset, nbytes = _place(native, rng)
    for _ in range(rng.choice((1, 1, 2, 8))):
        content[offset + rng.randrange(nbytes)] = rng.choice((0, 1, 255, 128, rng.randrange(256)))


def _numbers(content: bytearray, native: Native, rng: random.Random) -> None:
    offset, nbytes = _place(native, rng)
    places = [each[0] for each in native.structures] + [each[1] for each in native.indices]
    number = rng.choice(
        (0, 1, 2**64 - 1, 2**63, 2**32, len(content), len(content) - 8, *(rng.choice(places),) * 6)
    )
    width = rng.choice((1, 2, 4, 8, 8, 8))
    at = offset + rng.randrange(max(nbytes - width, 1))
    content[at : at + width] = struct.pack("<Q", number)[:width]


def _copy(content: bytearray, native: Native, rng: random.Random) -> None:
    (source, n_source), (target, n_target) = _place(native, rng), _place(native, rng)
    count = rng.choice((8, 16, min(n_source, n_target)))
    content[target : target + count] = content[source : source + count]


def _text(content: bytearray, native: Native, rng: random.Random) -> None:
    _, offset, nbytes = rng.choice(native.texts)
    at = offset + rng.randrange(nbytes)
    if rng.random() < 0.5:
        content[at] = rng.choice(b'0123456789"{}[]:,\\/ @xnt\0\xff')
        return
    quotes = [i for i in range(offset, offset + nbytes) if content[i] == 34]
    one, other = rng.randrange(len(quotes) - 1), rng.randrange(len(quotes) - 1)
    begin, end = quotes[other], quotes[other + 1]
    taken = content[quotes[one] : quotes[one] + end - begin]
    content[begin:end] = taken


def _index(content: bytearray, native: Native, rng: random.Random) -> None:
    _, offset, nbytes = rng.choice(native.indices)
    index = _read_index(content, offset, nbytes)
    if index is None:
        return
    key = rng.choice(list(index))
    value = index[key]
    odd = (0, 1, -1, 2**63, 2**64, True, None, 1.0, "1", [], {}, offset, "<f8", "|u1", [1], [0])
    if isinstance(value, list) and value:
        number = rng.randrange(len(value))
        if isinstance(value[number], list) and value[number] and rng.random() < 0.6:
            value[number] = rng.choice(
                (value[number][::-1], [prod(value[number])], [*value[number], 1], [0, 2**60])
            )
        else:
            value[number] = rng.choice((*odd, *(rng.choice(value),) * 8))
    elif isinstance(value, str) and value and rng.random() < 0.7:
        at = rng.randrange(len(value))
        index[key] = value[:at] + rng.choice("apsx0f/") + value[at + 1 :]
    else:
        index[key] = rng.choice(odd)
    _write_index(content, offset, nbytes, index)


def _read_index(content: bytearray, offset: int, nbytes: int) -> dict[str, Any] | None:
    try:
        index = json.loads(bytes(content[offset + HEAD_LENGTH : offset + nbytes]))
    except ValueError:
        return None
    return index if isinstance(index, dict) else None


def _write_index(content: bytearray, offset: int, nbytes: int, index: dict[str, Any]) -> None:
    body = json.dumps(index, separators=(",", ":")).encode()
    if len(body) <= nbytes - HEAD_LENGTH:
        content[offset + HEAD_LENGTH : offset + nbytes] = body.ljust(nbytes - HEAD_LENGTH)


def _seal(content: bytearray, native: Native, rng: random.Random) -> None:
    """Make checksums valid: those of HDF5, of the variables, of the JSON, of the index."""
    if content[8] >= 2:
        content[44:48] = struct.pack("<I", lookup3(bytes(content[:44])))
    for at in [each[0] for each in native.structures if content[each[0] :][:4] == b"FHDB"]:
        blank = bytes(content[at : at + 17]) + bytes(4) + bytes(content[at + 21 : at + 512])
        content[at + 17 : at + 21] = struct.pack("<I", lookup3(blank))
    stated = rng.random() < 0.7  # where a header says that it ends, or where it did before
    for at, end in native.seals:
        if stated and content[at : at + 4] == b"OHDR":
            end = _header_end(content, at)
        if end + 4 <= len(content):
            content[end : end + 4] = struct.pack("<I", lookup3(bytes(content[at:end])))
    for (_, offset, nbytes), (_, text, length) in zip(native.indices, native.texts, strict=True):
        index = _read_index(content, offset, nbytes)
        if index is not None:
            index["json_crc32"] = f"{zlib.crc32(bytes(content[text : text + length])):08x}"
            _seal_variables(content, index)
            _write_index(content, offset, nbytes, index)
        _seal_index(content, offset, nbytes)
    _seal_structure(content, native)


def _seal_variables(content: bytearray, index: dict[str, Any]) -> None:
    try:
        sums = []
        columns = (index["offset"], index["dtype"], index["shape"])
        for offset, dtype, shape in zip(*columns, strict=True):
            nbytes = np.dtype(dtype).itemsize * prod(shape)
            if not 0 <= nbytes <= len(content):
                return
            sums.append(f"{zlib.crc32(bytes(content[offset : offset + nbytes])):08x}")
        index["crc32"] = "".join(sums)
    except (KeyError, TypeError, ValueError):
        return


def _seal_index(content: bytearray, offset: int, nbytes: int) -> None:
    body = bytes(content[offset + HEAD_LENGTH : offset + nbytes])
    content[offset : offset + HEAD_LENGTH] = b"dp-multitask index %08x\n" % zlib.crc32(body)


def _seal_structure(content: bytearray, native: Native) -> None:
    _, root, nbytes = native.indices[0]
    index = _read_index(content, root, nbytes)
    if index is None:
        return
    try:
        columns = (index["offset"], index["dtype"], index["shape"])
        extents = {
            (offset, np.dtype(dtype).itemsize * prod(shape))
            for offset, dtype, shape in zip(*columns, strict=True)
        }
        rest, end = b"", 0
        for offset, length in sorted({*extents, (root, nbytes), (len(content), 1)}):
            if length:
                rest += content[end : max(offset, end)]
                end = max(end, offset + length)
    except (KeyError, TypeError, ValueError):
        return
    index["structure_crc32"] = f"{zlib.crc32(rest):08x}"
    _write_index(content, root, nbytes, index)
    _seal_index(content, root, nbytes)


def _leaves(plain: Any) -> set[Any]:
    """Give the arrays in a tree that `as_plain` gave."""
    if isinstance(plain, tuple):
        return {plain}
    items = plain.values() if isinstance(plain, dict) else plain if isinstance(plain, list) else ()
    return set().union(*map(_leaves, items))


def judge(path: Path, case: Case) -> str | None:
    """Read it in every way; what is read is what was written, or what HDF5 says that it is."""
    native: Native = case.expected
    for branch, expected in native.trees.items():
        try:
            loaded = dp_multitask.load_model(path, branch)
        except DPMultitaskError:
            continue
        if difference(loaded, expected) is None:
            continue
        group = "/" if branch is None else f"/model_dict/{branch}"
        is_read, tree = _referee.read(path, group)
        plain = as_plain(loaded)
        if not is_read:  # links that only other readers follow are damaged as well
            content = path.read_bytes()
            if not all(leaf[2] in content for leaf in _leaves(plain)):
                return f"{case.name} {branch}: values that it does not hold, HDF5 says: {tree}"
        elif plain != tree:
            return f"{case.name} {branch}: other values than HDF5's"
    try:
        dp_multitask.verify_model(path)
        with dp_multitask.open_model(path) as file:
            summarize_model(file)
    except DPMultitaskError:
        pass
    return None
