# SPDX-License-Identifier: LGPL-3.0-or-later
"""``docs/format.md`` is enough to read a file: a reader of forty lines that follows it alone."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np

import dp_multitask
from model_trees import LINKS, difference, multitask, single

HEAD = 28


def names_below_variables(node: Any, below: bool = False) -> list[str]:
    if isinstance(node, dict):
        pairs = node.items()
        return [n for k, v in pairs for n in names_below_variables(v, below or k == "@variables")]
    if isinstance(node, list):
        return [name for item in node for name in names_below_variables(item, below)]
    return [node] if below and node is not None else []


def put(node: Any, values: Any, below: bool = False) -> Any:
    if isinstance(node, dict):
        return {k: put(v, values, below or k == "@variables") for k, v in node.items()}
    if isinstance(node, list):
        return [put(item, values, below) for item in node]
    return next(values) if below and node is not None else node


def read(path: Path, group: str = "/") -> dict[str, Any]:
    raw = path.read_bytes()
    with h5py.File(path) as file:
        text = bytes(file[group].attrs["json"])
        place = file[group]["@index"].id.get_offset()
        block = raw[place : place + file[group]["@index"].size]
        assert block[:HEAD] == b"dp-multitask index %08x\n" % zlib.crc32(block[HEAD:])
        index = json.loads(block[HEAD:])
        tree = json.loads(text)
        names = names_below_variables(tree)
        stored = [file[group][name] for name in names]
        shapes = [list(dataset.shape) for dataset in stored]
        offsets = [dataset.id.get_offset() for dataset in stored]
    assert (index["index_version"], index["group"]) == (1, group)
    assert (index["file_size"], index["address"]) == (len(raw), place)
    assert int(index["json_crc32"], 16) == zlib.crc32(text)
    assert shapes == index["shape"]
    values = []
    others = [(place, place + len(block))]
    for number, (offset, dtype, kind, shape) in enumerate(
        zip(index["offset"], index["dtype"], index["kind"], index["shape"], strict=True)
    ):
        array = np.frombuffer(raw, dtype, int(np.prod(shape)), offset).reshape(shape)
        assert array.size == 0 or offset == offsets[number]
        assert int(index["crc32"][8 * number : 8 * number + 8], 16) == zlib.crc32(array.tobytes())
        others.append((offset, offset + array.nbytes))
        values.append({"a": array, "s": array[()], "p": array.item() if kind == "p" else 0}[kind])
    if group == "/":
        rest, end = b"", 0
        for start, stop in sorted({*others, (len(raw), len(raw))}):
            if stop > start or start == len(raw):
                rest += raw[end:start]
                end = max(end, stop)
        assert int(index["structure_crc32"], 16) == zlib.crc32(rest)
    return put(tree, iter(values))


def test_a_single_model_is_read_by_the_format_alone(tmp_path: Path) -> None:
    tree = single()
    tree["@variables"] |= {"python": [True, 3, 0.1, np.zeros((2, 0)), np.array(4, "u2")]}
    dp_multitask.save_model(tmp_path / "m.dp", tree)
    assert difference(read(tmp_path / "m.dp"), dp_multitask.load_model(tmp_path / "m.dp")) is None


def test_a_multitask_model_and_its_branches_are_read_by_the_format_alone(tmp_path: Path) -> None:
    target = tmp_path / "m.dp"
    branches = {"water": single(1), "ice": single(2)}
    dp_multitask.merge_branches(branches, target, shared_links=LINKS)
    assert difference(read(target), dp_multitask.load_model(target)) is None
    for name in branches:
        branch = read(target, f"/model_dict/{name}")
        assert difference(branch, dp_multitask.load_model(target, name)) is None
    dp_multitask.save_model(target, multitask())
    assert difference(read(target), dp_multitask.load_model(target)) is None
